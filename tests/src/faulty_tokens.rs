//! A token side that misbehaves on demand: commits that are lost or whose reply is lost, and rows that cannot be read.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use application::ports::event_store::{EventId, Position};
use application::ports::message_source::Token;
use application::ports::token_store::{
    Claim, Claimed, Commit, Desired, Generation, Letter, LetterQuery, NodeId, Overlay, ProcessorName,
    ProcessorState, Row, RowKey, Segment, TokenError, TokenStore, WaitingLetter,
};
use async_trait::async_trait;

/// What the next commits do, each once, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitFault {
    /// Nothing is written, and that is said.
    Away,
    /// Everything is written and the reply is lost.
    ReplyLost,
}

/// A token side in front of another one.
pub struct FaultyTokens {
    inner: Arc<dyn TokenStore>,
    faults: Mutex<VecDeque<CommitFault>>,
    unreadable: Mutex<Option<RowKey>>,
    commits: AtomicUsize,
}

impl FaultyTokens {
    /// One that does what `inner` does until told otherwise.
    #[must_use]
    pub fn before(inner: Arc<dyn TokenStore>) -> Self {
        Self { inner, faults: Mutex::default(), unreadable: Mutex::default(), commits: AtomicUsize::new(0) }
    }

    /// The next `count` commits do this.
    pub fn fail_commits(&self, count: usize, fault: CommitFault) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.extend(std::iter::repeat_n(fault, count));
    }

    /// This row cannot be read, until another one or none is said.
    pub fn make_unreadable(&self, key: Option<RowKey>) {
        *self.unreadable.lock().unwrap_or_else(PoisonError::into_inner) = key;
    }

    /// How many commits were asked for.
    #[must_use]
    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    fn next_fault(&self) -> Option<CommitFault> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

#[async_trait]
impl TokenStore for FaultyTokens {
    async fn rows(&self, claim: &Claim, keys: &[RowKey]) -> Result<Vec<Option<Row>>, TokenError> {
        let unreadable = *self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        if unreadable.is_some_and(|key| keys.contains(&key)) {
            return Err(TokenError::Corrupt { doing: "reading rows", source: "a row is torn".into() });
        }
        self.inner.rows(claim, keys).await
    }

    async fn live_rows(
        &self,
        processor: &ProcessorName,
        after: Option<RowKey>,
        limit: usize,
    ) -> Result<Vec<Row>, TokenError> {
        self.inner.live_rows(processor, after, limit).await
    }

    async fn commit(&self, claim: &Claim, commit: Commit) -> Result<(), TokenError> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        let doing = "committing";
        match self.next_fault() {
            None => self.inner.commit(claim, commit).await,
            Some(CommitFault::Away) => Err(TokenError::Unavailable { doing, source: "unplugged".into() }),
            Some(CommitFault::ReplyLost) => {
                self.inner.commit(claim, commit).await?;
                Err(TokenError::UnknownOutcome { doing, source: "the line went dead".into() })
            }
        }
    }

    async fn heartbeat(&self, node: NodeId, ttl: Duration) -> Result<Vec<NodeId>, TokenError> {
        self.inner.heartbeat(node, ttl).await
    }

    async fn leave(&self, node: NodeId) -> Result<(), TokenError> {
        self.inner.leave(node).await
    }

    async fn register(
        &self,
        processor: &ProcessorName,
        segments: u32,
        first: Token,
    ) -> Result<(), TokenError> {
        self.inner.register(processor, segments, first).await
    }

    async fn processors(&self) -> Result<Vec<ProcessorState>, TokenError> {
        self.inner.processors().await
    }

    async fn set_desired(&self, processor: &ProcessorName, desired: Desired) -> Result<(), TokenError> {
        self.inner.set_desired(processor, desired).await
    }

    async fn claim(
        &self,
        processor: &ProcessorName,
        generation: Generation,
        segment: Segment,
        node: NodeId,
        ttl: Duration,
    ) -> Result<Claimed, TokenError> {
        self.inner.claim(processor, generation, segment, node, ttl).await
    }

    async fn extend(&self, claim: &Claim, ttl: Duration) -> Result<Desired, TokenError> {
        self.inner.extend(claim, ttl).await
    }

    async fn release(&self, claim: &Claim) -> Result<(), TokenError> {
        self.inner.release(claim).await
    }

    async fn progress(&self, processor: &ProcessorName) -> Result<Option<Position>, TokenError> {
        self.inner.progress(processor).await
    }

    async fn progressed(&self, processor: &ProcessorName, beyond: Position) {
        self.inner.progressed(processor, beyond).await;
    }

    async fn letters(&self, wanted: &LetterQuery, limit: usize) -> Result<Vec<Letter>, TokenError> {
        self.inner.letters(wanted, limit).await
    }

    async fn waiting_letters(
        &self,
        claim: &Claim,
        sequence: &str,
        limit: usize,
    ) -> Result<Vec<WaitingLetter>, TokenError> {
        self.inner.waiting_letters(claim, sequence, limit).await
    }

    async fn retry_now(
        &self,
        processor: &ProcessorName,
        sequence: Option<&str>,
    ) -> Result<usize, TokenError> {
        self.inner.retry_now(processor, sequence).await
    }

    async fn put_overlay(
        &self,
        processor: &ProcessorName,
        event: EventId,
        overlay: Overlay,
    ) -> Result<(), TokenError> {
        self.inner.put_overlay(processor, event, overlay).await
    }

    async fn overlays(&self, processor: &ProcessorName) -> Result<BTreeMap<EventId, Overlay>, TokenError> {
        self.inner.overlays(processor).await
    }

    async fn split(
        &self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<(Segment, Segment), TokenError> {
        self.inner.split(processor, segment).await
    }

    async fn merge(&self, processor: &ProcessorName, segment: Segment) -> Result<Segment, TokenError> {
        self.inner.merge(processor, segment).await
    }

    async fn start_rebuild(&self, processor: &ProcessorName, first: Token) -> Result<Generation, TokenError> {
        self.inner.start_rebuild(processor, first).await
    }

    async fn switch(&self, processor: &ProcessorName, force: bool) -> Result<(), TokenError> {
        self.inner.switch(processor, force).await
    }

    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError> {
        self.inner.cancel_rebuild(processor).await
    }

    async fn check_storage(&self) -> Result<(), TokenError> {
        self.inner.check_storage().await
    }
}
