//! The event log in memory.

mod log;

use std::sync::{PoisonError, RwLock};

use application::ports::event_store::{
    AppendOutcome, CommandId, Done, EventStore, Head, LoadFrom, Loaded, LogId, LogPage, Position, Snapshot,
    StoreError, StreamAppend, StreamName, Types,
};
use async_trait::async_trait;
use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::Notify;

use log::Log;

/// A log that lives as long as the process. Appends are atomic: one lock a batch, so positions are given out in the
/// order in which they become visible.
pub struct MemoryEventStore {
    id: LogId,
    events_max: Option<usize>,
    log: RwLock<Log>,
    /// Wakes those who wait for events in the order in which they came, so that a run can be repeated.
    grown: Notify,
}

impl MemoryEventStore {
    /// An empty log that grows as long as there is memory.
    #[must_use]
    pub fn new(id: LogId) -> Self {
        Self { id, events_max: None, log: RwLock::default(), grown: Notify::new() }
    }

    /// An empty log of at most `events_max` events; appends beyond it are refused as [`StoreError::Unavailable`].
    #[must_use]
    pub fn bounded(id: LogId, events_max: usize) -> Self {
        Self { events_max: Some(events_max), ..Self::new(id) }
    }

    fn read<T>(&self, ask: impl FnOnce(&Log) -> T) -> T {
        ask(&self.log.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Log) -> T) -> T {
        change(&mut self.log.write().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl EventStore for MemoryEventStore {
    async fn append(&self, proposals: Vec<StreamAppend>) -> Result<Vec<AppendOutcome>, StoreError> {
        let (outcomes, has_grown) = self.write(|log| {
            check_room(log, &proposals, self.events_max)?;
            let before = log.head();
            let outcomes = log.append(proposals);
            Ok((outcomes, log.head() > before))
        })?;
        if has_grown {
            self.grown.notify_waiters();
        }
        Ok(outcomes)
    }

    async fn outcomes_of(&self, commands: &[CommandId]) -> Result<Vec<Option<Done>>, StoreError> {
        Ok(self.read(|log| commands.iter().map(|&command| log.done(command)).collect()))
    }

    async fn load(&self, stream: &StreamName, from: LoadFrom, limit: usize) -> Result<Loaded, StoreError> {
        Ok(self.read(|log| log.load(self.id, stream, from, limit)))
    }

    async fn save_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), StoreError> {
        self.write(|log| log.keep_snapshot(self.id, stream, snapshot));
        Ok(())
    }

    async fn read_log(&self, after: Position, unwanted: &Types, limit: usize) -> Result<LogPage, StoreError> {
        Ok(self.read(|log| log.page(self.id, after, unwanted, limit)))
    }

    async fn read_log_backward(&self, before: Position, limit: usize) -> Result<LogPage, StoreError> {
        Ok(self.read(|log| log.page_backward(self.id, before, limit)))
    }

    async fn head(&self) -> Result<Head, StoreError> {
        Ok(self.read(|log| {
            let position = log.head();
            Head { log: self.id, position, event: log.id_at(position) }
        }))
    }

    async fn streams_of(
        &self,
        category: &str,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Result<Vec<StreamName>, StoreError> {
        Ok(self.read(|log| log.streams_of(category, after, limit)))
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        Ok(self.read(|log| log.position_at(time)))
    }

    async fn appended(&self, after: Position) {
        loop {
            // Made before the look, so that what is appended in between wakes it.
            let grown = self.grown.notified();
            if self.read(Log::head) > after {
                return;
            }
            grown.await;
        }
    }
}

#[derive(Debug, Error)]
#[error(
    "the log in memory holds {held} events and may hold {max}, and {wanted} more are wanted; raise the limit or use a \
     store on disk"
)]
struct LogFull {
    held: usize,
    max: usize,
    wanted: usize,
}

/// Proposals that would write nothing need no room, so a full log still answers repeats.
fn check_room(log: &Log, proposals: &[StreamAppend], max: Option<usize>) -> Result<(), StoreError> {
    let Some(max) = max else { return Ok(()) };
    let wanted = proposals.iter().filter(|proposal| log.objection(proposal).is_none()).map(count).sum();
    let held = log.len();
    if wanted == 0 || held + wanted <= max {
        return Ok(());
    }
    let source = Box::new(LogFull { held, max, wanted });
    Err(StoreError::Unavailable { doing: "appending events", source })
}

fn count(proposal: &StreamAppend) -> usize {
    proposal.parts.iter().map(|part| part.events.len()).sum()
}
