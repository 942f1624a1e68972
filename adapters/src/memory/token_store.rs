//! The token side in memory: one lock around all of it makes each call one transaction.

mod claims;
mod commits;
mod dead_letters;
mod rebuild;
mod reshape;
mod rows;
mod state;
mod views;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use application::ports::Clock;
use application::ports::event_store::{EventId, Position};
use application::ports::message_source::Token;
use application::ports::token_store::{
    Claim, Claimed, Commit, DeadLetter, DeadLetterQuery, Desired, EventOverride, Extended, Generation,
    NodeId, ProcessorName, ProcessorState, Row, RowKey, Segment, TokenError, TokenStore, WaitingLetter,
};
use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::watch;

use state::TokenState;

/// Tokens, claims, rows and letters that live as long as the process. Answers the questions of all views too, from the
/// rows of the live generations; rows of one kind are expected of one processor.
pub struct MemoryTokenStore {
    clock: Arc<dyn Clock>,
    state: RwLock<TokenState>,
    moved: watch::Sender<()>,
}

impl MemoryTokenStore {
    /// An empty one; `clock` is the store's clock, which claims and heartbeats run out by.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: RwLock::default(), moved: watch::Sender::new(()) }
    }

    fn read<T>(&self, ask: impl FnOnce(&TokenState, Timestamp) -> T) -> T {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        ask(&state, self.clock.now())
    }

    fn write<T>(&self, change: impl FnOnce(&mut TokenState, Timestamp) -> T) -> T {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut state, self.clock.now())
    }

    fn announce_progress(&self) {
        self.moved.send_replace(());
    }
}

#[async_trait]
impl TokenStore for MemoryTokenStore {
    async fn heartbeat(&self, node: NodeId, ttl: Duration) -> Result<Vec<NodeId>, TokenError> {
        Ok(self.write(|state, now| state.heartbeat(node, ttl, now)))
    }

    async fn leave(&self, node: NodeId) -> Result<(), TokenError> {
        self.write(|state, _| state.leave(node));
        Ok(())
    }

    async fn register(
        &self,
        processor: &ProcessorName,
        segments: u32,
        first: Token,
    ) -> Result<(), TokenError> {
        self.write(|state, _| state.register(processor, segments, first));
        Ok(())
    }

    async fn processors(&self) -> Result<Vec<ProcessorState>, TokenError> {
        Ok(self.read(TokenState::shown))
    }

    async fn set_desired(&self, processor: &ProcessorName, desired: Desired) -> Result<(), TokenError> {
        self.write(|state, _| {
            state.processor_mut(processor)?.desired = desired;
            Ok(())
        })
    }

    async fn claim(
        &self,
        processor: &ProcessorName,
        generation: Generation,
        segment: Segment,
        node: NodeId,
        ttl: Duration,
    ) -> Result<Claimed, TokenError> {
        let wanted = Claim { processor: processor.clone(), generation, segment, node, epoch: 0 };
        self.write(|state, now| state.claim(wanted, ttl, now))
    }

    async fn extend_all(
        &self,
        claims: &[Claim],
        ttl: Duration,
    ) -> Result<Vec<Result<Extended, TokenError>>, TokenError> {
        let all =
            |state: &mut TokenState, now| claims.iter().map(|claim| state.extend(claim, ttl, now)).collect();
        Ok(self.write(all))
    }

    async fn release(&self, claim: &Claim) -> Result<(), TokenError> {
        self.write(|state, now| state.release(claim, now))
    }

    async fn rows(&self, claim: &Claim, keys: &[RowKey]) -> Result<Vec<Option<Row>>, TokenError> {
        self.read(|state, now| state.rows(claim, keys, now))
    }

    async fn live_rows(
        &self,
        processor: &ProcessorName,
        after: Option<RowKey>,
        limit: usize,
    ) -> Result<Vec<Row>, TokenError> {
        Ok(self.read(|state, _| state.rows_after(processor, after, limit)))
    }

    async fn commit(&self, claim: &Claim, commit: Commit) -> Result<(), TokenError> {
        self.write(|state, now| state.commit(claim, commit, now))?;
        self.announce_progress();
        Ok(())
    }

    async fn progress(&self, processor: &ProcessorName) -> Result<Option<Position>, TokenError> {
        Ok(self.read(|state, _| state.progress(processor)))
    }

    async fn progressed(&self, processor: &ProcessorName, beyond: Position) {
        let mut moved = self.moved.subscribe();
        while self.read(|state, _| state.progress(processor)).is_none_or(|reached| reached <= beyond) {
            if moved.changed().await.is_err() {
                return;
            }
        }
    }

    async fn letters(&self, wanted: &DeadLetterQuery, limit: usize) -> Result<Vec<DeadLetter>, TokenError> {
        Ok(self.read(|state, _| state.letters(wanted, limit)))
    }

    async fn waiting_letters(
        &self,
        claim: &Claim,
        sequence: &str,
        limit: usize,
    ) -> Result<Vec<WaitingLetter>, TokenError> {
        Ok(self.read(|state, _| state.waiting_letters(claim, sequence, limit)))
    }

    async fn retry_now(
        &self,
        processor: &ProcessorName,
        sequence: Option<&str>,
    ) -> Result<usize, TokenError> {
        Ok(self.write(|state, now| state.retry_now(processor, sequence, now)))
    }

    async fn put_override(
        &self,
        processor: &ProcessorName,
        event: EventId,
        event_override: EventOverride,
    ) -> Result<(), TokenError> {
        self.write(|state, _| state.put_override(processor, event, event_override));
        Ok(())
    }

    async fn overrides(
        &self,
        processor: &ProcessorName,
    ) -> Result<BTreeMap<EventId, EventOverride>, TokenError> {
        Ok(self.read(|state, _| state.overrides(processor)))
    }

    async fn split(
        &self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<(Segment, Segment), TokenError> {
        self.write(|state, _| state.split(processor, segment))
    }

    async fn merge(&self, processor: &ProcessorName, segment: Segment) -> Result<Segment, TokenError> {
        self.write(|state, _| state.merge(processor, segment))
    }

    async fn start_rebuild(&self, processor: &ProcessorName, first: Token) -> Result<Generation, TokenError> {
        self.write(|state, _| state.start_rebuild(processor, first))
    }

    async fn switch(&self, processor: &ProcessorName, force: bool) -> Result<(), TokenError> {
        self.write(|state, _| state.switch(processor, force))?;
        self.announce_progress();
        Ok(())
    }

    async fn begin_anew(&self, processor: &ProcessorName, first: Token) -> Result<(), TokenError> {
        self.write(|state, _| state.begin_anew(processor, first))?;
        self.announce_progress();
        Ok(())
    }

    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError> {
        self.write(|state, _| state.cancel_rebuild(processor))
    }
}
