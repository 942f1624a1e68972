//! When a processor stores how far it is, who knows it before that, and how a node keeps what it has claimed.

use std::pin::pin;

use application::ports::TokenStore;
use application::ports::event_store::Position;
use application::ports::token_store::NodeId;
use application::processing::ProcessorSettings;
use application::reactions::{CATALOGUE, KEEP_POINTS};
use futures::poll;
use jiff::SignedDuration;
use tests::library::{Library, Node, Stores};

async fn stored(library: &Library) -> Position {
    library.stores.tokens.progress(&KEEP_POINTS).await.unwrap().unwrap_or_default()
}

async fn pass(library: &mut Library, ms: i64) -> Position {
    library.stores.clock.advance(SignedDuration::from_millis(ms));
    library.settle_only(&KEEP_POINTS).await;
    stored(library).await
}

/// Its commands have ids, so to do a few of them again costs less than to store each of its steps.
#[tokio::test]
async fn a_handler_stores_its_token_when_it_has_rested_and_when_it_stops() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let [first, second] = [library.shelve(1).await, library.shelve(2).await];
    library.rent(&jenny, first).await;
    let before = stored(&library).await;

    assert_eq!(pass(&mut library, 0).await, before);
    assert_eq!(library.points(&jenny).await, 10, "it is handled at once");
    assert_eq!(pass(&mut library, 49).await, before);
    let rested = pass(&mut library, 1).await;
    assert_eq!(rested, library.events().await.last().unwrap().position);

    library.rent(&jenny, second).await;
    assert_eq!(pass(&mut library, 0).await, rested);
    for processor in &mut library.processors {
        processor.close().await;
    }
    assert!(stored(&library).await > rested);
}

#[tokio::test]
async fn a_handler_that_never_rests_stores_its_token_four_times_a_second() {
    let mut library = Library::open();
    let mut seen = vec![stored(&library).await];
    for no in 1..=24 {
        let member = library.join(&format!("member{no}"), 0).await;
        let no = library.shelve(no).await;
        library.rent(&member, no).await;
        seen.push(pass(&mut library, 40).await);
    }
    seen.dedup();
    assert_eq!(seen.len(), 1 + 24 / 8, "after 280 ms each: {seen:?}");
}

/// Also where it has nothing to store but its token, which it does at once for those who wait.
#[tokio::test]
async fn whoever_waits_for_a_view_is_told_as_soon_as_its_token_is_stored() {
    let mut library = Library::open();
    library.shelve(1).await;
    library.settle().await;
    library.stores.clock.advance(SignedDuration::from_millis(50));
    library.settle().await;
    library.join("jenny", 5).await;
    let head = library.events().await.last().unwrap().position;
    let (queries, view) = (library.queries.clone(), CATALOGUE);
    let mut waiting = pin!(queries.wait_for(&view, head));
    assert!(poll!(&mut waiting).is_pending());

    library.settle_only(&CATALOGUE).await;

    waiting.await.unwrap();
    assert_eq!(library.stores.tokens.progress(&CATALOGUE).await.unwrap(), Some(head));
}

/// The answer is read from the store, and a store may forget what it had acknowledged.
#[tokio::test]
async fn a_view_has_passed_what_is_stored_and_not_what_its_keeper_remembers() {
    let mut library = Library::open();
    library.shelve(1).await;
    library.settle().await;
    library.join("jenny", 5).await;
    let head = library.events().await.last().unwrap().position;
    let keeper = library.processors.iter_mut().find(|processor| *processor.name() == CATALOGUE).unwrap();
    keeper.step().await;

    assert!(library.queries.progress(&CATALOGUE).await.unwrap() < head);
}

/// As after a crash of a server that does not wait for its disk.
#[tokio::test]
async fn a_processor_claims_again_when_the_store_has_forgotten_its_commits() {
    let mut library = Library::open();
    library.shelve(1).await;
    library.settle().await;
    let epochs = async |library: &Library| {
        let status = library.control.processor(&CATALOGUE).await.unwrap().unwrap();
        status.segments.iter().map(|segment| segment.epoch).collect::<Vec<_>>()
    };
    let before = epochs(&library).await;
    library.stores.clock.advance(SignedDuration::from_secs(3));
    library.settle().await;
    assert_eq!(epochs(&library).await, before, "it is only extended while nothing is forgotten");

    library.stores.tokens.forget_commits();
    library.stores.clock.advance(SignedDuration::from_secs(3));
    library.settle().await;

    assert!(epochs(&library).await > before);
    assert_eq!(library.waiting(&CATALOGUE).await, "caught up");
}

#[tokio::test]
async fn all_claims_of_a_node_are_extended_in_one_call() {
    let mut library = Library::open();
    library.shelve(1).await;
    library.settle().await;
    let (before, held) = (library.stores.tokens.extensions(), owners(&library).await);

    library.stores.clock.advance(SignedDuration::from_secs(3));
    library.settle().await;

    assert_eq!(library.stores.tokens.extensions(), before + 1);
    library.stores.clock.advance(SignedDuration::from_secs(8));
    let mut second = library.second_node(2);
    second.settle().await;
    assert_eq!(owners(&library).await, held);
}

/// However many there are, and it takes over as soon as they are free.
#[tokio::test]
async fn segments_that_another_node_holds_cost_one_look_a_second_together() {
    let settings = ProcessorSettings { segments: 4, ..ProcessorSettings::default() };
    let mut library = Library::over(Stores::empty(), Node { settings, ..Node::default() });
    library.shelve(1).await;
    library.settle().await;
    let mut second = Library::over(library.stores.clone(), Node { seed: 2, settings, ..Node::default() });
    second.settle().await;
    let (looks, claims) = (library.stores.tokens.looks(), library.stores.tokens.claims());

    for _ in 0..3 {
        library.stores.clock.advance(SignedDuration::from_secs(1));
        second.settle().await;
    }

    assert_eq!((library.stores.tokens.looks(), library.stores.tokens.claims()), (looks + 3, claims));
    for processor in &mut library.processors {
        processor.close().await;
    }
    library.stores.clock.advance(SignedDuration::from_secs(1));
    second.settle().await;
    assert_eq!(library.stores.tokens.claims(), claims + second.processors.len());
}

async fn owners(library: &Library) -> Vec<Option<NodeId>> {
    let states = library.control.processors().await.unwrap();
    states.iter().flat_map(|state| &state.segments).map(|segment| segment.owner).collect()
}
