//! An event store that counts what is appended to the one behind it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use application::ports::EventStore;
use application::ports::event_store::{
    AppendOutcome, CommandId, Done, Head, LoadFrom, Loaded, LogPage, Position, Snapshot, StoreError,
    StreamAppend, StreamName, Types,
};
use async_trait::async_trait;
use jiff::Timestamp;

use super::endings::Endings;

/// Counts appends and the events in them.
pub struct Counting {
    behind: Arc<dyn EventStore>,
    appends: AtomicU64,
    events: AtomicU64,
    endings: Option<Arc<Endings>>,
}

/// What was counted up to some moment.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    appends: u64,
    events: u64,
}

impl Counting {
    /// Counts what is appended from now on.
    #[must_use]
    pub fn new(behind: Arc<dyn EventStore>) -> Arc<Self> {
        Self::watched(behind, None)
    }

    /// The same, and tells of the ends of attempts.
    pub(super) fn watched(behind: Arc<dyn EventStore>, endings: Option<Arc<Endings>>) -> Arc<Self> {
        Arc::new(Self { behind, appends: AtomicU64::new(0), events: AtomicU64::new(0), endings })
    }

    /// What was counted until now, appends under way included.
    #[must_use]
    pub fn so_far(&self) -> Counted {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counted { appends: read(&self.appends), events: read(&self.events) }
    }
}

impl Counted {
    /// How many events an append had on average since `earlier`; none when there was no append.
    #[must_use]
    pub fn batch_since(&self, earlier: &Self) -> Option<f64> {
        let (appends, events) = (self.appends - earlier.appends, self.events - earlier.events);
        (appends > 0).then(|| events as f64 / appends as f64)
    }
}

#[async_trait]
impl EventStore for Counting {
    async fn append(&self, proposals: Vec<StreamAppend>) -> Result<Vec<AppendOutcome>, StoreError> {
        let events: usize =
            proposals.iter().flat_map(|proposal| &proposal.parts).map(|part| part.events.len()).sum();
        self.appends.fetch_add(1, Ordering::Relaxed);
        self.events.fetch_add(events as u64, Ordering::Relaxed);
        let Some(endings) = &self.endings else { return self.behind.append(proposals).await };
        let coming = Endings::among(&proposals);
        let outcomes = self.behind.append(proposals).await?;
        endings.tell(coming, &outcomes);
        Ok(outcomes)
    }

    async fn outcomes_of(&self, commands: &[CommandId]) -> Result<Vec<Option<Done>>, StoreError> {
        self.behind.outcomes_of(commands).await
    }

    async fn load(&self, stream: &StreamName, from: LoadFrom, limit: usize) -> Result<Loaded, StoreError> {
        self.behind.load(stream, from, limit).await
    }

    async fn save_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), StoreError> {
        self.behind.save_snapshot(stream, snapshot).await
    }

    async fn read_log(&self, after: Position, unwanted: &Types, limit: usize) -> Result<LogPage, StoreError> {
        self.behind.read_log(after, unwanted, limit).await
    }

    async fn read_log_backward(&self, before: Position, limit: usize) -> Result<LogPage, StoreError> {
        self.behind.read_log_backward(before, limit).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        self.behind.head().await
    }

    async fn streams_of(
        &self,
        category: &str,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Result<Vec<StreamName>, StoreError> {
        self.behind.streams_of(category, after, limit).await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        self.behind.position_at(time).await
    }

    async fn appended(&self, after: Position) {
        self.behind.appended(after).await;
    }
}
