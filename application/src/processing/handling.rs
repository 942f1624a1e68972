//! Lets a reaction work on events, key by key, and says of each event what became of it. A panic is an error like
//! others.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures::{FutureExt, StreamExt, stream};

use super::claimed_segment::ClaimedSegment;
use super::item::{Content, Group};
use super::reaction::{DecodedEvent, EventHandler, HandlingError, Projection, Reaction, cause_of};
use super::relaying::relay;
use crate::ports::token_store::{Row, RowKey, TokenError, TokenStore};

/// How many keys a handler works on at once.
const KEYS_AT_ONCE: usize = 64;

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
        Reaction::Projection(projection) => fold_all(&**projection, tokens, claimed, groups).await,
        Reaction::Relay(publisher) => Ok(relay(&**publisher, groups).await),
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

async fn handle<F>(tries: u32, handling: impl Fn() -> F) -> HandlingVerdict
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

async fn fold_all(
    projection: &dyn Projection,
    tokens: &dyn TokenStore,
    claimed: &mut ClaimedSegment,
    groups: &[Group],
) -> Result<Vec<Reacted>, TokenError> {
    let items = groups.iter().flat_map(|group| &group.items);
    let mut keys: Vec<RowKey> = items.filter_map(|item| row_of(projection, &item.content)).collect();
    keys.sort_unstable();
    keys.dedup();
    let old = claimed.rows(tokens, keys).await?;
    Ok(groups.iter().map(|group| fold_group(projection, &old, group)).collect())
}

/// A fold is pure, so a second try would fail like the first: there is one only.
fn fold_group(projection: &dyn Projection, old: &Rows, group: &Group) -> Reacted {
    let mut reacted = Reacted::default();
    for item in &group.items {
        let verdict = match &item.content {
            Content::Skipped => HandlingVerdict::Done,
            Content::Unreadable(error) => HandlingVerdict::Failed { cause: cause_of(error), tries: 1 },
            Content::Read(happened) => fold(projection, old, &mut reacted.rows, happened),
            Content::Message(_) | Content::NoMessage(_) => {
                HandlingVerdict::Rejected("it is no event of the log".to_owned())
            }
        };
        let stop = blocks(&verdict);
        reacted.verdicts.push(verdict);
        if stop {
            break;
        }
    }
    reacted.verdicts.resize(group.items.len(), HandlingVerdict::Behind);
    reacted
}

fn fold(projection: &dyn Projection, old: &Rows, new: &mut Rows, happened: &DecodedEvent) -> HandlingVerdict {
    let folded = catch_unwind(AssertUnwindSafe(|| {
        let key = projection.row(&happened.event)?;
        let row = new.get(&key).or_else(|| old.get(&key)).cloned().flatten();
        Some((key, projection.apply(row, happened)))
    }));
    match folded {
        Ok(None) => HandlingVerdict::Done,
        Ok(Some((key, row))) => {
            new.insert(key, row);
            HandlingVerdict::Done
        }
        Err(panic) => HandlingVerdict::Failed { cause: cause_of_panic(&*panic), tries: 1 },
    }
}

/// The row that is needed; none for one that fails, which shows again when it is folded.
fn row_of(projection: &dyn Projection, content: &Content) -> Option<RowKey> {
    let Content::Read(happened) = content else { return None };
    // The panic is met again, and kept as the cause, when the event itself is folded.
    catch_unwind(AssertUnwindSafe(|| projection.row(&happened.event))).unwrap_or(None)
}

const fn blocks(verdict: &HandlingVerdict) -> bool {
    match verdict {
        HandlingVerdict::Failed { .. } | HandlingVerdict::Waits(_) | HandlingVerdict::Busy(_) => true,
        HandlingVerdict::Done | HandlingVerdict::Rejected(_) | HandlingVerdict::Behind => false,
    }
}

/// Only a fixed text is kept: one that was put together may hold a name.
fn cause_of_panic(panic: &(dyn Any + Send)) -> String {
    match panic.downcast_ref::<&'static str>() {
        Some(text) => format!("the reaction panicked: {text}"),
        None => "the reaction panicked; the log has the message".to_owned(),
    }
}
