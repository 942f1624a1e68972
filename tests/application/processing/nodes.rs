//! Who may work: claims, pauses, segments, and names.

use std::sync::Arc;

use application::ports::ProcessorAdmin;
use application::ports::processor_admin::Desired;
use application::ports::token_store::{ProcessorName, Segment};
use application::processing::{
    Committer, Leases, LogSource, Processor, ProcessorContext, ProcessorSettings, Processors,
};
use application::reactions::{self, CATALOGUE, LOANS};
use jiff::SignedDuration;
use tests::library::{Library, Node, Stores};

use super::shelf;

#[tokio::test]
async fn a_second_node_waits_for_the_claim_and_takes_over_at_once_when_it_is_given_back() {
    let mut first = Library::open();
    first.settle().await;
    let mut second = first.second_node(2);
    first.shelve(1).await;
    second.settle().await;
    assert!(second.waiting(&CATALOGUE).await.starts_with("claim held by node-"));
    assert!(shelf(&second).await.is_empty());

    for processor in &mut first.processors {
        processor.close().await;
    }
    second.stores.clock.advance(SignedDuration::from_secs(1));
    second.settle().await;

    assert_eq!(shelf(&second).await, [1]);
}

/// Whoever asks the node that does not work on a segment wants to know whether anything is left to do.
#[tokio::test]
async fn a_node_that_leaves_a_segment_to_another_knows_when_that_one_has_caught_up() {
    let mut first = Library::open();
    first.settle().await;
    let mut second = first.second_node(2);
    second.settle().await;
    assert_eq!(second.waiting(&CATALOGUE).await, "caught up");

    first.shelve(1).await;
    assert!(second.waiting(&CATALOGUE).await.starts_with("claim held by node-"));

    first.settle().await;
    assert_eq!(second.waiting(&CATALOGUE).await, "caught up");
}

#[tokio::test]
async fn a_node_that_slept_past_its_claim_writes_nothing() {
    // T23
    let mut sleeper = Library::open();
    sleeper.settle().await;
    sleeper.shelve(1).await;
    sleeper.stores.clock.advance(SignedDuration::from_secs(11));
    let mut second = sleeper.second_node(2);
    second.settle().await;
    assert_eq!(shelf(&second).await, [1]);
    let epochs = epochs(&second).await;
    second.shelve(2).await;

    sleeper.settle().await;

    assert_eq!(shelf(&second).await, [1]);

    assert!(sleeper.waiting(&CATALOGUE).await.starts_with("claim held by node-"));
    assert_eq!(self::epochs(&second).await, epochs);
}

#[tokio::test]
async fn a_paused_processor_stops_and_goes_on_when_started() {
    // T23b
    let mut library = Library::open();
    library.settle().await;
    let paused = Desired::Paused { by: "ops".to_owned(), reason: "stocktaking".to_owned() };
    library.stores.tokens.set_desired(&CATALOGUE, paused).await.unwrap();
    library.shelve(1).await;
    library.stores.clock.advance(SignedDuration::from_secs(4));
    library.settle().await;
    assert_eq!(library.waiting(&CATALOGUE).await, "paused by ops: stocktaking");
    assert!(shelf(&library).await.is_empty());
    assert_eq!(library.waiting(&LOANS).await, "caught up");

    library.stores.tokens.set_desired(&CATALOGUE, Desired::Running).await.unwrap();
    library.stores.clock.advance(SignedDuration::from_secs(1));
    library.settle().await;

    assert_eq!(shelf(&library).await, [1]);
}

#[tokio::test]
async fn several_segments_share_the_keys_and_handle_each_once() {
    let settings = ProcessorSettings { segments: 4, exclusive: true };
    let mut library = Library::over(Stores::empty(), Node { settings, ..Node::default() });
    assert_eq!(library.processors.len(), 8 * 4);
    let members: Vec<_> = {
        let mut members = vec![];
        for n in 1..=8 {
            let member = library.join(&format!("member{n}"), 0).await;
            let book = library.shelve(n).await;
            let process = library.rent(&member, book).await;
            members.push((member, process));
        }
        members
    };

    library.settle().await;

    assert_eq!(shelf(&library).await.len(), 8);
    for (member, process) in &members {
        assert_eq!(library.points(member).await, 10);
        assert_eq!(library.process(*process).await.steps.len(), 4, "no other segment folds the same events");
    }
    let status = library.control.processor(&CATALOGUE).await.unwrap().unwrap();
    assert_eq!((status.segments.len(), status.waiting.as_str()), (4, "caught up"));
}

#[tokio::test]
async fn a_name_given_twice_is_refused_at_the_start() {
    let library = Library::open();
    let within = ProcessorContext {
        source: Arc::new(LogSource::new(Arc::<tests::faulty_store::FaultyStore>::clone(&library.stores.log))),
        tokens: library.stores.ports(),
        clock: Arc::<tests::clock::StoppedClock>::clone(&library.stores.clock),
        ids: Arc::<tests::clock::CountedIds>::clone(&library.ids),
        node: application::ports::token_store::NodeId::new(uuid::Uuid::nil()),
        leases: Leases::default(),
        committer: Committer::to(
            library.stores.ports().store,
            Arc::<tests::clock::StoppedClock>::clone(&library.stores.clock),
        ),
        settings: ProcessorSettings::default(),
    };
    let twice = || {
        let (_, reaction) = reactions::all(&library.commands).remove(0);
        Processor::new(CATALOGUE, reaction, Segment::WHOLE, &within)
    };
    let refused = Processors::new(library.stores.ports().admin, vec![twice(), twice()]).err().unwrap();

    assert_eq!(refused.name, CATALOGUE);
}

#[tokio::test]
async fn a_name_that_no_code_knows_is_listed_as_an_orphan() {
    let mut library = Library::open();
    library.settle().await;
    let gone = ProcessorName::of("keep-birthdays");
    let token = library.stores.tokens.processors().await.unwrap()[0].segments[0].token;
    library.stores.tokens.register(&gone, &Segment::all_at(1, token)).await.unwrap();

    assert_eq!(library.here.orphans().await.unwrap(), [gone]);
}

async fn epochs(library: &Library) -> Vec<u64> {
    let status = library.control.processors().await.unwrap();
    status.iter().flat_map(|status| &status.segments).map(|segment| segment.epoch).collect()
}
