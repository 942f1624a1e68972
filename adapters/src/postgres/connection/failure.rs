//! What went wrong with a statement, in the three kinds that callers tell apart.

use application::ports::BoxError;
use application::ports::event_store::{DamagedEvent, Position};
use sqlx::Error;
use thiserror::Error as ThisError;
use tokio::task::JoinError;

use crate::postgres::opening::OpenError;
use crate::stores::step_error::{SortedFailure, StoreFailure};

/// By which the server says that it takes no changes.
const READ_ONLY: &str = "25006";

/// Why something was not done, or may not have been.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing was written; a later try may go through.
    Unavailable(BoxError),
    /// It may have been written.
    UnknownOutcome(BoxError),
    /// What is stored, or was to be stored, contradicts itself.
    Corrupt(BoxError),
}

impl Failure {
    /// Of a change: what became of it is open when the connection broke before the answer came.
    pub(in crate::postgres) fn of_change(error: Error) -> Self {
        if is_broken(&error) { Self::UnknownOutcome(error.into()) } else { error.into() }
    }

    /// Of a change whose task panicked or was stopped with the runtime.
    pub(in crate::postgres) fn lost(error: JoinError) -> Self {
        Self::UnknownOutcome(if error.is_panic() { Box::new(Panicked) } else { Box::new(error) })
    }

    /// The same, when some of what was asked for has been done already.
    pub(in crate::postgres) fn after(self, is_begun: bool) -> Self {
        match self {
            Self::Unavailable(source) | Self::Corrupt(source) if is_begun => Self::UnknownOutcome(source),
            as_it_is => as_it_is,
        }
    }

    /// Whether the connection broke, and another one may do.
    pub(in crate::postgres) fn is_of_connection(&self) -> bool {
        let (Self::Unavailable(source) | Self::UnknownOutcome(source) | Self::Corrupt(source)) = self;
        source.downcast_ref::<Error>().is_some_and(is_broken)
    }

    /// What lies behind it.
    pub(in crate::postgres) fn into_source(self) -> BoxError {
        match self {
            Self::Unavailable(source) | Self::UnknownOutcome(source) | Self::Corrupt(source) => source,
        }
    }

    /// The same, of the event at a position, when what is stored cannot be right.
    pub(in crate::postgres) fn at(self, position: i64) -> Self {
        match self {
            Self::Corrupt(found) => {
                let (position, found) = (Position::new(position.unsigned_abs()), found.to_string());
                Self::contradiction(DamagedEvent { position, found })
            }
            as_it_is => as_it_is,
        }
    }

    /// Of stored values that cannot be right.
    pub(in crate::postgres) fn contradiction(found: impl Into<BoxError>) -> Self {
        Self::Corrupt(found.into())
    }
}

impl StoreFailure for Failure {
    fn unreadable(found: BoxError) -> Self {
        Self::contradiction(found)
    }

    fn sorted(self) -> SortedFailure {
        match self {
            Self::Unavailable(source) => SortedFailure::Unavailable(source),
            Self::UnknownOutcome(source) => SortedFailure::UnknownOutcome(source),
            Self::Corrupt(source) => SortedFailure::Corrupt(source),
        }
    }
}

/// A session that could not begin has written nothing.
impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if is_contradiction(&error) { Self::Corrupt(error.into()) } else { Self::Unavailable(error.into()) }
    }
}

/// Whether the connection is of no use any more, and its last answer may be lost.
pub(in crate::postgres) fn is_broken(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) => true,
        // Class 08: connection exceptions; 57P: the server ends, or has ended the session; 25P03: it stood idle too
        // long.
        _ => code(error)
            .is_some_and(|code| code.starts_with("08") || code.starts_with("57P") || code == "25P03"),
    }
}

/// Whether another connection has to be made: this one is of no use any more, or is of a server that takes no changes
/// now.
pub(in crate::postgres) fn is_unfit(error: &Error) -> bool {
    is_broken(error) || code(error).as_deref() == Some(READ_ONLY)
}

/// The five letters and digits by which the server says what is wrong.
pub(in crate::postgres) fn code(error: &Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// Whether stored values have another form than was expected, or new ones cannot be stored whatever is done.
fn is_contradiction(error: &Error) -> bool {
    match error {
        Error::ColumnDecode { .. } | Error::Decode(_) | Error::Encode(_) | Error::ColumnNotFound(_) => true,
        // Class 22: data exceptions; 23: integrity; XX001 and XX002: damaged table or index.
        _ => code(error).is_some_and(|code| {
            code.starts_with("22") || code.starts_with("23") || code == "XX001" || code == "XX002"
        }),
    }
}

/// What a panic says may hold a name, and its hook has logged it.
#[derive(Debug, ThisError)]
#[error("what was to be done failed because of a defect; the log has the message")]
pub(super) struct Panicked;
