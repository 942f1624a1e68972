//! The token side: how far each processor has come, who may work on what, the rows of the views, and the letters that
//! could not be handled. One transactional unit.

mod claim;
mod dead_letter;
mod error;
mod row;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use super::event_store::{EventId, Position};
use super::message_source::Token;

pub use claim::{Claim, Claimed, Generation, NodeId, ProcessorName, Segment};
pub use dead_letter::{
    ATTEMPTS_KEPT, DeadLetter, DeadLetterId, DeadLetterKind, DeadLetterOrder, DeadLetterQuery, FailedAttempt,
    LETTERS_PER_SEQUENCE_MAX, ParkedSequence, REJECTED_MAX, SEQUENCES_MAX, SettledLetter, WaitingLetter,
};
pub use error::TokenError;
pub use row::{Row, RowKey};

/// Keeps tokens, claims, rows and letters, and changes them together or not at all.
///
/// Time in claims is the store's own clock, never a node's. When that clock jumps back, what was claimed before must
/// not stay locked for as long as the jump was wide: once its time-out has passed again, others may have it. A claim is
/// proved by its epoch: whoever claims a segment later gets a higher one, and from then on every write under the older
/// is refused with [`TokenError::Stale`].
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// Says that `node` lives, for `ttl` from now, and answers all nodes that live, ordered, this one among them.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`].
    async fn heartbeat(&self, node: NodeId, ttl: Duration) -> Result<Vec<NodeId>, TokenError>;

    /// Says that `node` is gone: its heartbeat and its claims end at once.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`].
    async fn leave(&self, node: NodeId) -> Result<(), TokenError>;

    /// Makes a processor known with `segments` (a power of two, at least 1) that all start at `first`. One that is
    /// known already stays as it is.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`].
    async fn register(
        &self,
        processor: &ProcessorName,
        segments: u32,
        first: Token,
    ) -> Result<(), TokenError>;

    /// All processors that were ever registered, by name.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn processors(&self) -> Result<Vec<ProcessorState>, TokenError>;

    /// Says whether a processor shall run. Kept for all nodes: a paused one cannot be claimed, and
    /// [`TokenStore::extend`] tells its owners.
    ///
    /// # Errors
    /// [`TokenError::Unknown`] for a name that was never registered; [`TokenError::Unavailable`].
    async fn set_desired(&self, processor: &ProcessorName, desired: Desired) -> Result<(), TokenError>;

    /// Claims a free segment for `ttl`; a claim that has run out is free, and so is the node's own.
    ///
    /// # Errors
    /// [`TokenError::Held`] while somebody else holds it; [`TokenError::Paused`]; [`TokenError::Unknown`] for a
    /// processor, generation or segment that is not there; [`TokenError::Unavailable`].
    async fn claim(
        &self,
        processor: &ProcessorName,
        generation: Generation,
        segment: Segment,
        node: NodeId,
        ttl: Duration,
    ) -> Result<Claimed, TokenError>;

    /// Prolongs claims to `ttl` from now, in one round trip, and says of each how it stands, in the order given. Each
    /// is judged alone: [`TokenError::Stale`] when somebody else has claimed it since, or it ran out.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] when nothing is known of any of them.
    async fn extend_all(
        &self,
        claims: &[Claim],
        ttl: Duration,
    ) -> Result<Vec<Result<Extended, TokenError>>, TokenError>;

    /// Prolongs one claim, as [`TokenStore::extend_all`] does, and says whether its processor shall still run.
    ///
    /// # Errors
    /// [`TokenError::Stale`]; [`TokenError::Unavailable`].
    async fn extend(&self, claim: &Claim, ttl: Duration) -> Result<Desired, TokenError> {
        let extended = self.extend_all(std::slice::from_ref(claim), ttl).await?.pop();
        let (processor, segment, epoch) = (claim.processor.clone(), claim.segment, claim.epoch);
        extended
            .unwrap_or(Err(TokenError::Stale { processor, segment, epoch }))
            .map(|extended| extended.desired)
    }

    /// Gives a claim back at once.
    ///
    /// # Errors
    /// [`TokenError::Stale`] when it was lost before; [`TokenError::Unavailable`].
    async fn release(&self, claim: &Claim) -> Result<(), TokenError>;

    /// The rows with these keys in the claim's generation, in the order asked.
    ///
    /// # Errors
    /// [`TokenError::Stale`]; [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn rows(&self, claim: &Claim, keys: &[RowKey]) -> Result<Vec<Option<Row>>, TokenError>;

    /// Rows of a processor's live generation, ordered by key, after a key, at most `limit`; none for a name that was
    /// never registered. For checks: no claim is needed, and rows may change between two calls.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn live_rows(
        &self,
        processor: &ProcessorName,
        after: Option<RowKey>,
        limit: usize,
    ) -> Result<Vec<Row>, TokenError>;

    /// Writes rows, letters and the token, all or nothing, if the claim's epoch is the latest and `commit.number` is
    /// one more than that of the segment's last commit. The number of the last commit again, with the very same token
    /// and under the same epoch, is a commit whose reply was lost: it writes nothing and succeeds.
    ///
    /// Whoever did not hear how a commit ended must send it again as it is, or claim the segment again and go on from
    /// what stands there. Another commit under the same number is refused when it moves the token elsewhere; one that
    /// leaves the token where it is, as a letter that is tried again does, would be taken for the one that was lost.
    ///
    /// # Errors
    /// [`TokenError::Stale`] for an older epoch, a claim that ran out, another number, or the last number with another
    /// token; [`TokenError::Full`] when a letter has no place; [`TokenError::LetterChanged`] when a letter is not what
    /// it was when it was read; [`TokenError::UnknownOutcome`] when the reply was lost: send the same again;
    /// [`TokenError::Unavailable`] when nothing was written.
    async fn commit(&self, claim: &Claim, commit: Commit) -> Result<(), TokenError>;

    /// The position all live segments of a processor have reached; none for a name that was never registered.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn progress(&self, processor: &ProcessorName) -> Result<Option<Position>, TokenError>;

    /// Resolves at once when the processor has passed `beyond`, else soon after it moved. A hint: it may resolve
    /// without reason and, after commits by another process, late.
    async fn progressed(&self, processor: &ProcessorName, beyond: Position);

    /// Letters that fit, in the order of [`DeadLetterOrder`]: by processor, kind (parked, abandoned, rejected),
    /// sequence and position.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn letters(&self, wanted: &DeadLetterQuery, limit: usize) -> Result<Vec<DeadLetter>, TokenError>;

    /// The letters that a sequence of the claim's generation waits for (parked and abandoned ones, never rejected
    /// ones), by position, at most `limit`, each with what was said about its event. Letters and overrides are read at
    /// one moment, so that a commit of what was made of them is refused when an operator has said something since.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn waiting_letters(
        &self,
        claim: &Claim,
        sequence: &str,
        limit: usize,
    ) -> Result<Vec<WaitingLetter>, TokenError>;

    /// Makes parked and abandoned letters of a processor due now (those of one sequence, or all), so that the segment's
    /// owner tries again; abandoned ones are parked again with their attempts counted from 0. That is a change of each
    /// of them. Answers how many.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`].
    async fn retry_now(&self, processor: &ProcessorName, sequence: Option<&str>)
    -> Result<usize, TokenError>;

    /// Says for good how one processor has to treat one event, also when it is replayed. That is a change of the
    /// event's letters.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`].
    async fn put_override(
        &self,
        processor: &ProcessorName,
        event: EventId,
        event_override: EventOverride,
    ) -> Result<(), TokenError>;

    /// Everything that was said with [`TokenStore::put_override`] for a processor, the last word for each event.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn overrides(
        &self,
        processor: &ProcessorName,
    ) -> Result<BTreeMap<EventId, EventOverride>, TokenError>;

    /// Splits a segment of the live generation into two that both start at its token, with new epochs; claims on it
    /// end.
    ///
    /// # Errors
    /// [`TokenError::CannotReshape`] while a rebuild runs or when the mask has all its bits; [`TokenError::Unknown`];
    /// [`TokenError::Unavailable`].
    async fn split(
        &self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<(Segment, Segment), TokenError>;

    /// Joins a segment of the live generation with its sibling, if both have the same token; claims on both end.
    ///
    /// # Errors
    /// [`TokenError::CannotReshape`] while a rebuild runs, when there is no sibling, or when the tokens differ;
    /// [`TokenError::Unknown`]; [`TokenError::Unavailable`].
    async fn merge(&self, processor: &ProcessorName, segment: Segment) -> Result<Segment, TokenError>;

    /// Starts a generation beside the live one, with the same segments, empty rows, and tokens at `first`. One that
    /// runs already is answered as it is.
    ///
    /// # Errors
    /// [`TokenError::Unknown`]; [`TokenError::Unavailable`].
    async fn start_rebuild(&self, processor: &ProcessorName, first: Token) -> Result<Generation, TokenError>;

    /// Makes the generation being rebuilt the live one and drops the old one with its rows and letters, in one step;
    /// claims on both end.
    ///
    /// # Errors
    /// [`TokenError::CannotSwitch`] when a segment of the new one is behind the same segment of the live one, or when
    /// it has letters that are parked or abandoned and `force` is false; [`TokenError::Unknown`] when no rebuild runs;
    /// [`TokenError::Unavailable`].
    async fn switch(&self, processor: &ProcessorName, force: bool) -> Result<(), TokenError>;

    /// Lets a processor begin anew at once: the live generation, and one being rebuilt, go with their rows and letters,
    /// and an empty one takes their place, with the same segments ([`Segment::made_whole`]) and every token at `first`.
    /// Claims end. Whether the processor shall run and what was said about single events stay.
    ///
    /// Done as a whole or not at all; rows that nobody sees any more may be removed afterwards.
    ///
    /// # Errors
    /// [`TokenError::Unknown`]; [`TokenError::Unavailable`].
    async fn begin_anew(&self, processor: &ProcessorName, first: Token) -> Result<(), TokenError>;

    /// Drops the generation being rebuilt with its rows and letters.
    ///
    /// # Errors
    /// [`TokenError::Unknown`] when no rebuild runs; [`TokenError::Unavailable`].
    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError>;

    /// Whether what is written would be kept where it belongs, as
    /// [`EventStore::check_storage`](super::EventStore::check_storage) says of the log.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] with [`Displaced`](super::Displaced) behind it.
    async fn check_storage(&self) -> Result<(), TokenError> {
        Ok(())
    }

    /// Whether changes have failed for want of room on the disk and would fail again, as
    /// [`EventStore::check_writing`](super::EventStore::check_writing) says of the log.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] with [`Unwritable`](super::Unwritable) behind it.
    async fn check_writing(&self) -> Result<(), TokenError> {
        Ok(())
    }
}

