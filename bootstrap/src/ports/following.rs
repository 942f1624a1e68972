//! Whether what follows the log is of this log: its tokens, and what topics hold in its name.

use application::control::{UnsaidError, nothing_is_unsaid};
use application::ports::ProcessorAdmin;
use application::ports::event_store::{LogId, Position};
use application::ports::message_source::Token;
use application::ports::token_store::TokenError;
use application::reactions::follows_a_partition;

use super::{Ports, look_at_topics};
use crate::failure::RunFailure;
use crate::settings::Settings;

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
    let checked = nothing_is_unsaid(&*ports.store, settings.services, &*topics).await;
    open.close().await;
    checked.map_err(|source| {
        let remedy = "put the newer log back, or see `A backup over a broker` in docs/OPERATIONS.md";
        match source {
            UnsaidError::Unsaid(message) => unasked("the topics", format!("{message}; {remedy}")),
            other => unasked("the topics", other),
        }
    })
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
