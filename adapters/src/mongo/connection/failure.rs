//! What went wrong with an operation, in the three kinds that callers tell apart, and in words that hold no document.

use application::ports::BoxError;
use mongodb::error::{Error, ErrorKind, NO_WRITES_PERFORMED, RETRYABLE_WRITE_ERROR, WriteFailure};
use thiserror::Error as ThisError;
use tokio::task::JoinError;

pub(in crate::mongo) use crate::stores::step_error::SortedFailure as Failure;

/// Two documents have one key that can only be there once.
const DUPLICATE_KEY: i32 = 11_000;
/// A document is not as its collection wants it.
const NOT_VALID: i32 = 121;
/// A document is larger than any may be.
const TOO_LARGE: i32 = 10_334;
/// A transaction has more than the server's cache can hold.
const TOO_LARGE_FOR_CACHE: i32 = 388;
/// The time of an operation was over.
const TIME_OVER: i32 = 50;

/// Of stored values that cannot be right.
pub(in crate::mongo) fn contradiction(found: impl Into<BoxError>) -> Failure {
    Failure::Corrupt(found.into())
}

/// Of a change outside of transactions: what became of it is open when the connection broke before the answer came.
pub(in crate::mongo) fn of_change(error: &Error) -> Failure {
    if is_open(error) {
        Failure::UnknownOutcome(Box::new(ServerError::of(error)))
    } else {
        of_question(error)
    }
}

/// The number by which the server says what is wrong.
pub(in crate::mongo) fn code(error: &Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(error) => Some(error.code),
        ErrorKind::Write(WriteFailure::WriteError(error)) => Some(error.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => Some(error.code),
        ErrorKind::InsertMany(errors) => {
            let first =
                errors.write_errors.as_ref().and_then(|errors| errors.first()).map(|error| error.code);
            first.or_else(|| errors.write_concern_error.as_ref().map(|error| error.code))
        }
        _ => None,
    }
}

/// Whether a key that was to be written is there already.
pub(in crate::mongo) fn is_duplicate(error: &Error) -> bool {
    code(error) == Some(DUPLICATE_KEY)
}

/// Nothing was written: it was a question, or stood in a transaction.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        of_question(&error)
    }
}

fn of_question(error: &Error) -> Failure {
    let is_contradiction = match &*error.kind {
        ErrorKind::Bson(_) => true,
        _ => code(error)
            .is_some_and(|code| [DUPLICATE_KEY, NOT_VALID, TOO_LARGE, TOO_LARGE_FOR_CACHE].contains(&code)),
    };
    let said = Box::new(ServerError::of(error));
    if is_contradiction { Failure::Corrupt(said) } else { Failure::Unavailable(said) }
}

/// Whether a change may have been made although it failed.
fn is_open(error: &Error) -> bool {
    if error.contains_label(NO_WRITES_PERFORMED) {
        return false;
    }
    let is_unheard = match &*error.kind {
        ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } | ErrorKind::InvalidResponse { .. } => {
            true
        }
        ErrorKind::Write(WriteFailure::WriteConcernError(_)) => true,
        ErrorKind::InsertMany(errors) => errors.write_concern_error.is_some(),
        _ => false,
    };
    is_unheard || error.contains_label(RETRYABLE_WRITE_ERROR) || code(error) == Some(TIME_OVER)
}

/// What the driver or the server said. Their own words of documents and keys are left out: names may stand in them.
#[derive(Debug, ThisError)]
#[error("{0}")]
pub(in crate::mongo) struct ServerError(String);

impl ServerError {
    pub(in crate::mongo) fn of(error: &Error) -> Self {
        let words = match &*error.kind {
            ErrorKind::Command(error) if ![DUPLICATE_KEY, NOT_VALID].contains(&error.code) => {
                format!("{} ({}, {})", error.message, error.code_name, error.code)
            }
            kind => match code(error) {
                Some(code) => format!("the server refused it with code {code}"),
                None => kind.to_string(),
            },
        };
        Self(words)
    }
}

/// Why the end of an operation is not known. What a panic says may hold a name, and its hook has logged it.
#[derive(Debug, ThisError)]
pub(super) enum Unheard {
    #[error("the database did not answer in time")]
    Late,
    #[error("what was to be done failed because of a defect; the log has the message")]
    Panicked,
    #[error("the process stopped while the database was asked")]
    Stopped,
}

impl Unheard {
    pub(super) fn of(ended: &JoinError) -> Self {
        if ended.is_panic() { Self::Panicked } else { Self::Stopped }
    }
}