/// What is written together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// One more than the number of the segment's last commit; [`Claimed::commits`] says where to go on.
    pub number: u64,
    /// The new token.
    pub token: Token,
    /// Rows to be put, or with none to be removed; each key once.
    pub rows: Vec<(RowKey, Option<Row>)>,
    /// Letters to be kept: new ones with revision 0, and those that are replaced with the revision they were read with.
    pub letters: Vec<DeadLetter>,
    /// Letters that are done and go.
    pub settled: Vec<SettledLetter>,
}

/// What is known of a processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessorState {
    /// Its name.
    pub name: ProcessorName,
    /// Whether it shall run.
    pub desired: Desired,
    /// The generation that readers see.
    pub live: Generation,
    /// The generation being rebuilt.
    pub rebuilding: Option<Generation>,
    /// All segments of these generations, ordered by generation and id.
    pub segments: Vec<SegmentState>,
    /// Letters that wait for a retry, of these generations.
    pub parked: usize,
    /// Letters that are not tried any more by themselves, of these generations.
    pub abandoned: usize,
    /// Letters that were rejected and are still kept.
    pub rejected: usize,
    /// Rejected letters that had to go because there were too many.
    pub rejected_dropped: u64,
}

impl ProcessorState {
    /// The segments of the generation that readers see.
    pub fn live_segments(&self) -> impl Iterator<Item = &SegmentState> {
        self.segments.iter().filter(|segment| segment.generation == self.live)
    }

