//! What went wrong with a statement, in the three kinds that callers tell apart.

use std::error::Error as StdError;
use std::iter::successors;
use std::path::{Path, PathBuf};

use application::ports::{BoxError, Displaced};
use thiserror::Error;
use tokio::task::JoinError;

/// Result codes of the database, without their extension in the higher bits.
pub(super) const FORBIDDEN: u32 = 3;
pub(super) const BUSY: u32 = 5;
pub(super) const LOCKED: u32 = 6;
pub(super) const READ_ONLY: u32 = 8;
const INPUT_OUTPUT: u32 = 10;
pub(super) const CORRUPT: u32 = 11;
pub(super) const FULL: u32 = 13;
pub(super) const CANNOT_OPEN: u32 = 14;
const CONSTRAINT: u32 = 19;
pub(super) const NOT_A_DATABASE: u32 = 26;

/// Why something was not done, or may not have been.
#[derive(Debug)]
pub(in crate::sqlite) enum Failure {
    /// Nothing was written; a later try may go through.
    Unavailable(BoxError),
    /// It may have been written.
    UnknownOutcome(BoxError),
    /// What is stored, or was to be stored, contradicts itself.
    Corrupt(BoxError),
}

impl Failure {
    /// Of a write to a folder that is only looked into.
    pub(super) fn only_read() -> Self {
        Self::Unavailable(Box::new(OnlyRead))
    }

    /// Of files that are not where they were opened.
    pub(super) fn displaced(displaced: Displaced) -> Self {
        Self::Unavailable(Box::new(displaced))
    }

    /// Says in which file nothing was written.
    pub(super) fn in_file(self, path: &Path) -> Self {
        match self {
            Self::Unavailable(source) => {
                Self::Unavailable(Box::new(Unwritten { path: path.to_owned(), source }))
            }
            Self::UnknownOutcome(_) | Self::Corrupt(_) => self,
        }
    }

    /// Of a task that panicked or was stopped with the runtime.
    pub(super) fn lost(error: JoinError) -> Self {
        Self::UnknownOutcome(broken_off(error))
    }

    /// Of a question whose task panicked or was stopped with the runtime: it has written nothing.
    pub(in crate::sqlite) fn unanswered(error: JoinError) -> Self {
        Self::Unavailable(broken_off(error))
    }

    /// Of a commit: whether its last page reached the disk is open when the disk itself failed.
    pub(in crate::sqlite) fn of_commit(error: sqlx::Error) -> Self {
        match result_code(&error) {
            Some(INPUT_OUTPUT) => Self::UnknownOutcome(error.into()),
            _ => error.into(),
        }
    }

    /// Of stored values that cannot be right.
    pub(in crate::sqlite) fn contradiction(found: impl Into<BoxError>) -> Self {
        Self::Corrupt(found.into())
    }
}

/// What a panic says may hold a name, and its hook has logged it.
fn broken_off(error: JoinError) -> BoxError {
    if error.is_panic() { Box::new(Panicked) } else { Box::new(error) }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        if is_damage(&error) {
            return Self::Corrupt(error.into());
        }
        match result_code(&error) {
            Some(FULL) => Self::Unavailable(Box::new(Full { source: error })),
            // Whatever is done, it cannot be stored beside what is there.
            Some(CONSTRAINT) => Self::Corrupt(error.into()),
            Some(READ_ONLY) => Self::Unavailable(Box::new(ReadOnly { source: error })),
            Some(BUSY | LOCKED) => Self::Unavailable(Box::new(Busy { source: error })),
            _ => Self::Unavailable(error.into()),
        }
    }
}

/// Whether an error says that the file is damaged, or holds values of other types than its tables say.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    let undecodable = matches!(
        error,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_)
    );
    undecodable || matches!(result_code(error), Some(CORRUPT | NOT_A_DATABASE))
}

/// What the database said, if it is among the causes of an error.
pub(super) fn code_behind(error: &(dyn StdError + 'static)) -> Option<u32> {
    successors(Some(error), |&error| error.source()).find_map(|error| result_code(error.downcast_ref()?))
}

fn result_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

#[derive(Debug, Error)]
#[error("the folder is only looked into; hold it to write")]
struct OnlyRead;

#[derive(Debug, Error)]
#[error("what was to be done failed because of a defect; the log has the message")]
struct Panicked;

#[derive(Debug, Error)]
#[error("there is no room for it; free space on the disk, or raise the limit of the file")]
struct Full {
    source: sqlx::Error,
}

#[derive(Debug, Error)]
#[error("the file may not be written; give this user the right to write it and its folder")]
struct ReadOnly {
    source: sqlx::Error,
}

#[derive(Debug, Error)]
#[error("another program has the file locked; end what has it open, such as a backup or a shell")]
struct Busy {
    source: sqlx::Error,
}

#[derive(Debug, Error)]
#[error("`{}` was not written", path.display())]
struct Unwritten {
    path: PathBuf,
    source: BoxError,
}
