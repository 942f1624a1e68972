//! Why the token store could not do what was asked.

use jiff::Timestamp;
use thiserror::Error;

use super::claim::{NodeId, ProcessorName, Segment};
use crate::ports::BoxError;

/// Why the token store could not do what was asked.
#[derive(Debug, Error)]
pub enum TokenError {
    /// It cannot be reached or is busy beyond its limits; nothing was written, and a later try may go through.
    #[error("the token store cannot be used while {doing}; nothing was written, try again")]
    Unavailable {
        /// What was being done.
        doing: &'static str,
        /// Why not.
        #[source]
        source: BoxError,
    },
    /// The call was sent and its answer is lost.
    #[error("the answer of the token store was lost while {doing}; send the same again")]
    UnknownOutcome {
        /// What was being done.
        doing: &'static str,
        /// Why the answer is lost.
        #[source]
        source: BoxError,
    },
    /// What is stored contradicts itself.
    #[error("the token store holds something that cannot be right, met while {doing}")]
    Corrupt {
        /// What was being done.
        doing: &'static str,
        /// What was found.
        #[source]
        source: BoxError,
    },
    /// The claim is not the latest any more, or it has run out.
    #[error("the claim of {processor} segment {segment} with epoch {epoch} is stale; claim it again")]
    Stale {
        /// The processor.
        processor: ProcessorName,
        /// The segment.
        segment: Segment,
        /// The epoch that was shown.
        epoch: u64,
    },
    /// Somebody else holds the segment.
    #[error("segment {segment} of {processor} is held by {owner} until {until}")]
    Held {
        /// The processor.
        processor: ProcessorName,
        /// The segment.
        segment: Segment,
        /// Who holds it.
        owner: NodeId,
        /// Until when, by the store's clock.
        until: Timestamp,
    },
    /// The processor shall not run.
    #[error("{processor} is paused by {by}: {reason}")]
    Paused {
        /// The processor.
        processor: ProcessorName,
        /// Who said so.
        by: String,
        /// Why.
        reason: String,
    },
    /// There is no such processor, generation, segment or rebuild.
    #[error("{what} of processor {processor} is not known")]
    Unknown {
        /// The processor.
        processor: ProcessorName,
        /// What was not found.
        what: &'static str,
    },
    /// A letter has no place.
    #[error("the dead letters of {processor} are full: {limit} {of}; retry or evict some")]
    Full {
        /// The processor.
        processor: ProcessorName,
        /// The limit that was met.
        limit: usize,
        /// What it limits: `sequences` or `letters in a sequence`.
        of: &'static str,
    },
    /// A letter is not any more what it was when it was read; nothing was written.
    #[error(
        "a dead letter of {processor} was changed after it was read, by an operator or another commit; read it again"
    )]
    LetterChanged {
        /// The processor.
        processor: ProcessorName,
    },
    /// Segments cannot be split or merged like this.
    #[error("segment {segment} of {processor} cannot be reshaped: {why}")]
    CannotReshape {
        /// The processor.
        processor: ProcessorName,
        /// The segment.
        segment: Segment,
        /// Why not.
        why: &'static str,
    },
    /// The processor cannot go on from another place.
    #[error("{processor} cannot be reset: {why}")]
    CannotReset {
        /// The processor.
        processor: ProcessorName,
        /// Why not.
        why: &'static str,
    },
    /// The rebuilt generation cannot become the live one yet.
    #[error("the rebuilt {processor} cannot take over: {why}")]
    CannotSwitch {
        /// The processor.
        processor: ProcessorName,
        /// Why not.
        why: &'static str,
    },
}
