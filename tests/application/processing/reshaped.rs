//! Segments that are split and merged while they are worked on: they are taken up, and given up, without a restart.

use std::sync::Arc;
use std::time::Duration;

use application::ports::message_source::Token;
use application::ports::processor_admin::Desired;
use application::ports::token_store::{NodeId, ProcessorName, Segment, TokenError};
use application::ports::{ProcessorAdmin, TokenStore};
use application::processing::{
    CannotMerge, Committer, Leases, LogSource, Processor, ProcessorContext, ProcessorSettings, Supervisor,
    supervise,
};
use application::reactions::{self, CATALOGUE, LOANS};
use application::verify::verify;
use jiff::SignedDuration;
use tests::clock::{CountedIds, StoppedClock};
use tests::faulty_store::{FaultyStore, ReadFault};
use tests::library::Library;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::shelf;

const EVEN: Segment = Segment { id: 0, mask: 1 };
const ODD: Segment = Segment { id: 1, mask: 1 };

async fn owners(library: &Library) -> Vec<(Segment, Option<NodeId>)> {
    let status = library.control.processor(&CATALOGUE).await.unwrap().unwrap();
    status.segments.iter().map(|segment| (segment.segment, segment.owner)).collect()
}

/// T71
#[tokio::test]
async fn segments_that_were_split_or_merged_are_worked_on_without_a_restart() {
    let mut library = Library::open();
    library.shelve(1).await;
    library.settle().await;
    let (tokens, node) = (library.stores.tokens.clone(), library.node);

    // As another node does that an operator has asked.
    assert_eq!(tokens.split(&CATALOGUE, Segment::WHOLE).await.unwrap(), (EVEN, ODD));
    for no in 2..=9 {
        library.shelve(no).await;
    }
    library.settle().await;
    assert_eq!(shelf(&library).await, [1], "whoever worked on the whole has no claim any more");
    library.look_after().await;
    assert_eq!(library.worked_on(&CATALOGUE), [EVEN, ODD]);
    library.settle().await;
    assert_eq!(shelf(&library).await, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(owners(&library).await, [(EVEN, Some(node)), (ODD, Some(node))]);
    assert_eq!(library.worked_on(&LOANS), [Segment::WHOLE]);

    assert_eq!(tokens.merge(&CATALOGUE, EVEN).await.unwrap(), Segment::WHOLE);
    library.shelve(10).await;
    library.settle().await;
    library.look_after().await;
    library.settle().await;

    assert_eq!(library.worked_on(&CATALOGUE), [Segment::WHOLE]);
    assert_eq!(shelf(&library).await.len(), 10);
    assert_eq!(owners(&library).await, [(Segment::WHOLE, Some(node))]);
    assert_eq!(library.waiting(&CATALOGUE).await, "caught up");
    let report = verify(&*library.stores.log, &library.stores.ports()).await.unwrap();
    assert!(report.violations.is_empty(), "{report:#?}");
}

/// Nothing happens to the processor meanwhile that would show it.
#[tokio::test]
async fn a_split_is_found_with_the_next_beat_although_nothing_is_handled() {
    let mut library = Library::open();
    library.settle().await;
    library.look_after().await;
    library.stores.tokens.split(&CATALOGUE, Segment::WHOLE).await.unwrap();
    library.look_after().await;
    assert_eq!(library.worked_on(&CATALOGUE), [Segment::WHOLE]);

    library.stores.clock.advance(SignedDuration::from_secs(3));
    library.settle().await;
    library.look_after().await;

    assert_eq!(library.worked_on(&CATALOGUE), [EVEN, ODD]);
}

#[tokio::test]
async fn a_node_that_was_told_itself_looks_at_once() {
    let mut library = Library::open();
    library.settle().await;
    library.look_after().await;
    library.stores.tokens.split(&CATALOGUE, Segment::WHOLE).await.unwrap();

    library.here.heed();
    library.look_after().await;

    assert_eq!(library.worked_on(&CATALOGUE), [EVEN, ODD]);
}

#[tokio::test]
async fn while_nothing_changes_the_token_store_is_not_asked_which_segments_there_are() {
    let mut library = Library::open();
    library.settle().await;
    library.look_after().await;
    let looks = library.stores.tokens.looks();

    for _ in 0..29 {
        library.stores.clock.advance(SignedDuration::from_secs(1));
        library.settle().await;
        library.look_after().await;
    }
    assert_eq!(library.stores.tokens.looks(), looks);
    library.stores.clock.advance(SignedDuration::from_secs(1));
    library.look_after().await;
    assert_eq!(library.stores.tokens.looks(), looks + 1, "a node of another version may have said something");
}

/// A segment that is lost is not one that was merged: its neighbours go on saying that it is missing.
#[tokio::test]
async fn processors_stay_where_a_segment_is_missing() {
    let mut library = Library::open();
    library.stores.tokens.register(&CATALOGUE, &[]).await.unwrap();
    library.settle().await;
    library.here.heed();
    library.look_after().await;

    assert_eq!(library.worked_on(&CATALOGUE), [Segment::WHOLE]);
    let status = library.control.processor(&CATALOGUE).await.unwrap().unwrap();
    assert!(status.failed.is_some_and(|why| why.contains("a segment of it is missing")));
}

#[tokio::test]
async fn the_task_of_all_processors_begins_and_ends_them_and_leaves_when_it_is_stopped() {
    let library = Library::open();
    let (stop, tokens) = (CancellationToken::new(), library.stores.tokens.clone());
    let (node, clock) = (NodeId::new(Uuid::from_u128(9)), Arc::clone(&library.stores.clock));
    let within = ProcessorContext {
        source: Arc::new(LogSource::new(Arc::<FaultyStore>::clone(&library.stores.log))),
        tokens: library.stores.ports(),
        clock: Arc::<StoppedClock>::clone(&clock),
        ids: Arc::<CountedIds>::clone(&library.ids),
        node,
        leases: Leases::default(),
        committer: Committer::to(library.stores.ports().store, clock),
        settings: ProcessorSettings { exclusive: false, ..ProcessorSettings::default() },
    };
    let reactions = reactions::all(&library.commands);
    let processors = reactions::build(reactions, &within, |_| vec![Segment::WHOLE]).unwrap();
    let supervisor = Supervisor::of(processors, within);
    let running = tokio::spawn(supervise(supervisor, stop.clone()));
    library.shelve(1).await;
    until(async || shelf(&library).await == [1]).await;

    tokens.split(&CATALOGUE, Segment::WHOLE).await.unwrap();
    for no in 2..=9 {
        library.shelve(no).await;
    }
    until(async || shelf(&library).await.len() == 9).await;
    until(async || owners(&library).await == [(EVEN, Some(node)), (ODD, Some(node))]).await;
    stop.cancel();
    running.await.unwrap().unwrap();

    assert!(owners(&library).await.iter().all(|(_, owner)| owner.is_none()));
    let other = NodeId::new(Uuid::from_u128(7));
    let beat = tokens.beat(other, &[], Duration::from_secs(10)).await.unwrap();
    assert_eq!(beat.alive, [other], "it said that it is gone");
}

/// Whoever works on one of them is on another node, and the other one is this node's.
#[tokio::test]
async fn segments_at_different_positions_are_joined_where_the_one_that_is_ahead_stands() {
    let mut library = Library::open();
    library.settle().await;
    let (tokens, clock) = (library.stores.tokens.clone(), library.stores.clock.clone());
    tokens.split(&CATALOGUE, Segment::WHOLE).await.unwrap();
    library.here.heed();
    library.look_after().await;
    for no in 1..=8 {
        library.shelve(no).await;
    }
    step_only(&mut library, ODD).await;
    let mut other = library.second_node(2);
    other.look_after().await;
    library.shelve(9).await;
    let ahead = token(&library, ODD).await;
    assert!(token(&library, EVEN).await.position < ahead.position);

    let merged = other.here.merge(&CATALOGUE, EVEN, Duration::from_secs(20)).await.unwrap();

    assert_eq!((merged, token(&library, Segment::WHOLE).await), (Segment::WHOLE, ahead));
    clock.advance(SignedDuration::from_secs(1));
    for node in [&mut library, &mut other] {
        node.settle().await;
        node.look_after().await;
        node.settle().await;
    }
    assert_eq!(shelf(&library).await.len(), 9);
    assert_eq!(library.worked_on(&CATALOGUE), [Segment::WHOLE]);
    let report = verify(&*library.stores.log, &library.stores.ports()).await.unwrap();
    assert!(report.violations.is_empty(), "{report:#?}");
}

#[tokio::test(start_paused = true)]
async fn segments_that_do_not_meet_in_time_are_given_back_as_they_were() {
    let mut library = Library::open();
    library.settle().await;
    let tokens = library.stores.tokens.clone();
    tokens.split(&CATALOGUE, Segment::WHOLE).await.unwrap();
    library.here.heed();
    library.look_after().await;
    library.shelve(1).await;
    step_only(&mut library, ODD).await;
    library.stores.log.fail_reads(Some(ReadFault::Away));

    let refused = library.here.merge(&CATALOGUE, EVEN, Duration::from_secs(5)).await;

    let Err(CannotMerge::NotInTime { why, .. }) = refused else { panic!("{refused:?}") };
    assert!(!why.is_empty());
    library.stores.log.fail_reads(None);
    assert_eq!(owners(&library).await, [(EVEN, None), (ODD, None)]);
    library.stores.clock.advance(SignedDuration::from_secs(31));
    library.settle().await;
    assert_eq!(shelf(&library).await, [1]);
}

#[tokio::test]
async fn what_cannot_be_joined_is_refused_with_what_the_token_store_says() {
    let mut library = Library::open();
    library.settle().await;
    let limit = Duration::from_secs(5);
    let refused = library.here.merge(&CATALOGUE, Segment::WHOLE, limit).await.unwrap_err();
    assert!(refused.to_string().contains("it is the only one"), "{refused}");
    let refused = library.here.merge(&ProcessorName::of("nobody"), EVEN, limit).await;
    assert!(matches!(refused, Err(CannotMerge::NotHere { .. })), "{refused:?}");

    let tokens = library.stores.tokens.clone();
    tokens.split(&CATALOGUE, Segment::WHOLE).await.unwrap();
    library.here.heed();
    library.look_after().await;
    library.shelve(1).await;
    step_only(&mut library, ODD).await;
    let paused = Desired::Paused { by: "ops".to_owned(), reason: "a look".to_owned() };
    tokens.set_desired(&CATALOGUE, paused).await.unwrap();
    let refused = library.here.merge(&CATALOGUE, EVEN, limit).await;
    assert!(matches!(refused, Err(CannotMerge::Tokens(TokenError::Paused { .. }))), "{refused:?}");
}

/// Steps the one that works on this segment until it has stored where the log ends.
async fn step_only(library: &mut Library, segment: Segment) {
    let is_it = |processor: &Processor| *processor.name() == CATALOGUE && processor.segment() == segment;
    let index = library.processors.iter().position(is_it).unwrap();
    library.settle_in_order(&[index]).await;
    library.stores.clock.advance(SignedDuration::from_secs(1));
    library.settle_in_order(&[index]).await;
}

async fn token(library: &Library, segment: Segment) -> Token {
    let states = library.stores.tokens.processors().await.unwrap();
    let state = states.iter().find(|state| state.name == CATALOGUE).unwrap();
    state.live_segments().find(|known| known.segment == segment).unwrap().token
}

/// Waits for a condition, but not for ever.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let waited = tokio::time::timeout(Duration::from_secs(30), async {
        while !holds().await {
            ticks.tick().await;
        }
    });
    assert!(waited.await.is_ok(), "it does not come to that");
}
