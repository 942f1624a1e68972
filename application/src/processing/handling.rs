//! Lets a reaction work on events, key by key, and says of each event what became of it. A panic is an error like
//! others.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::{FutureExt, StreamExt, stream};

use super::claimed_segment::ClaimedSegment;
use super::folding::Fold;
use super::item::{Content, Group};
use super::reaction::{EventHandler, HandlingError, Reaction, cause_of};
use crate::codec::DecodeError;
use crate::ports::token_store::{Row, RowKey, TokenError, TokenStore};

/// How many keys a handler works on at once.
pub(super) const KEYS_AT_ONCE: usize = 64;

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HandlingVerdict {
    /// It is done, or there was nothing to do.
    Done,
    /// It does not fit.
    Rejected(String),
    /// It failed.
    Failed {
        /// Why.
        cause: String,
        /// How often it was tried.
        tries: u32,
    },
    /// Something that it needs is away.
    Waits(String),
    /// What it is for has too much to do: it is tried again soon, and events of other keys need not wait for it.
    Busy(String),
    /// It was not tried, because an event before it in its sequence failed or waits.
    Behind,
}

/// What became of the events of a group, in order, and the rows that changed.
#[derive(Debug, Default)]
pub(super) struct Reacted {
    /// One for each event.
    pub(super) verdicts: Vec<HandlingVerdict>,
    /// The rows as they are now; none where a row is to go.
    pub(super) rows: Rows,
}

/// Rows by key.
pub(super) type Rows = BTreeMap<RowKey, Option<Row>>;

/// Works on groups: handlers on many at once, projections on all rows read together. An event that fails is tried
/// `tries` times in place.
pub(super) async fn react(
    reaction: &Reaction,
    tokens: &dyn TokenStore,
    claimed: &mut ClaimedSegment,
    groups: &[Group],
    tries: u32,
) -> Result<Vec<Reacted>, TokenError> {
    match reaction {
        Reaction::Projection(projection) => Fold::Events(&**projection).all(tokens, claimed, groups).await,
        Reaction::Learner(projection) => Fold::Messages(&**projection).all(tokens, claimed, groups).await,
        Reaction::Relay(relay) => Ok(relay.publish(groups, tries).await),
        Reaction::Handler(handler) | Reaction::Consumer(handler) => {
            let work: Vec<_> =
                groups.iter().map(|group| handle_group(Arc::clone(handler), group, tries)).collect();
            Ok(stream::iter(work).buffered(KEYS_AT_ONCE).collect().await)
        }
    }
}

async fn handle_group(handler: Arc<dyn EventHandler>, group: &Group, tries: u32) -> Reacted {
    let mut verdicts = Vec::with_capacity(group.items.len());
    for item in &group.items {
        let verdict = match &item.content {
            Content::Skipped => HandlingVerdict::Done,
            Content::Unreadable(error @ DecodeError::Malformed { .. }) if handler.goes_on_past_damage() => {
                HandlingVerdict::Rejected(cause_of(error))
            }
            Content::Unreadable(error) => HandlingVerdict::Failed { cause: cause_of(error), tries: 1 },
            Content::Read(happened) => handle(tries, || handler.handle(happened)).await,
            Content::Message(message) => handle(tries, || handler.handle_message(message)).await,
            Content::NoMessage(cause) => HandlingVerdict::Rejected(cause.clone()),
        };
        let stop = blocks(&verdict);
        verdicts.push(verdict);
        if stop {
            break;
        }
    }
    verdicts.resize(group.items.len(), HandlingVerdict::Behind);
    Reacted { verdicts, rows: Rows::new() }
}

pub(super) async fn handle<F>(tries: u32, handling: impl Fn() -> F) -> HandlingVerdict
where
    F: Future<Output = Result<(), HandlingError>>,
{
    let mut tried = 1;
    loop {
        let cause = match AssertUnwindSafe(handling()).catch_unwind().await {
            Ok(Ok(())) => return HandlingVerdict::Done,
            Ok(Err(HandlingError::Wait(source))) => return HandlingVerdict::Waits(cause_of(&*source)),
            Ok(Err(HandlingError::Busy(source))) => return HandlingVerdict::Busy(cause_of(&*source)),
            Ok(Err(HandlingError::Reject(source))) => return HandlingVerdict::Rejected(cause_of(&*source)),
            Ok(Err(HandlingError::Park(source))) => cause_of(&*source),
            Err(panic) => cause_of_panic(&*panic),
        };
        if tried >= tries {
            return HandlingVerdict::Failed { cause, tries: tried };
        }
        tried += 1;
    }
}

pub(super) const fn blocks(verdict: &HandlingVerdict) -> bool {
    match verdict {
        HandlingVerdict::Failed { .. } | HandlingVerdict::Waits(_) | HandlingVerdict::Busy(_) => true,
        HandlingVerdict::Done | HandlingVerdict::Rejected(_) | HandlingVerdict::Behind => false,
    }
}

/// Only a fixed text is kept: one that was put together may hold a name.
pub(super) fn cause_of_panic(panic: &(dyn Any + Send)) -> String {
    match panic.downcast_ref::<&'static str>() {
        Some(text) => format!("the reaction panicked: {text}"),
        None => "the reaction panicked; the log has the message".to_owned(),
    }
}
