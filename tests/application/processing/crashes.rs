//! Crashes, lost replies and replays: no effect twice, and none lost.

use std::sync::Arc;

use application::ports::TokenStore;
use application::ports::event_store::Position;
use application::reactions::{CATALOGUE, KEEP_POINTS, PROCESSES};
use jiff::SignedDuration;
use tests::faulty_tokens::CommitFault;
use tests::library::{Library, Node, Stores};

#[tokio::test]
async fn a_crash_between_the_effect_and_its_token_repeats_nothing() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    let process = library.rent(&jenny, no).await;
    library.settle_only(&KEEP_POINTS).await;
    assert_eq!(library.points(&jenny).await, 10);
    let stored = library.stores.tokens.progress(&KEEP_POINTS).await.unwrap();
    assert_eq!(stored, Some(Position::START), "that it is handled is not stored yet");

    let mut second = library.second_node(2);
    drop(library);
    second.stores.clock.advance(SignedDuration::from_secs(11));
    second.settle().await;

    assert_eq!(second.points(&jenny).await, 10);
    assert_eq!(second.process(process).await.status, domain::rental_card::attempt::Status::Completed);
}

#[tokio::test]
async fn a_commit_whose_reply_is_lost_writes_its_rows_once() {
    // T57a
    for lost in [1, 3, 7] {
        let mut library = Library::open();
        let jenny = library.join("jenny", 0).await;
        let no = library.shelve(1).await;
        let process = library.rent(&jenny, no).await;
        library.stores.tokens.fail_commits(lost, CommitFault::ReplyLost);
        for _ in 0..20 {
            library.settle().await;
            library.stores.clock.advance(SignedDuration::from_secs(2));
        }

        let row = library.process(process).await;
        assert_eq!(row.steps.len(), 4, "{lost} replies lost: {:?}", row.steps);
        assert_eq!(library.points(&jenny).await, 10);
        assert_eq!(library.waiting(&PROCESSES).await, "caught up");
    }
}

#[tokio::test]
async fn everything_again_from_the_beginning_changes_nothing_that_was_done() {
    // T69, I8
    let mut library = Library::open();
    let (jenny, scott) = (library.join("jenny", 0).await, library.join("scott", 0).await);
    let no = library.shelve(1).await;
    library.rent(&jenny, no).await;
    library.settle().await;
    library.rent(&scott, no).await;
    library.give_back(&jenny, no).await;
    library.settle().await;
    let before = library.events().await;

    let stores = Stores { log: Arc::clone(&library.stores.log), ..Stores::empty() };
    let mut again = Library::over(stores, Node { seed: 2, ..Node::default() });
    again.settle().await;

    assert_eq!(again.events().await, before);
    for (old, new) in [
        (views(&library).await, views(&again).await),
        (library.waiting(&CATALOGUE).await, again.waiting(&CATALOGUE).await),
    ] {
        assert_eq!(old, new);
    }
}

#[tokio::test]
async fn a_handlers_replay_heals_what_was_lost() {
    // T69
    let library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    let process = library.rent(&jenny, no).await;

    let stores = Stores { log: Arc::clone(&library.stores.log), ..Stores::empty() };
    let mut again = Library::over(stores, Node { seed: 2, ..Node::default() });
    again.settle().await;

    assert_eq!(again.process(process).await.status, domain::rental_card::attempt::Status::Completed);
    assert_eq!(again.points(&jenny).await, 10);
}

async fn views(library: &Library) -> String {
    let processes = library.queries.processes(&Default::default(), 100).await.unwrap();
    let ranking =
        library.queries.ranking(application::ports::best_seller_view::Period::All, 100).await.unwrap();
    let books = library.queries.books(&Default::default(), 100).await.unwrap();
    format!("{processes:#?}{ranking:#?}{books:#?}{:#?}", library.loans_due().await)
}
