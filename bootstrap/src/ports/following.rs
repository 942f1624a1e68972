//! Whether what follows the log is of this log: its tokens, and what topics hold in its name.

use application::control::{UnsaidError, nothing_is_unsaid};
use application::ports::ProcessorAdmin;
use application::ports::event_store::{LogId, Position};
use application::ports::message_source::{SourceError, Token};
use application::ports::token_store::TokenError;
use application::reactions::follows_a_partition;
use tokio::time::{Duration, Instant, interval};

use super::{Ports, look_at_topics};
use crate::failure::RunFailure;
use crate::settings::Settings;

/// How long a broker may take to say what its topics hold.
const ANSWERS_MAX: Duration = Duration::from_secs(20);
/// How often it is asked.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Says in the log when the event log is new and empty while tokens and views are not: its file may have been lost, and
/// a service that starts anew without a word would hide that.
///
/// # Errors
/// [`RunFailure::SetUp`] when one of the two cannot be asked.
pub(crate) async fn warn_of_a_new_log(ports: &Ports) -> Result<(), RunFailure> {
    let head = ports.store.head().await.map_err(|error| unasked("the event store", error))?;
    if head.position > Position::START {
        return Ok(());
    }
    let followed = followed(&*ports.views.tokens.admin, head.log).await;
    if let Some(token) = followed.map_err(|error| unasked("the token store", error))? {
        tracing::warn!(
            log = %head.log,
            followed = %token.log,
            up_to = %token.position,
            "the event log is new and empty, and tokens and views are of another one that had events: if that log was lost, \
             stop and put it back or restore a backup"
        );
    }
    Ok(())
}

/// That topics hold nothing in the name of these services which their log has never said.
///
/// # Errors
/// [`RunFailure::SetUp`] when they do, or when one of the two cannot be read.
pub(crate) async fn refuse_what_is_unsaid(ports: &Ports, settings: &Settings) -> Result<(), RunFailure> {
    if !settings.kafka.check_topics {
        return Ok(());
    }
    let Some((topics, open)) = look_at_topics(settings).await? else { return Ok(()) };
    let checked =
        asked_again(async || nothing_is_unsaid(&*ports.store, settings.services, &*topics).await).await;
    open.close().await;
    checked.map_err(|source| {
        let remedy = "put the newer log back, or see `A backup over a broker` in docs/OPERATIONS.md";
        match source {
            UnsaidError::Unsaid(message) => unasked("the topics", format!("{message}; {remedy}")),
            other => unasked("the topics", other),
        }
    })
}

/// Asks again for a while as long as the broker does not answer: it may have come back just now.
async fn asked_again(ask: impl AsyncFn() -> Result<(), UnsaidError>) -> Result<(), UnsaidError> {
    let (until, mut again) = (Instant::now() + ANSWERS_MAX, interval(ASK_EVERY));
    loop {
        again.tick().await;
        match ask().await {
            Err(UnsaidError::Topics(error @ SourceError::Away { .. })) if Instant::now() < until => {
                tracing::debug!(error = &error as &dyn std::error::Error, "the topics are asked again");
            }
            answer => return answer,
        }
    }
}

/// The first token that cannot be one of this log while that is empty.
pub(super) async fn followed(admin: &dyn ProcessorAdmin, log: LogId) -> Result<Option<Token>, TokenError> {
    let states = admin.processors().await?;
    let of_the_log = states.iter().filter(|state| !follows_a_partition(&state.name));
    let mut tokens = of_the_log.flat_map(|state| &state.segments).map(|segment| segment.token);
    Ok(tokens.find(|token| token.log != log || token.position > Position::START))
}

fn unasked(what: &'static str, error: impl Into<application::ports::BoxError>) -> RunFailure {
    RunFailure::SetUp { what, source: error.into() }
}
