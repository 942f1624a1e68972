//! What becomes of dead letters, in whatever way a token store keeps them.

use application::ports::dead_letters::{DeadLetter, DeadLetterKind};
use jiff::Timestamp;

/// The letter of an event that is to be handled once more: the one that it has, or else a new one.
pub(crate) fn redelivered(known: Option<DeadLetter>, new: DeadLetter, now: Timestamp) -> DeadLetter {
    let letter = known.unwrap_or(DeadLetter { revision: 0, ..new });
    DeadLetter { kind: DeadLetterKind::Parked, attempts: 0, due: Some(now), ..letter }
}
