//! Laws of snapshots: they save work and never change an answer.

use adapters::system_clock::SystemIds;
use application::ports::EventStore;
use application::ports::Ids;
use application::ports::event_store::{
    EventId, LoadFrom, Loaded, LogId, Position, Snapshot, StreamName, Version,
};
use bytes::Bytes;

use super::EventStoreUnderTest;
use super::samples::{append, events_of, proposal, stream, versions};

/// State and all, and what lies after it in one answer.
pub async fn a_snapshot_comes_back_with_the_events_after_it(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let good = stream_with_snapshot(&*store, 3).await;

    let loaded = load(&*store, LoadFrom::Snapshot).await;

    assert_eq!(loaded.snapshot, Some(good));
    assert_eq!((versions(&loaded.events), loaded.head.value()), (vec![4, 5], 5));
}

/// Time travel and the reading of a tail start where they say.
pub async fn a_snapshot_that_is_not_wanted_is_left_out(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    stream_with_snapshot(&*store, 3).await;

    let loaded = load(&*store, LoadFrom::Version(Version::new(1))).await;

    assert_eq!((loaded.snapshot, versions(&loaded.events)), (None, vec![2, 3, 4, 5]));
}

/// Two nodes may save in any order; one of the same version is replaced.
pub async fn an_older_snapshot_does_not_replace_a_newer_one(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let newer = stream_with_snapshot(&*store, 4).await;
    let older = snapshot_at(&*store, 2).await;
    save(&*store, older).await;
    assert_eq!(load(&*store, LoadFrom::Snapshot).await.snapshot, Some(newer.clone()));

    let same = Snapshot { state: Bytes::from_static(b"rewritten"), ..newer };
    save(&*store, same.clone()).await;
    assert_eq!(load(&*store, LoadFrom::Snapshot).await.snapshot, Some(same));
}

/// Whether it can be read is known to those who read it.
pub async fn a_snapshot_of_another_schema_is_handed_out_with_its_fingerprint(
    subject: &dyn EventStoreUnderTest,
) {
    let store = subject.store();
    let good = stream_with_snapshot(&*store, 3).await;

    for schema in [0, u64::MAX, 1 << 63] {
        save(&*store, Snapshot { schema, ..good.clone() }).await;
        let loaded = load(&*store, LoadFrom::Snapshot).await;
        assert_eq!(loaded.snapshot.map(|snapshot| snapshot.schema), Some(schema));
    }
}

/// The view of another database must not leak in.
pub async fn a_snapshot_of_another_log_is_not_used(subject: &dyn EventStoreUnderTest) {
    let log = LogId::new(SystemIds.next());
    assert_not_used(&*subject.store(), |good| Snapshot { log, ..good }).await;
}

/// A log that was restored is shorter than the snapshot remembers (T21).
pub async fn a_snapshot_beyond_the_stream_is_not_used(subject: &dyn EventStoreUnderTest) {
    let beyond = |good| Snapshot { version: Version::new(6), position: Position::new(6), ..good };
    assert_not_used(&*subject.store(), beyond).await;
}

/// A log that shrank and grew again has other events at the same versions.
pub async fn a_snapshot_of_another_event_is_not_used(subject: &dyn EventStoreUnderTest) {
    let event = EventId::new(SystemIds.next());
    assert_not_used(&*subject.store(), |good| Snapshot { event, ..good }).await;
}

/// Else a stream would stay without snapshots until it has grown past the bad one.
pub async fn a_snapshot_that_cannot_be_used_gives_way_to_an_earlier_one(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let good = stream_with_snapshot(&*store, 3).await;
    let event = EventId::new(SystemIds.next());
    save(&*store, Snapshot { version: Version::new(9), position: Position::new(9), event, ..good.clone() })
        .await;

    save(&*store, good.clone()).await;

    assert_eq!(load(&*store, LoadFrom::Snapshot).await.snapshot, Some(good));
}

async fn assert_not_used(store: &dyn EventStore, spoil: impl FnOnce(Snapshot) -> Snapshot) {
    append(store, proposal(&kept(), 0, 5)).await;
    let spoilt = spoil(snapshot_at(store, 3).await);
    save(store, spoilt).await;

    let loaded = load(store, LoadFrom::Snapshot).await;

    assert_eq!((loaded.snapshot, versions(&loaded.events)), (None, vec![1, 2, 3, 4, 5]));
}

/// A stream of five events with a snapshot at `version`.
async fn stream_with_snapshot(store: &dyn EventStore, version: usize) -> Snapshot {
    append(store, proposal(&kept(), 0, 5)).await;
    let snapshot = snapshot_at(store, version).await;
    save(store, snapshot.clone()).await;
    snapshot
}

async fn snapshot_at(store: &dyn EventStore, version: usize) -> Snapshot {
    let event = events_of(store, &kept()).await.swap_remove(version - 1);
    let log = store.head().await.expect("the store is there").log;
    Snapshot {
        version: event.version,
        position: event.position,
        event: event.id,
        log,
        schema: 42,
        state: Bytes::from_static(b"\xffstate\0"),
    }
}

async fn save(store: &dyn EventStore, snapshot: Snapshot) {
    store.save_snapshot(&kept(), snapshot).await.expect("it can be kept");
}

async fn load(store: &dyn EventStore, from: LoadFrom) -> Loaded {
    store.load(&kept(), from, 100).await.expect("it can be loaded")
}

fn kept() -> StreamName {
    stream("kept")
}
