//! Nodes that come and go: each works on its part, a pause holds for all of them, and its end is waited for (T23b).

use std::time::Duration;

use application::control::StillRunning;
use application::ports::processor_admin::Desired;
use application::ports::token_store::{NodeId, ProcessorName};
use application::ports::{ProcessorAdmin, TokenStore};
use application::processing::ProcessorSettings;
use application::reactions::{CATALOGUE, LOANS};
use application::verify::verify;
use jiff::SignedDuration;
use tests::library::{Library, Node, Stores};

use super::shelf;

const SHARED: ProcessorSettings = ProcessorSettings { segments: 2, exclusive: false };

fn node(stores: &Stores, seed: u64) -> Library {
    Library::over(stores.clone(), Node { seed, settings: SHARED, ..Node::default() })
}

/// A second passes for all of them.
async fn second(nodes: &mut [Library]) {
    nodes[0].stores.clock.advance(SignedDuration::from_secs(1));
    for node in nodes {
        node.beat().await;
        node.look_after().await;
        node.settle().await;
    }
}

async fn parts(nodes: &[Library]) -> Vec<usize> {
    let states = nodes[0].stores.tokens.processors().await.unwrap();
    let owned = |node: NodeId| {
        let segments = states.iter().flat_map(|state| &state.segments);
        segments.filter(|known| known.owner.is_some_and(|(owner, _)| owner == node)).count()
    };
    nodes.iter().map(|library| owned(library.node)).collect()
}

async fn leaves(mut node: Library) {
    for processor in &mut node.processors {
        processor.close().await;
    }
    node.stores.tokens.leave(node.node).await.unwrap();
}

/// T23b: within fifteen seconds, while the library is visited.
#[tokio::test]
async fn nodes_that_come_get_their_part_and_those_that_stay_take_over_at_once() {
    let stores = Stores::empty();
    let mut nodes = vec![node(&stores, 1)];
    second(&mut nodes).await;
    assert_eq!(parts(&nodes).await, [16], "eight processors of two segments");

    nodes.push(node(&stores, 2));
    for no in 1..=15 {
        nodes[0].shelve(no).await;
        second(&mut nodes).await;
    }
    assert_eq!(parts(&nodes).await, [8, 8]);

    nodes.push(node(&stores, 3));
    for no in 16..=30 {
        nodes[1].shelve(no).await;
        second(&mut nodes).await;
    }
    let mut three = parts(&nodes).await;
    three.sort_unstable();
    assert_eq!(three, [4, 6, 6]);
    let epochs = epochs(&nodes[0]).await;
    for _ in 0..30 {
        second(&mut nodes).await;
    }
    assert_eq!(self::epochs(&nodes[0]).await, epochs, "nothing goes back and forth");

    leaves(nodes.remove(1)).await;
    for no in 31..=35 {
        nodes[0].shelve(no).await;
        second(&mut nodes).await;
    }
    assert_eq!(parts(&nodes).await, [8, 8]);
    assert_eq!(shelf(&nodes[1]).await.len(), 35);
    let report = verify(&*stores.log, &stores.ports()).await.unwrap();
    assert!(report.violations.is_empty(), "{report:#?}");
}

/// What each node has of one processor, not only of all of them.
#[tokio::test]
async fn a_processor_of_two_segments_is_worked_on_by_both_nodes() {
    let stores = Stores::empty();
    let mut nodes = vec![node(&stores, 1), node(&stores, 2)];
    for _ in 0..15 {
        second(&mut nodes).await;
    }
    for state in stores.tokens.processors().await.unwrap() {
        let owners: Vec<_> =
            state.segments.iter().filter_map(|known| known.owner).map(|(node, _)| node).collect();
        assert!(owners.contains(&nodes[0].node) && owners.contains(&nodes[1].node), "{state:?}");
    }
}

/// One that lives and takes nothing, as one of an older version that lacks a processor.
#[tokio::test]
async fn a_part_that_nobody_takes_is_worked_on_after_a_few_seconds_by_who_gave_it_back() {
    let stores = Stores::empty();
    let mut nodes = vec![node(&stores, 1)];
    second(&mut nodes).await;
    let idle = NodeId::new(uuid::Uuid::from_u128(7));
    for no in 1..=15 {
        stores.tokens.beat(idle, &[], Duration::from_secs(10)).await.unwrap();
        nodes[0].shelve(no).await;
        second(&mut nodes).await;
    }

    assert_eq!(parts(&nodes).await, [16]);
    assert_eq!(shelf(&nodes[0]).await.len(), 15);
}

/// T23b
#[tokio::test]
async fn a_pause_holds_for_all_nodes_and_at_once_for_the_one_that_was_told() {
    let stores = Stores::empty();
    let mut nodes = vec![node(&stores, 1), node(&stores, 2)];
    for _ in 0..15 {
        second(&mut nodes).await;
    }
    let paused = Desired::Paused { by: "ops".to_owned(), reason: "stocktaking".to_owned() };
    stores.tokens.set_desired(&CATALOGUE, paused).await.unwrap();
    let short = Duration::from_millis(1);
    let refused = nodes[0].control.stopped(&CATALOGUE, short).await;
    assert!(matches!(refused, Err(StillRunning::InTime { .. })), "{refused:?}");

    nodes[0].settle().await;
    let refused = nodes[0].control.stopped(&CATALOGUE, short).await;
    let Err(StillRunning::InTime { owner, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(owner, nodes[1].node, "the node that was told has stopped without a beat in between");
    nodes[0].shelve(1).await;
    for _ in 0..4 {
        second(&mut nodes).await;
    }

    nodes[1].control.stopped(&CATALOGUE, short).await.unwrap();
    assert_eq!(shelf(&nodes[0]).await, [0; 0]);
    let runs = nodes[0].control.stopped(&LOANS, short).await;
    assert!(matches!(runs, Err(StillRunning::Started { .. })), "another one runs: {runs:?}");
    let nobody = nodes[0].control.stopped(&ProcessorName::of("nobody"), short).await;
    assert!(matches!(nobody, Err(StillRunning::Unknown { .. })), "{nobody:?}");
    stores.tokens.set_desired(&CATALOGUE, Desired::Running).await.unwrap();
    for node in &nodes {
        let waiting = node.waiting(&CATALOGUE).await;
        assert_eq!(waiting, "it was started, and is taken up within a moment", "nobody has looked yet");
    }
    for _ in 0..2 {
        second(&mut nodes).await;
    }
    assert_eq!(shelf(&nodes[0]).await, [1]);
}

async fn epochs(library: &Library) -> Vec<u64> {
    let status = library.control.processors().await.unwrap();
    status.iter().flat_map(|status| &status.segments).map(|segment| segment.epoch).collect()
}
