//! How rows and letters stand in tables, whatever keeps the tables: names, numbers, keys and lists.

mod names;
mod steps;

use domain::{ClearingId, Kind, ProcessId, RentalId, ReturnId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::ports::dead_letters::{DeadLetterKind, FailedAttempt};
use crate::ports::event_store::Position;
use crate::ports::process_view::ProcessStep;

pub use names::StoredName;

/// Why something stored cannot be read: no version of this program has written it.
#[derive(Debug, Error)]
pub enum FormError {
    /// A name or number that stands for nothing.
    #[error("it is none of the names that are known")]
    Name,
    /// No id of an attempt.
    #[error("it is no id of an attempt")]
    Key,
    /// No list of that kind.
    #[error("it is not the list that has to stand there")]
    List(#[from] serde_json::Error),
    /// A time within a list.
    #[error("a time in it cannot be read")]
    Time(#[from] jiff::Error),
}

/// Text that sorts like the times it stands for, byte by byte and from the year 0 on, and loses nothing.
#[must_use]
pub fn time_text(time: Timestamp) -> String {
    format!("{time:.9}")
}

/// Sorts as ids do: by kind, then by uuid.
#[must_use]
pub fn process_key(id: ProcessId) -> [u8; 17] {
    let (kind, uuid) = match id {
        ProcessId::Rent(id) => (0, id.uuid()),
        ProcessId::Return(id) => (1, id.uuid()),
        ProcessId::Clearing(id) => (2, id.uuid()),
    };
    let mut key = [kind; 17];
    key[1..].copy_from_slice(uuid.as_bytes());
    key
}

/// The id of a [`process_key`].
///
/// # Errors
/// [`FormError::Key`].
pub fn process_id(key: &[u8]) -> Result<ProcessId, FormError> {
    let (kind, id) = key.split_first().ok_or(FormError::Key)?;
    let id = Uuid::from_slice(id).map_err(|_| FormError::Key)?; // its length is wrong, and nothing more to say
    match kind {
        0 => Ok(ProcessId::Rent(RentalId::new(id))),
        1 => Ok(ProcessId::Return(ReturnId::new(id))),
        2 => Ok(ProcessId::Clearing(ClearingId::new(id))),
        _ => Err(FormError::Key),
    }
}

/// What an attempt is about, as a number.
#[must_use]
pub const fn kind_number(kind: Kind) -> i16 {
    match kind {
        Kind::Rent => 0,
        Kind::Return => 1,
        Kind::Overdue => 2,
    }
}

/// Numbers of kinds sort as kinds do.
#[must_use]
pub const fn letter_kind_number(kind: DeadLetterKind) -> i16 {
    match kind {
        DeadLetterKind::Parked => 0,
        DeadLetterKind::Abandoned => 1,
        DeadLetterKind::Rejected => 2,
    }
}

/// The kind of a [`letter_kind_number`].
///
/// # Errors
/// [`FormError::Name`].
pub const fn letter_kind(number: i16) -> Result<DeadLetterKind, FormError> {
    match number {
        0 => Ok(DeadLetterKind::Parked),
        1 => Ok(DeadLetterKind::Abandoned),
        2 => Ok(DeadLetterKind::Rejected),
        _ => Err(FormError::Name),
    }
}

#[derive(Serialize, Deserialize)]
struct StoredStep {
    at: String,
    position: u64,
    what: String,
}

/// The steps of an attempt as a JSON list.
///
/// # Errors
/// [`FormError::List`].
pub fn steps_text(steps: &[ProcessStep]) -> Result<String, FormError> {
    let stored = steps.iter().map(|step| StoredStep {
        at: time_text(step.at),
        position: step.position.value(),
        what: step.what.to_string(),
    });
    Ok(serde_json::to_string(&stored.collect::<Vec<_>>())?)
}

/// The steps of a [`steps_text`].
///
/// # Errors
/// [`FormError::List`], [`FormError::Time`] or [`FormError::Name`].
pub fn steps(text: &str) -> Result<Vec<ProcessStep>, FormError> {
    let stored: Vec<StoredStep> = serde_json::from_str(text)?;
    let steps = stored.into_iter().map(|step| {
        let (at, position) = (step.at.parse()?, Position::new(step.position));
        Ok(ProcessStep { at, position, what: step.what.parse()? })
    });
    steps.collect()
}

#[derive(Serialize, Deserialize)]
struct StoredAttempt {
    at: String,
    cause: String,
}

/// The failed attempts of a letter as a JSON list.
///
/// # Errors
/// [`FormError::List`].
pub fn failures_text(failures: &[FailedAttempt]) -> Result<String, FormError> {
    let stored =
        failures.iter().map(|failed| StoredAttempt { at: time_text(failed.at), cause: failed.cause.clone() });
    Ok(serde_json::to_string(&stored.collect::<Vec<_>>())?)
}

/// The failed attempts of a [`failures_text`].
///
/// # Errors
/// [`FormError::List`] or [`FormError::Time`].
pub fn failures(text: &str) -> Result<Vec<FailedAttempt>, FormError> {
    let stored: Vec<StoredAttempt> = serde_json::from_str(text)?;
    stored
        .into_iter()
        .map(|failed| Ok(FailedAttempt { at: failed.at.parse()?, cause: failed.cause }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sort_as_text_and_lose_nothing() {
        let times = ["0000-01-01T00:00:00Z", "1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00Z"];
        let later = ["2026-01-31T12:00:00.000000001Z", "2026-01-31T12:00:00.1Z", "9999-12-30T22:00:00Z"];
        let times =
            [times, later].concat().into_iter().map(|text| text.parse::<Timestamp>().expect("it is one"));
        let times: Vec<_> = times.collect();
        let texts: Vec<_> = times.iter().map(|time| time_text(*time)).collect();

        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(
            texts.iter().map(|text| text.parse().expect("it is one")).collect::<Vec<Timestamp>>(),
            times
        );
    }

    #[test]
    fn keys_of_attempts_sort_as_their_ids() {
        let (low, high) = (Uuid::from_u128(1), Uuid::from_u128(256));
        let ids = [
            ProcessId::Rent(RentalId::new(low)),
            ProcessId::Rent(RentalId::new(high)),
            ProcessId::Return(ReturnId::new(low)),
            ProcessId::Clearing(ClearingId::new(low)),
        ];
        assert!(ids.is_sorted() && ids.map(process_key).is_sorted());
        for id in ids {
            assert_eq!(process_id(&process_key(id)).expect("it is one"), id);
        }
        assert!(process_id(&[3; 17]).is_err() && process_id(&[0; 5]).is_err() && process_id(&[]).is_err());
    }
}
