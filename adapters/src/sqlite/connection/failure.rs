//! What went wrong with a statement, in the three kinds that callers tell apart.

use std::error::Error as StdError;
use std::iter::successors;
use std::path::PathBuf;

use application::ports::{BoxError, Displaced};
use thiserror::Error;
use tokio::task::JoinError;

use super::NamedFile;
use crate::stores::step_error::{SortedFailure, StoreFailure};

/// Result codes of the database, without their extension in the higher bits.
pub(super) const FORBIDDEN: u32 = 3;
pub(super) const BUSY: u32 = 5;
pub(super) const LOCKED: u32 = 6;
pub(super) const READ_ONLY: u32 = 8;
pub(super) const INPUT_OUTPUT: u32 = 10;
pub(super) const CORRUPT: u32 = 11;
pub(super) const FULL: u32 = 13;
pub(super) const CANNOT_OPEN: u32 = 14;
const CONSTRAINT: u32 = 19;
pub(super) const NOT_A_DATABASE: u32 = 26;
/// The result code, with its extension, of a file beside the database that could not be made large enough: a full disk
/// in other words.
const SHARED_MEMORY_SIZE: u32 = 10 | (19 << 8);

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
    /// Of a write to a folder that is only looked into.
    pub(super) fn only_read() -> Self {
        Self::Unavailable(Box::new(OnlyRead))
    }

    /// Of files that are not where they were opened.
    pub(super) fn displaced(displaced: Displaced) -> Self {
        Self::Unavailable(Box::new(displaced))
    }

    /// Says in which file nothing was written, or what may have been, or what is damaged.
    pub(super) fn of_writing(self, file: &NamedFile) -> Self {
        let path = file.path.clone();
        match self {
            Self::Unavailable(source) => Self::Unavailable(Box::new(Unwritten { path, source })),
            Self::UnknownOutcome(source) => Self::UnknownOutcome(Box::new(PerhapsWritten { path, source })),
            Self::Corrupt(_) => self.of_reading(file),
        }
    }

    /// Says which file is damaged, and what to do about it. Values that contradict one another say themselves which
    /// they are.
    pub(super) fn of_reading(self, file: &NamedFile) -> Self {
        match self {
            Self::Corrupt(source) if is_damage_behind(&*source) => {
                let NamedFile { path, remedy } = file.clone();
                Self::Corrupt(Box::new(Damaged { path, remedy, source }))
            }
            Self::Unavailable(_) | Self::UnknownOutcome(_) | Self::Corrupt(_) => self,
        }
    }

    /// What the database said, if it said anything.
    pub(super) fn code(&self) -> Option<u32> {
        match self {
            Self::Unavailable(source) | Self::UnknownOutcome(source) | Self::Corrupt(source) => {
                code_behind(&**source)
            }
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
        match extended_code(&error).map(without_extension) {
            Some(INPUT_OUTPUT) if result_code(&error) == Some(FULL) => {
                Self::UnknownOutcome(Box::new(Full { source: error }))
            }
            Some(INPUT_OUTPUT) => Self::UnknownOutcome(Box::new(DiskFailed { source: error })),
            _ => error.into(),
        }
    }

    /// Of stored values that cannot be right.
    pub(in crate::sqlite) fn contradiction(found: impl Into<BoxError>) -> Self {
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

/// What a panic says may hold a name, and its hook has logged it.
fn broken_off(error: JoinError) -> BoxError {
    if error.is_panic() { Box::new(Panicked) } else { Box::new(error) }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        if is_damage(&error) {
            return Self::Corrupt(Box::new(UnreadableFile { source: error }));
        }
        match result_code(&error) {
            Some(FULL) => Self::Unavailable(Box::new(Full { source: error })),
            // Whatever is done, it cannot be stored beside what is there.
            Some(CONSTRAINT) => Self::Corrupt(error.into()),
            Some(INPUT_OUTPUT) => Self::Unavailable(Box::new(DiskFailed { source: error })),
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
    causes(error).find_map(result_code)
}

fn is_damage_behind(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(is_damage)
}

/// What the driver said among the causes of an error.
fn causes<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e sqlx::Error> {
    successors(Some(error), |&error| error.source()).filter_map(|error| error.downcast_ref())
}

/// The result code without its extension, except where only that says what is the matter.
fn result_code(error: &sqlx::Error) -> Option<u32> {
    match extended_code(error)? {
        SHARED_MEMORY_SIZE => Some(FULL),
        code => Some(without_extension(code)),
    }
}

fn extended_code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse().ok()
}

const fn without_extension(code: u32) -> u32 {
    code & 0xff
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
#[error(
    "the file may not be written; see that its disk can be written, and that this user has the right to write it and its folder"
)]
struct ReadOnly {
    source: sqlx::Error,
}

#[derive(Debug, Error)]
#[error("its disk fails; see that it is whole, and that no quota or limit of file sizes is reached")]
struct DiskFailed {
    source: sqlx::Error,
}

#[derive(Debug, Error)]
#[error("what is stored cannot be read as it was written")]
struct UnreadableFile {
    source: sqlx::Error,
}

#[derive(Debug, Error)]
#[error("`{}` is damaged; stop what uses it, {remedy}", path.display())]
struct Damaged {
    path: PathBuf,
    remedy: &'static str,
    source: BoxError,
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

#[derive(Debug, Error)]
#[error("it is not known whether `{}` was written", path.display())]
struct PerhapsWritten {
    path: PathBuf,
    source: BoxError,
}
