//! Snapshots: taken from the state in hand, off the path of the command, and never waited for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::versioned::Versioned;
use crate::codec::Aggregate;
use crate::ports::EventStore;
use crate::ports::event_store::{EventId, Position, Snapshot, StoreError, StreamName, Version};

/// Most snapshots that wait to be written; further ones are left out, and the next event that is due brings another.
const QUEUE_MAX: usize = 1_024;

/// Where states are offered to be kept.
#[derive(Clone)]
pub(super) struct Snapshotter {
    queue: mpsc::Sender<Job>,
    every: u64,
}

struct Job {
    stream: StreamName,
    version: Version,
    position: Position,
    event: EventId,
    schema: u64,
    freeze: Freeze,
}

type Freeze = Box<dyn FnOnce() -> Bytes + Send>;

impl Snapshotter {
    /// Starts the one task that writes snapshots; it ends when `stop` is cancelled. `every` is the number
    /// of events from one snapshot of a stream to the next; 0 takes none.
    pub(super) fn start(
        store: Arc<dyn EventStore>,
        every: u64,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        tasks.spawn(write_all(store, jobs, stop));
        Self { queue, every }
    }

    /// Takes a snapshot of `known` if the stream passed a multiple of `every` since version `from`.
    pub(super) fn offer<A: Aggregate>(&self, stream: &StreamName, from: Version, known: &Arc<Versioned<A>>) {
        let due = self.every > 0 && from.value() / self.every < known.version.value() / self.every;
        if due {
            self.replace(stream, known);
        }
    }

    /// Takes a snapshot of `known` now, as when the one that is there cannot be used.
    pub(super) fn replace<A: Aggregate>(&self, stream: &StreamName, known: &Arc<Versioned<A>>) {
        let Some(event) = known.event else { return };
        let state = Arc::clone(&known.state);
        let job = Job {
            stream: stream.clone(),
            version: known.version,
            position: known.position,
            event,
            schema: A::SNAPSHOT_SCHEMA,
            freeze: Box::new(move || state.freeze()),
        };
        if self.queue.try_send(job).is_err() {
            metrics::counter!("rental_snapshots_left_out_total").increment(1);
        }
    }
}

async fn write_all(store: Arc<dyn EventStore>, mut jobs: mpsc::Receiver<Job>, stop: CancellationToken) {
    while let Some(Some(job)) = stop.run_until_cancelled(jobs.recv()).await {
        let stream = job.stream.clone();
        if let Err(error) = write(store.as_ref(), job).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(%stream, error, "a snapshot was not written; the next one will be tried");
        }
    }
}

#[derive(Debug, Error)]
enum NotWritten {
    #[error("the store did not keep it")]
    Store(#[from] StoreError),
    #[error("freezing the state panicked because of a defect")]
    Defect,
}

/// The log is asked for its id each time: it may have been exchanged, and then the snapshot must not be taken for its
/// own.
async fn write(store: &dyn EventStore, job: Job) -> Result<(), NotWritten> {
    let state = frozen(job.freeze)?;
    let snapshot = Snapshot {
        version: job.version,
        position: job.position,
        event: job.event,
        log: store.head().await?.log,
        schema: job.schema,
        state,
    };
    Ok(store.save_snapshot(&job.stream, snapshot).await?)
}

/// Caught, so that a defect costs one snapshot and not the task that writes all of them.
fn frozen(freeze: Freeze) -> Result<Bytes, NotWritten> {
    catch_unwind(AssertUnwindSafe(freeze)).map_err(|_panic| NotWritten::Defect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_panics_when_it_is_frozen_costs_its_own_snapshot_only() {
        assert!(matches!(frozen(Box::new(|| panic!("told to panic"))), Err(NotWritten::Defect)));
        assert_eq!(frozen(Box::new(|| Bytes::from_static(b"{}"))).unwrap(), "{}");
    }
}
