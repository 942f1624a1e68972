//! The control of the law of order: a store that makes the usual mistake.

use std::sync::Arc;

use application::ports::EventStore;
use application::ports::event_store::{
    AppendOutcome, CommandId, Done, Head, LoadFrom, Loaded, LogPage, Position, Snapshot, StoreError,
    StreamAppend, StreamName, Types,
};
use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::watch;

/// Gives a position out when a write begins and shows the event when it ends, so that later positions can be seen
/// before an earlier one. One write, [`NaiveStore::SLOW`], ends only after a reader has gone past it.
pub struct NaiveStore {
    store: Arc<dyn EventStore>,
    passed: watch::Sender<bool>,
}

impl NaiveStore {
    /// The position whose write is slow.
    pub const SLOW: Position = Position::new(11);

    /// Makes that mistake on top of a store that does not.
    #[must_use]
    pub fn on(store: Arc<dyn EventStore>) -> Self {
        Self { store, passed: watch::Sender::new(false) }
    }

    fn hide_slow(&self, after: Position, page: &mut LogPage) {
        let reached = after < Self::SLOW && page.scanned_to >= Self::SLOW;
        if *self.passed.borrow() || !reached {
            return;
        }
        page.events.retain(|event| event.position != Self::SLOW);
        if page.scanned_to == Self::SLOW {
            page.scanned_to = Position::new(Self::SLOW.value() - 1);
        } else {
            self.passed.send_replace(true);
        }
    }
}

#[async_trait]
impl EventStore for NaiveStore {
    async fn append(&self, proposals: Vec<StreamAppend>) -> Result<Vec<AppendOutcome>, StoreError> {
        let count: u64 = proposals.iter().flat_map(|p| &p.parts).map(|part| part.events.len() as u64).sum();
        let outcomes = self.store.append(proposals).await?;
        let is_slow = outcomes.iter().any(|outcome| {
            matches!(outcome, AppendOutcome::Appended { first } if (*first..first.plus(count)).contains(&Self::SLOW))
        });
        if is_slow {
            // An error would mean that the sender is gone, and it lives in `self`.
            let _ = self.passed.subscribe().wait_for(|passed| *passed).await;
        }
        Ok(outcomes)
    }

    async fn read_log(&self, after: Position, unwanted: &Types, limit: usize) -> Result<LogPage, StoreError> {
        let mut page = self.store.read_log(after, unwanted, limit).await?;
        self.hide_slow(after, &mut page);
        Ok(page)
    }

    async fn outcomes_of(&self, commands: &[CommandId]) -> Result<Vec<Option<Done>>, StoreError> {
        self.store.outcomes_of(commands).await
    }

    async fn load(&self, stream: &StreamName, from: LoadFrom, limit: usize) -> Result<Loaded, StoreError> {
        self.store.load(stream, from, limit).await
    }

    async fn save_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), StoreError> {
        self.store.save_snapshot(stream, snapshot).await
    }

    async fn read_log_backward(&self, before: Position, limit: usize) -> Result<LogPage, StoreError> {
        self.store.read_log_backward(before, limit).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        self.store.head().await
    }

    async fn streams_of(
        &self,
        category: &str,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Result<Vec<StreamName>, StoreError> {
        self.store.streams_of(category, after, limit).await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        self.store.position_at(time).await
    }

    async fn appended(&self, after: Position) {
        self.store.appended(after).await;
    }
}
