//! The token store in memory: one lock around all of it makes each call one transaction.

mod admin;
mod claims;
mod commits;
mod dead_letters;
mod letters;
mod rebuild;
mod reshape;
mod rows;
mod state;
mod views;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use application::ports::Clock;
use application::ports::event_store::Position;
use application::ports::token_store::{
    Beat, Claim, Claimed, Commit, Generation, NodeId, ProcessorName, Row, RowKey, Segment, TokenError,
    TokenStore,
};
use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;

use state::TokenState;

/// Tokens, claims, rows and letters that live as long as the process. Answers the questions of all views too, from the
/// rows of the live generations; rows of one kind are expected of one processor.
pub struct MemoryTokenStore {
    clock: Arc<dyn Clock>,
    state: RwLock<TokenState>,
    /// Wakes those who wait for progress in the order in which they came, so that a run can be repeated.
    moved: Notify,
}

impl MemoryTokenStore {
    /// An empty one; `clock` is the store's clock, which claims and heartbeats run out by.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: RwLock::default(), moved: Notify::new() }
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
        self.moved.notify_waiters();
    }
}

#[async_trait]
impl TokenStore for MemoryTokenStore {
    async fn beat(&self, node: NodeId, claims: &[Claim], ttl: Duration) -> Result<Beat, TokenError> {
        Ok(self.write(|state, now| {
            let extended = claims.iter().map(|claim| state.extend(claim, ttl, now)).collect();
            Beat { alive: state.heartbeat(node, ttl, now), extended }
        }))
    }

    async fn leave(&self, node: NodeId) -> Result<(), TokenError> {
        self.write(|state, _| state.leave(node));
        Ok(())
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

    async fn commit_all(&self, commits: Vec<(Claim, Commit)>) -> Vec<Result<(), TokenError>> {
        let made = self.write(|state, now| {
            commits.into_iter().map(|(claim, commit)| state.commit(&claim, commit, now)).collect()
        });
        self.announce_progress();
        made
    }

    async fn progress(&self, processor: &ProcessorName) -> Result<Option<Position>, TokenError> {
        Ok(self.read(|state, _| state.progress(processor)))
    }

    async fn progressed(&self, processor: &ProcessorName, beyond: Position) {
        loop {
            // Made before the look, so that a commit in between wakes it.
            let moved = self.moved.notified();
            if self.read(|state, _| state.progress(processor)).is_some_and(|reached| reached > beyond) {
                return;
            }
            moved.await;
        }
    }
}
