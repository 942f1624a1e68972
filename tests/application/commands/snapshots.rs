//! T21, T20: snapshots are used when they fit, ignored and rewritten when they do not, and never needed.

use std::sync::Arc;

use application::commands::CommandSettings;
use application::ports::EventStore;
use application::ports::event_store::{EventId, LoadFrom, LogId, Snapshot, StreamName, Version};
use domain::member::Member;
use uuid::Uuid;

use super::{Node, context, jenny, points, save};

const EVERY: u64 = 10;

fn settings() -> CommandSettings {
    CommandSettings { snapshot_every: EVERY, load_page: 7, ..CommandSettings::default() }
}

/// A node that wrote 25 events to the member's stream, and a stream name to look at.
async fn written() -> (Node, StreamName) {
    let node = Node::alone();
    let node = Node::over(Arc::clone(&node.store) as _, 2, settings()).registered().await;
    for key in 0..24_u128 {
        node.member(save(1), context(100 + key)).await.unwrap();
    }
    (node, StreamName::of("member", jenny()))
}

async fn snapshot(node: &Node, stream: &StreamName) -> Option<Snapshot> {
    node.store.load(stream, LoadFrom::Snapshot, 1).await.unwrap().snapshot
}

/// The snapshot once it has a version of at least `version`; it is written beside the commands.
async fn snapshot_at(node: &Node, stream: &StreamName, version: u64) -> Snapshot {
    for _ in 0..10_000 {
        match snapshot(node, stream).await {
            Some(snapshot) if snapshot.version.value() >= version => return snapshot,
            _ => tokio::task::yield_now().await,
        }
    }
    panic!("no snapshot of version {version} was written");
}

#[tokio::test]
async fn a_snapshot_is_taken_every_so_many_events_and_spares_reading_those_before_it() {
    let (node, stream) = written().await;
    let snapshot = snapshot_at(&node, &stream, 20).await;
    assert_eq!(snapshot.version, Version::new(20));
    let fresh = Node::over(Arc::clone(&node.store) as _, 3, settings());
    assert_eq!(points(&fresh.member(save(1), context(999)).await.unwrap()), 25);
    assert_eq!(fresh.store.take_calls().loads, 1);
}

/// What is done to a snapshot.
type Spoil = fn(&mut Snapshot);

#[tokio::test]
async fn a_snapshot_that_cannot_be_used_is_ignored_and_written_anew() {
    let spoil: [(&str, Spoil); 4] = [
        ("unreadable", |snapshot| snapshot.state = "{".into()),
        ("of another form", |snapshot| snapshot.schema ^= 1),
        ("ahead of the stream", |snapshot| snapshot.version = Version::new(99)),
        ("of another log", |snapshot| snapshot.log = LogId::new(Uuid::from_u128(8))),
    ];
    for (what, spoil) in spoil {
        let (node, stream) = written().await;
        let good = snapshot_at(&node, &stream, 20).await;
        let mut bad = good.clone();
        spoil(&mut bad);
        node.store.save_snapshot(&stream, bad).await.unwrap();
        let fresh = Node::over(Arc::clone(&node.store) as _, 3, settings());
        assert_eq!(points(&fresh.member(save(1), context(999)).await.unwrap()), 25, "a snapshot {what}");
        let rewritten = snapshot_at(&fresh, &stream, 25).await;
        assert_eq!(rewritten.schema, good.schema, "a snapshot {what}");
        assert_ne!(rewritten.event, EventId::new(Uuid::nil()));
    }
}

#[tokio::test]
async fn a_long_stream_is_read_in_pieces_and_whole() {
    let (node, _) = written().await;
    let settings = CommandSettings { snapshot_every: 0, ..settings() };
    let fresh = Node::over(Arc::clone(&node.store) as _, 3, settings);
    let current = fresh.commands.current::<Member>(&jenny()).await.unwrap();
    assert_eq!(current.version, Version::new(25));
}
