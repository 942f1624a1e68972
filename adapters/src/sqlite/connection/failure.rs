//! What went wrong with a statement, in the three kinds that callers tell apart.

use application::ports::BoxError;
use thiserror::Error;
use tokio::task::JoinError;

/// Result codes of the database, without their extension in the higher bits.
const CORRUPT: u32 = 11;
const INPUT_OUTPUT: u32 = 10;
const NOT_A_DATABASE: u32 = 26;
const FULL: u32 = 13;
const READ_ONLY: u32 = 8;

/// Why something was not done, or may not have been.
#[derive(Debug)]
pub(in crate::sqlite) enum Failure {
    /// Nothing was written; a later try may go through.
    Unavailable(BoxError),
    /// It may have been written.
    UnknownOutcome(BoxError),
    /// What is stored contradicts itself.
    Corrupt(BoxError),
}

impl Failure {
    /// Of a write to a folder that is only looked into.
    pub(super) fn only_read() -> Self {
        Self::Unavailable(Box::new(OnlyRead))
    }

    /// Of a task that panicked or was stopped with the runtime.
    pub(super) fn lost(error: JoinError) -> Self {
        Self::UnknownOutcome(Box::new(error))
    }

    /// Of a commit: whether its last page reached the disk is open when the disk itself failed.
    pub(in crate::sqlite) fn of_commit(error: sqlx::Error) -> Self {
        match result_code(&error) {
            Some(INPUT_OUTPUT) => Self::UnknownOutcome(error.into()),
            _ => error.into(),
        }
    }

    /// What lies behind it.
    pub(in crate::sqlite) fn into_source(self) -> BoxError {
        match self {
            Self::Unavailable(source) | Self::UnknownOutcome(source) | Self::Corrupt(source) => source,
        }
    }

    /// Of stored values that cannot be right.
    pub(in crate::sqlite) fn contradiction(found: impl Into<BoxError>) -> Self {
        Self::Corrupt(found.into())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        if is_damage(&error) {
            return Self::Corrupt(error.into());
        }
        match result_code(&error) {
            Some(FULL) => Self::Unavailable(Box::new(Full { source: error })),
            Some(READ_ONLY) => Self::Unavailable(Box::new(ReadOnly { source: error })),
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

fn result_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

#[derive(Debug, Error)]
#[error("the folder is only looked into; hold it to write")]
struct OnlyRead;

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
