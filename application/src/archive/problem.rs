//! What is wrong with a line of an export, said without quoting what was recorded.

use std::io;

use thiserror::Error;

use super::LineError;
use crate::codec::{CodecProblem, DecodeError};
use crate::ports::BoxError;
use crate::ports::event_store::{CommandId, EVENT_BYTES_MAX, EventId, Position, StreamName, Version};

/// What is wrong with a line.
#[derive(Debug, Error)]
pub enum LineProblem {
    /// It could not be read.
    #[error("reading it failed")]
    Read(#[source] io::Error),
    /// It has no line break at its end.
    #[error("the file ends in the middle of it; take the export again")]
    CutOff,
    /// It is longer than any event can be.
    #[error("it is longer than an event can be, which is {EVENT_BYTES_MAX} bytes")]
    TooLong,
    /// It is not an event in JSON.
    #[error("it is not an event in JSON")]
    NotAnEvent(#[source] BoxError),
    /// Something in it is not what it should be.
    #[error("it is not an event of a log")]
    Field(#[from] LineError),
    /// It would be exported otherwise.
    #[error("it is not written as an export writes it, first at byte {at}; import the export as it was made")]
    Rewritten {
        /// The first byte that differs, from 1.
        at: usize,
    },
    /// It is not the next position.
    #[error("it has position {found} where {due} is due; an export has every position once, in order")]
    Position {
        /// What it says.
        found: Position,
        /// What should have come.
        due: Position,
    },
    /// It is not the next version of its stream.
    #[error("it has version {found} of {stream} where {due} is due")]
    Version {
        /// Its stream.
        stream: StreamName,
        /// What it says.
        found: Version,
        /// What should have come.
        due: Version,
    },
    /// Its id stands before.
    #[error("its id {0} stands in a line before")]
    RepeatedId(EventId),
    /// Its command stands before.
    #[error("its command {0} was done in a line before")]
    RepeatedCommand(CommandId),
    /// Its command is not the one in its metadata, or it continues what does not stand before it.
    #[error(
        "its commandId is not that of what it belongs to; the first event of a command has it, and no other"
    )]
    Command,
    /// It is finer than what stores keep.
    #[error("its time is finer than a microsecond, which is what stores keep")]
    Time,
    /// It is larger than an event may be.
    #[error("its event has {bytes} bytes, and {EVENT_BYTES_MAX} is the most")]
    TooLarge {
        /// How large it is.
        bytes: usize,
    },
    /// This version cannot read the event.
    #[error("this version of the service cannot read it")]
    Unreadable(#[from] DecodeError),
}

impl From<serde_json::Error> for LineProblem {
    fn from(error: serde_json::Error) -> Self {
        Self::NotAnEvent(Box::new(CodecProblem::from(error)))
    }
}
