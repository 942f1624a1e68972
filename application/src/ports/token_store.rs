//! The token store: how far each processor has come, who may work on what, the rows of the views, and the letters that
//! could not be handled. One transactional unit, behind three ports: what processors do is here; letters and what
//! operators say of them are [`DeadLetters`](super::DeadLetters), processors and their shape
//! [`ProcessorAdmin`](super::ProcessorAdmin).

mod claim;
mod error;
mod row;

use std::time::Duration;

use async_trait::async_trait;

use super::dead_letters::{DeadLetter, SettledLetter};
use super::event_store::Position;
use super::message_source::Token;
use super::processor_admin::Desired;

pub use claim::{Claim, Claimed, Generation, NodeId, ProcessorName, Segment};
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
    /// Says that `node` lives, for `ttl` from now, and prolongs its claims to the same time: one round trip for all that a
    /// node has to say of itself. Waits for no lock that somebody else has on a claim.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] when nothing is known of any of them.
    async fn beat(&self, node: NodeId, claims: &[Claim], ttl: Duration) -> Result<Beat, TokenError>;

    /// Says that `node` is gone: its heartbeat and its claims end at once.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`].
    async fn leave(&self, node: NodeId) -> Result<(), TokenError>;

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
    async fn commit(&self, claim: &Claim, commit: Commit) -> Result<(), TokenError> {
        let ended = self.commit_all(vec![(claim.clone(), commit)]).await.pop();
        ended.unwrap_or_else(|| {
            let source = "it was not answered".into();
            Err(TokenError::UnknownOutcome { doing: "committing", source })
        })
    }

    /// Makes commits as [`TokenStore::commit`] does, in one transaction when it can be, and says of each how it ended,
    /// in the order given. Each is judged alone: one that is refused, or that cannot be stored, leaves the others as
    /// they are. Two under the same claim may stand in one call; they are made in the order given.
    async fn commit_all(&self, commits: Vec<(Claim, Commit)>) -> Vec<Result<(), TokenError>>;

    /// The position all live segments of a processor have reached; none for a name that was never registered.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn progress(&self, processor: &ProcessorName) -> Result<Option<Position>, TokenError>;

    /// Resolves at once when the processor has passed `beyond`, else soon after it moved. A hint: it may resolve
    /// without reason and, after commits by another process, late.
    async fn progressed(&self, processor: &ProcessorName, beyond: Position);

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

/// What a node learns by saying that it lives.
#[derive(Debug)]
pub struct Beat {
    /// All nodes that live, ordered, this one among them.
    pub alive: Vec<NodeId>,
    /// How each claim stands, in the order given. Each is judged alone: [`TokenError::Stale`] when somebody else has
    /// claimed it since, or it ran out; [`TokenError::Unavailable`] when somebody was changing it just then, so that it is
    /// prolonged by the next beat.
    pub extended: Vec<Result<Extended, TokenError>>,
}

/// How a claim stands that was prolonged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extended {
    /// Whether its processor shall still run.
    pub desired: Desired,
    /// The number of the segment's last commit. A store that does not wait for its disk may have forgotten some that it
    /// had acknowledged, and then it is lower than its owner knows.
    pub commits: u64,
    /// As [`Claimed::said`]: another number than when it was claimed means that the owner has to claim it again, to learn
    /// what operators have said since.
    pub said: u64,
}