    /// Whether the live segments take in every key. Where one is missing, somebody has written to the tables by hand,
    /// and what belongs to it is handled by nobody.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        Segment::cover_everything(self.live_segments().map(|known| known.segment))
    }
}

/// What is known of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentState {
    /// Its generation.
    pub generation: Generation,
    /// The segment.
    pub segment: Segment,
    /// The epoch of its latest claim; 0 before the first.
    pub epoch: u64,
    /// Who holds it and until when, unless the claim has run out.
    pub owner: Option<(NodeId, Timestamp)>,
    /// How far it has come.
    pub token: Token,
}

/// Whether a processor shall run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Desired {
    /// It shall.
    Running,
    /// It shall not.
    Paused {
        /// Who said so.
        by: String,
        /// Why.
        reason: String,
    },
}

/// How a claim stands that was prolonged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extended {
    /// Whether its processor shall still run.
    pub desired: Desired,
    /// The number of the segment's last commit. A store that does not wait for its disk may have forgotten some that it
    /// had acknowledged, and then it is lower than its owner knows.
    pub commits: u64,
}

/// How one processor has to treat one event.
#[derive(Clone, PartialEq, Eq)]
pub enum EventOverride {
    /// As if it had this payload.
    Edited(Bytes),
    /// As if it were not there.
    Skipped,
}
