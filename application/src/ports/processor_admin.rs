//! The processors that there are: which segments they have, whether they shall run, and the generations of their rows.

use async_trait::async_trait;
use jiff::Timestamp;

use super::message_source::Token;
use super::token_store::{Generation, NodeId, ProcessorName, Segment, TokenError};

/// Makes processors known and changes their shape, in the token store: whoever holds a claim on what was changed finds
/// it stale.
#[async_trait]
pub trait ProcessorAdmin: Send + Sync {
    /// Makes a processor known with these segments, each at the token it starts with. Of one that is known already, those
    /// are added that overlap no segment of it: what is there stays as it is. While a rebuild runs, they are added to
    /// both generations.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`].
    async fn register(
        &self,
        processor: &ProcessorName,
        segments: &[(Segment, Token)],
    ) -> Result<(), TokenError>;

    /// All processors that were ever registered, by name.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn processors(&self) -> Result<Vec<ProcessorState>, TokenError>;

    /// Says whether a processor shall run. Kept for all nodes: a paused one cannot be claimed, and
    /// [`TokenStore::beat`](super::TokenStore::beat) tells its owners.
    ///
    /// # Errors
    /// [`TokenError::Unknown`] for a name that was never registered; [`TokenError::Unavailable`].
    async fn set_desired(&self, processor: &ProcessorName, desired: Desired) -> Result<(), TokenError>;

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

    /// Makes the generation being rebuilt the live one, in one step; the old one has ended, and its letters are gone.
    /// Claims on both end. The rows of the old one are seen by nobody any more, and go by [`ProcessorAdmin::sweep`].
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
    /// Done as a whole or not at all; rows that nobody sees any more go by [`ProcessorAdmin::sweep`].
    ///
    /// # Errors
    /// [`TokenError::Unknown`]; [`TokenError::Unavailable`].
    async fn begin_anew(&self, processor: &ProcessorName, first: Token) -> Result<(), TokenError>;

    /// Has a processor go on from `to`: every segment of its live generation stands there, and claims end. Parked and
    /// abandoned letters of events beyond it go, since these events are met again; those before it and the rejected ones
    /// stay. Answers how many went.
    ///
    /// Only for a processor whose effects have ids. Rows stay, so one that keeps a view would count in twice what it has
    /// in them: it is rebuilt instead.
    ///
    /// # Errors
    /// [`TokenError::CannotReset`] unless the processor is paused, while a rebuild runs, or when a segment has a token of
    /// another log; [`TokenError::Unknown`]; [`TokenError::Unavailable`].
    async fn reset(&self, processor: &ProcessorName, to: Token) -> Result<usize, TokenError>;

    /// Ends the generation being rebuilt; its letters are gone, and its rows go by [`ProcessorAdmin::sweep`].
    ///
    /// # Errors
    /// [`TokenError::Unknown`] when no rebuild runs; [`TokenError::Unavailable`].
    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError>;

    /// Removes rows of a processor's generations that have ended, of each view at most `limit`, and says how many went;
    /// none when nothing is left. So rows go in small pieces, each a transaction of its own, and nobody waits for a
    /// million of them. What earlier calls did not come to is removed too.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`].
    async fn sweep(&self, processor: &ProcessorName, limit: usize) -> Result<usize, TokenError>;
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
