//! Why a command was not done, or a state could not be read.

use std::sync::Arc;

use thiserror::Error;

use crate::codec::DecodeError;
use crate::ports::event_store::{CommandId, Position, StoreError, StreamName, Version};

/// Why a command was not done. This try wrote nothing, except where it says that the outcome is unknown, or that it was
/// done before; what an earlier try with the same id wrote, it does not say.
#[derive(Debug, Clone, Error)]
pub enum CommandError<R: std::error::Error + 'static> {
    /// A rule forbids it.
    #[error("the command was refused")]
    Refused(#[source] R),
    /// The stream has another version than the caller insists on.
    #[error("the stream has version {actual} and the command insists on {expected}; read it again")]
    VersionMismatch {
        /// What the caller insists on.
        expected: Version,
        /// What it has.
        actual: Version,
    },
    /// The command's id was used for another request.
    #[error("command id {command} was used for another request; use a fresh one")]
    IdReused {
        /// The id.
        command: CommandId,
    },
    /// Others kept changing the stream.
    #[error("{stream} kept changing and {attempts} attempts were lost; try again")]
    Contended {
        /// The stream.
        stream: StreamName,
        /// How often it was tried.
        attempts: u32,
    },
    /// An event of it is too large to be stored.
    #[error("an event of {bytes} bytes is larger than the limit of {limit} bytes")]
    TooLarge {
        /// How large it is.
        bytes: usize,
        /// How large it may be.
        limit: usize,
    },
    /// The stream holds an event that cannot be read.
    #[error("{stream} cannot be read because of event {position}")]
    Unreadable {
        /// The stream.
        stream: StreamName,
        /// The event's place in the log.
        position: Position,
        /// Why not.
        #[source]
        source: Arc<DecodeError>,
    },
    /// The store is away.
    #[error("the event store cannot be used; this try wrote nothing, try again")]
    Unavailable {
        /// Why.
        #[source]
        source: Arc<StoreError>,
    },
    /// The answer of the store was lost and could not be found out.
    #[error("it is not known whether the command was done; try again with the same id")]
    OutcomeUnknown {
        /// Why.
        #[source]
        source: Arc<StoreError>,
    },
    /// It was done before, and its first answer cannot be built again now.
    #[error("the command was done before, and what it did cannot be read now; ask again with the same id")]
    DoneUnread {
        /// Why.
        #[source]
        source: ReadError,
    },
    /// The store contradicts itself.
    #[error("the event store holds something that cannot be right; this try wrote nothing")]
    Corrupt {
        /// What.
        #[source]
        source: Arc<StoreError>,
    },
    /// Too many commands wait.
    #[error("{waiting} commands wait for {stream} and no more fit; try again later")]
    Busy {
        /// The stream.
        stream: StreamName,
        /// How many wait.
        waiting: usize,
    },
    /// The service is stopping.
    #[error("the service is stopping and takes no more commands")]
    Stopping,
    /// Deciding it panicked; the cause is in the log.
    #[error("deciding the command for {stream} failed because of a defect; this try wrote nothing")]
    Defect {
        /// The stream.
        stream: StreamName,
    },
}

/// Why a state could not be read.
#[derive(Debug, Clone, Error)]
pub enum ReadError {
    /// The stream holds an event that cannot be read.
    #[error("{stream} cannot be read because of event {position}")]
    Unreadable {
        /// The stream.
        stream: StreamName,
        /// The event's place in the log.
        position: Position,
        /// Why not.
        #[source]
        source: Arc<DecodeError>,
    },
    /// The store is away.
    #[error("the event store cannot be used; try again")]
    Unavailable {
        /// Why.
        #[source]
        source: Arc<StoreError>,
    },
    /// The store contradicts itself.
    #[error("the event store holds something that cannot be right")]
    Corrupt {
        /// What.
        #[source]
        source: Arc<StoreError>,
    },
    /// Taking an event into the state panicked; the cause is in the log.
    #[error("{stream} cannot be read because of a defect met at event {position}")]
    Defect {
        /// The stream.
        stream: StreamName,
        /// The event's place in the log.
        position: Position,
    },
}

impl ReadError {
    pub(super) fn unreadable(stream: &StreamName, source: DecodeError) -> Self {
        Self::Unreadable { stream: stream.clone(), position: source.position(), source: Arc::new(source) }
    }

    /// The log became another one while a stream was read from it.
    pub(super) fn exchanged() -> Self {
        let source = "the log was exchanged meanwhile".into();
        Self::Unavailable { source: Arc::new(StoreError::Unavailable { doing: "reading a stream", source }) }
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        let source = Arc::new(error);
        match *source {
            StoreError::Unavailable { .. } | StoreError::UnknownOutcome { .. } => {
                Self::Unavailable { source }
            }
            StoreError::Corrupt { .. } => Self::Corrupt { source },
        }
    }
}

impl<R: std::error::Error> From<ReadError> for CommandError<R> {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unreadable { stream, position, source } => {
                Self::Unreadable { stream, position, source }
            }
            ReadError::Unavailable { source } => Self::Unavailable { source },
            ReadError::Corrupt { source } => Self::Corrupt { source },
            ReadError::Defect { stream, .. } => Self::Defect { stream },
        }
    }
}

impl<R: std::error::Error> CommandError<R> {
    /// What an append that failed as a whole means for one command.
    pub(super) fn of_append(source: Arc<StoreError>) -> Self {
        match *source {
            StoreError::Unavailable { .. } => Self::Unavailable { source },
            StoreError::UnknownOutcome { .. } => Self::OutcomeUnknown { source },
            StoreError::Corrupt { .. } => Self::Corrupt { source },
        }
    }

    /// What it means that nobody answers any more for a command that was taken.
    pub(super) fn broken_off() -> Self {
        let source = "the work on its stream broke off".into();
        Self::OutcomeUnknown {
            source: Arc::new(StoreError::UnknownOutcome { doing: "executing a command", source }),
        }
    }

    /// A word for what became of the command: the label of its metric.
    pub(super) const fn label(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::VersionMismatch { .. } => "version-mismatch",
            Self::IdReused { .. } => "id-reused",
            Self::Contended { .. } => "contended",
            Self::TooLarge { .. } => "too-large",
            Self::Unreadable { .. } => "unreadable",
            Self::Unavailable { .. } => "unavailable",
            Self::OutcomeUnknown { .. } => "outcome-unknown",
            Self::DoneUnread { .. } => "done-unread",
            Self::Corrupt { .. } => "corrupt",
            Self::Busy { .. } => "busy",
            Self::Stopping => "stopping",
            Self::Defect { .. } => "defect",
        }
    }
}
