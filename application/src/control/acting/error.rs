//! Why an action was not done.

use std::convert::Infallible;

use thiserror::Error;

use super::super::StillRunning;
use crate::codec::DecodeError;
use crate::commands::CommandError;
use crate::ports::event_store::{CommandId, Position, StoreError};
use crate::ports::message_source::SourceError;
use crate::ports::token_store::{ProcessorName, TokenError};
use crate::processing::HandlingError;
use crate::queries::QueryError;

/// Why an action was not done. Nothing was recorded, except where it says so.
#[derive(Debug, Error)]
pub enum ActionError {
    /// This process has no such processor.
    #[error("no processor of this process is named {processor}")]
    UnknownProcessor {
        /// The name.
        processor: ProcessorName,
    },
    /// The processor runs, and it has to be paused first.
    #[error("{processor} runs; pause it first")]
    Running {
        /// Its name.
        processor: ProcessorName,
    },
    /// It keeps a view, which is built anew as a whole.
    #[error(
        "{processor} keeps a view, in which an event must not count twice; reset it to the beginning, which builds the view anew"
    )]
    RebuildInstead {
        /// Its name.
        processor: ProcessorName,
    },
    /// No rebuild runs.
    #[error("{processor} is not being rebuilt")]
    NoRebuild {
        /// Its name.
        processor: ProcessorName,
    },
    /// A segment cannot become two.
    #[error("segment {segment} of {processor} cannot be split: {why}")]
    CannotSplit {
        /// The processor.
        processor: ProcessorName,
        /// The segment's id.
        segment: u32,
        /// Why not.
        why: &'static str,
    },
    /// Two segments cannot become one.
    #[error("segment {segment} of {processor} cannot be merged: {why}")]
    CannotMerge {
        /// The processor.
        processor: ProcessorName,
        /// The segment's id.
        segment: u32,
        /// Why not.
        why: &'static str,
    },
    /// What it follows has no such place.
    #[error("{processor} cannot go on from there: {why}")]
    NoSuchPlace {
        /// The processor.
        processor: ProcessorName,
        /// Why not.
        why: String,
    },
    /// No event waits under this id.
    #[error("no dead letter has this id any more, or none ever had")]
    NoLetter,
    /// The edited payload cannot be taken.
    #[error("the payload cannot be taken: {why}")]
    BadPayload {
        /// Why not; quotes nothing of it.
        why: String,
    },
    /// The event does not concern the processor.
    #[error("{processor} does nothing with event {position}")]
    NotConcerned {
        /// The processor.
        processor: ProcessorName,
        /// The event's place in the log.
        position: Position,
    },
    /// It was evicted for the processor.
    #[error("event {position} was evicted for {processor}, which passes it over whenever it meets it")]
    Evicted {
        /// The processor.
        processor: ProcessorName,
        /// The event's place in the log.
        position: Position,
    },
    /// It is an operator's action, whose last word holds.
    #[error(
        "what operators did is applied once and in its order, so that the last word holds; do it again instead"
    )]
    OnlyOnce,
    /// The log has no such event.
    #[error("the log has no event at position {position}")]
    NoEvent {
        /// The position.
        position: Position,
    },
    /// The id of the command was used for another request.
    #[error("command id {command} was used for another request; use a fresh one")]
    IdReused {
        /// The id.
        command: CommandId,
    },
    /// It is recorded, and whoever applies it found that it cannot be done.
    #[error("it was recorded at position {position}, and could not be done: {cause}")]
    Refused {
        /// Where it is recorded.
        position: Position,
        /// Why not.
        cause: String,
    },
    /// It is recorded, and not applied yet.
    #[error("it is recorded at position {position}, and is applied as soon as that is possible")]
    NotApplied {
        /// Where it is recorded.
        position: Position,
    },
    /// It is paused, and somebody still works on it.
    #[error("{processor} is paused: {source}")]
    StillRunning {
        /// Its name.
        processor: ProcessorName,
        /// Who works on it.
        #[source]
        source: StillRunning,
    },
    /// It was recorded, and the log does not have it any more.
    #[error("it was recorded at position {position}, and is gone from there: the log was restored meanwhile")]
    Lost {
        /// Where it was.
        position: Position,
    },
    /// What would apply it is away.
    #[error("it is recorded, and what applies it cannot do so now")]
    Away(#[source] HandlingError),
    /// It could not be recorded.
    #[error("recording the action failed")]
    Record(#[from] CommandError<Infallible>),
    /// The log could not be read.
    #[error("reading the log failed")]
    Store(#[from] StoreError),
    /// What the processor follows could not be read.
    #[error("reading what the processor follows failed")]
    Source(#[from] SourceError),
    /// The token store could not be read.
    #[error("reading the token store failed")]
    Tokens(#[from] TokenError),
    /// An event cannot be read.
    #[error("an event cannot be read")]
    Unreadable(#[from] DecodeError),
    /// How it ended could not be read.
    #[error(transparent)]
    Query(#[from] QueryError),
}

impl ActionError {
    pub(super) fn cannot_split(processor: &ProcessorName, segment: u32, why: &'static str) -> Self {
        Self::CannotSplit { processor: processor.clone(), segment, why }
    }

    pub(super) fn cannot_merge(processor: &ProcessorName, segment: u32, why: &'static str) -> Self {
        Self::CannotMerge { processor: processor.clone(), segment, why }
    }

    pub(super) fn still_running(processor: &ProcessorName, source: StillRunning) -> Self {
        Self::StillRunning { processor: processor.clone(), source }
    }

    /// What was recorded at a position stays, also when it cannot be asked how it ended.
    pub(super) fn unseen(error: QueryError, position: Position) -> Self {
        if error.is_away() { Self::NotApplied { position } } else { error.into() }
    }

    pub(super) const fn away(error: HandlingError) -> Self {
        Self::Away(error)
    }
}
