//! Deadlines: nobody answers in time, a late answer, and books that are out for too long.

use application::reactions::{KEEP_POINTS, LEND_BOOKS, LOANS, PROCESSES, RECORD_ANSWERS};
use jiff::SignedDuration;
use tests::faulty_store::AppendFault;
use tests::library::{Library, book};

use super::standing;

#[tokio::test]
async fn an_attempt_that_nobody_answers_is_shown_for_review_and_a_late_answer_completes_it() {
    // T62
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    let process = library.rent(&jenny, no).await;
    library.settle_only(&PROCESSES).await;
    library.stores.clock.advance(SignedDuration::from_secs(29));
    assert_eq!(library.ticker.tick().await.expired, 0);
    library.stores.clock.advance(SignedDuration::from_secs(2));

    assert_eq!(library.ticker.tick().await.expired, 1);
    library.settle_only(&PROCESSES).await;

    assert_eq!(standing(&library, process).await, "NeedsReview: Waiting, Waiting");
    let row = library.process(process).await;
    assert!(row.deadline.is_none() && row.reason.is_some());
    assert_eq!(library.ticker.tick().await.expired, 0);

    library.settle().await;
    assert_eq!(standing(&library, process).await, "Completed: Done, Done");
}

#[tokio::test]
async fn the_deadline_starts_anew_when_somebody_is_asked_to_undo() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let process = library.rent(&jenny, book(404)).await;
    library.settle_only(&LEND_BOOKS).await;
    library.settle_only(&KEEP_POINTS).await;
    library.stores.clock.advance(SignedDuration::from_secs(20));
    library.settle_only(&RECORD_ANSWERS).await;
    library.settle_only(&PROCESSES).await;
    assert_eq!(standing(&library, process).await, "Compensating: Refused, Undoing");
    let row = library.process(process).await;
    assert_eq!(row.deadline.unwrap().duration_since(row.started_at).as_secs(), 50);

    library.stores.clock.advance(SignedDuration::from_secs(31));
    assert_eq!(library.ticker.tick().await.expired, 1);
    library.settle_only(&PROCESSES).await;
    assert_eq!(standing(&library, process).await, "NeedsReview: Refused, Undoing");

    library.settle().await;
    assert_eq!(standing(&library, process).await, "Compensated: Refused, Undone");
}

#[tokio::test]
async fn two_nodes_that_tick_at_once_expire_an_attempt_once() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    library.rent(&jenny, book(1)).await;
    library.settle_only(&PROCESSES).await;
    library.stores.clock.advance(SignedDuration::from_secs(31));
    let mut other = library.second_node(2);

    let ticked = (library.ticker.tick().await, other.ticker.tick().await);

    assert_eq!((ticked.0.expired, ticked.1.expired), (1, 0));
    let happened = library.happened().await;
    assert_eq!(happened.iter().filter(|kind| *kind == "rental-card.review-requested").count(), 1);
}

#[tokio::test]
async fn a_ticker_rests_until_the_views_have_passed_what_was_there_at_its_start() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    library.rent(&jenny, book(1)).await;
    library.stores.clock.advance(SignedDuration::from_secs(31));
    assert_eq!(library.ticker.tick().await.expired, 0);

    // The answers were there all the time; only the view had not seen them.
    library.settle().await;

    assert_eq!(library.ticker.tick().await.expired, 0);
}

#[tokio::test]
async fn a_book_that_is_out_for_too_long_is_marked_once() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    library.rent(&jenny, no).await;
    library.settle().await;
    assert_eq!(library.ticker.tick().await.marked, 0);
    library.stores.clock.advance(SignedDuration::from_hours(24 * 15));

    assert_eq!(library.ticker.tick().await.marked, 1);
    library.settle_only(&LOANS).await;
    library.stores.clock.advance(SignedDuration::from_mins(2));

    assert_eq!(library.ticker.tick().await.marked, 0);
    assert!(library.card(&jenny).await.items.iter().all(|item| item.overdue));
}

#[tokio::test]
async fn an_attempt_whose_review_ends_with_a_late_refusal_gets_a_new_deadline() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let process = library.rent(&jenny, book(404)).await;
    library.settle_only(&PROCESSES).await;
    library.stores.clock.advance(SignedDuration::from_secs(31));
    assert_eq!(library.ticker.tick().await.expired, 1);
    library.settle_only(&LEND_BOOKS).await;
    library.settle_only(&RECORD_ANSWERS).await;
    library.settle_only(&PROCESSES).await;
    assert_eq!(standing(&library, process).await, "Compensating: Refused, Waiting");

    library.stores.clock.advance(SignedDuration::from_secs(31));
    assert_eq!(library.ticker.tick().await.expired, 1);
    library.settle_only(&PROCESSES).await;
    assert_eq!(standing(&library, process).await, "NeedsReview: Refused, Waiting");

    library.settle().await;
    assert_eq!(standing(&library, process).await, "Compensated: Refused, Undone");
}

#[tokio::test]
async fn an_undoing_that_fails_three_times_works_at_last() {
    // T64
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let process = library.rent(&jenny, book(404)).await;
    library.settle_only(&LEND_BOOKS).await;
    library.settle_only(&KEEP_POINTS).await;
    library.settle_only(&RECORD_ANSWERS).await;
    for _ in 0..3 {
        library.stores.log.next_append(AppendFault::Away);
        library.settle_only(&KEEP_POINTS).await;
        assert_eq!(library.points(&jenny).await, 10);
        library.stores.clock.advance(SignedDuration::from_secs(5));
    }

    library.settle().await;

    assert_eq!(standing(&library, process).await, "Compensated: Refused, Undone");
    assert_eq!(library.points(&jenny).await, 0);
}
