//! The law that all readers rest on: a reader that goes on from its last position sees every event once, in order.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::EventStore;
use application::ports::event_store::{AppendOutcome, EventId, Position, Recorded, Types};
use futures::future::join_all;
use tokio::task::JoinHandle;

use super::EventStoreUnderTest;
use super::samples::{append, append_one, positions, proposal, stream};

/// T5.
///
/// # Panics
/// When the reader missed something.
pub async fn a_live_reader_sees_all_that_sixteen_writers_commit_in_order(subject: &dyn EventStoreUnderTest) {
    let missed = read_beside_writers(subject.store()).await;
    assert_eq!(missed, Ok(()));
}

/// T6: while a write stands open, others may wait or may have lower positions, but nobody is passed.
pub async fn a_reader_never_passes_a_write_that_commits_late(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append(&*store, proposal(&stream("first"), 0, 1)).await;
    let Some(open) = subject.hold_a_write_open(proposal(&stream("open"), 0, 1)).await else { return };
    let other = append_beside(&store);
    let mut seen = Vec::new();

    follow(&*store, &mut seen, 50).await;
    open.commit().await;
    other.await.expect("it ends");
    follow(&*store, &mut seen, 2).await;

    assert_eq!(positions(&seen), [1, 2, 3]);
}

/// T7, T8.
pub async fn a_write_that_is_rolled_back_leaves_no_gap_and_stalls_nobody(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append(&*store, proposal(&stream("first"), 0, 1)).await;
    let Some(open) = subject.hold_a_write_open(proposal(&stream("open"), 0, 1)).await else { return };
    let other = append_beside(&store);
    let mut seen = Vec::new();

    follow(&*store, &mut seen, 50).await;
    open.roll_back().await;
    other.await.expect("it ends");
    follow(&*store, &mut seen, 2).await;

    assert_eq!(positions(&seen), [1, 2]);
    assert_eq!(seen.last().map(|event| &event.stream), Some(&stream("other")));
}

/// Lets sixteen writers write and a reader read at the same time, and compares what was acknowledged with what was
/// read.
///
/// # Errors
/// What the reader missed, or saw twice or in another order.
pub async fn read_beside_writers(store: Arc<dyn EventStore>) -> Result<(), String> {
    let writers: Vec<_> = (0..16).map(|writer| tokio::spawn(write(Arc::clone(&store), writer))).collect();
    let mut seen = Vec::new();
    while writers.iter().any(|writer| !writer.is_finished()) {
        follow(&*store, &mut seen, 1).await;
    }
    let committed = join_all(writers).await.into_iter().flat_map(|writer| writer.expect("it ends"));
    let committed: BTreeSet<EventId> = committed.collect();
    while follow(&*store, &mut seen, 1).await {}
    compare(&committed, &seen)
}

const APPENDS: u64 = 25;

async fn write(store: Arc<dyn EventStore>, writer: u64) -> Vec<EventId> {
    let stream = stream(&format!("writer-{writer}"));
    let mut written = Vec::new();
    for round in 0..APPENDS {
        let proposal = proposal(&stream, round * 2, 2);
        let ids: Vec<_> = proposal.parts[0].events.iter().map(|event| event.id).collect();
        append(&*store, proposal).await;
        written.extend(ids);
    }
    written
}

fn append_beside(store: &Arc<dyn EventStore>) -> JoinHandle<AppendOutcome> {
    let store = Arc::clone(store);
    tokio::spawn(async move { append_one(&*store, proposal(&stream("other"), 0, 1)).await })
}

/// Reads on from the last event seen, as a processor does; answers whether the last of the reads moved.
async fn follow(store: &dyn EventStore, seen: &mut Vec<Recorded>, reads: usize) -> bool {
    let mut moved = false;
    for _ in 0..reads {
        let after = seen.last().map_or(Position::START, |event| event.position);
        let page = store.read_log(after, &Types::new(), 40).await.expect("it can be read");
        moved = !page.events.is_empty();
        seen.extend(page.events);
        tokio::task::yield_now().await;
    }
    moved
}

fn compare(committed: &BTreeSet<EventId>, seen: &[Recorded]) -> Result<(), String> {
    let missed = committed.iter().filter(|id| !seen.iter().any(|event| event.id == **id)).count();
    if missed > 0 {
        return Err(format!("{missed} of {} events were never seen", committed.len()));
    }
    let expected: Vec<_> = (1..=committed.len() as u64).collect();
    let found = positions(seen);
    if found == expected { Ok(()) } else { Err(format!("the positions read were {found:?}")) }
}
