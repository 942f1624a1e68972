//! Deadlines: nobody answers in time, a late answer, and books that are out for too long.

use std::sync::Arc;

use application::ports::ProcessorAdmin;
use application::ports::TokenStore;
use application::ports::processor_admin::Desired;
use application::ports::token_store::{ProcessorName, Row, Segment};
use application::reactions::{
    KEEP_POINTS, LEND_BOOKS, LOANS, PROCESSES, RECORD_ANSWERS, Ticked, Ticker, TickerSettings,
};
use jiff::SignedDuration;
use tests::faulty_store::AppendFault;
use tests::laws::token_store::processes::attempt;
use tests::laws::token_store::samples::{Worker, state_of};
use tests::laws::token_store::views::loan;
use tests::library::{Library, Node, Stores, book};

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

/// Rows that the cards know nothing of, and that stay as they are however often they are looked at.
#[tokio::test]
async fn attempts_whose_cards_refuse_hide_no_later_ones() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    library.settle().await;
    let mut ghosts = ghost(&mut library, &PROCESSES).await;
    ghosts.put(0, (1..=1_100).map(|id| Row::Process(Box::new(attempt(id, id))))).await;
    library.stores.tokens.release(ghosts.claim()).await.unwrap();
    let process = library.rent(&jenny, book(404)).await;
    library.settle_only(&PROCESSES).await;
    library.stores.clock.advance(SignedDuration::from_secs(31));

    let ticks = [library.ticker.tick().await.expired, library.ticker.tick().await.expired];

    assert_eq!(ticks, [0, 1]);
    library.settle_only(&PROCESSES).await;
    assert_eq!(standing(&library, process).await, "NeedsReview: Waiting, Waiting");
    assert_eq!(library.ticker.tick().await.expired, 0, "it begins again where it began");
}

#[tokio::test]
async fn rentals_whose_cards_refuse_hide_no_later_ones() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    library.rent(&jenny, no).await;
    library.settle().await;
    let mut ghosts = ghost(&mut library, &LOANS).await;
    ghosts.put(0, (1..=1_100).map(|id| Row::Loan(loan(id, "2026-03-02")))).await;
    library.stores.tokens.release(ghosts.claim()).await.unwrap();
    library.settle_only(&LOANS).await;
    library.stores.clock.advance(SignedDuration::from_hours(24 * 15));

    let ticks = [library.ticker.tick().await.marked, library.ticker.tick().await.marked];

    assert_eq!(ticks, [0, 1]);
}

/// What stands in a view that nobody works on is long over; that nobody looks has to be said.
#[tokio::test]
async fn a_view_that_is_paused_when_the_ticker_starts_is_said_to_show_no_deadlines() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    library.settle().await;
    pause(&library, &PROCESSES).await;
    library.rent(&jenny, book(404)).await;
    library.settle_only(&LOANS).await;
    library.stores.clock.advance(SignedDuration::from_secs(31));
    let mut started = library.second_node(2);

    assert_eq!(started.ticker.tick().await.expired, 0);
    assert_eq!(
        unseen(&started),
        ["processes: it is paused, and stands before where the log ended at the start of this node"]
    );

    library.stores.tokens.set_desired(&PROCESSES, Desired::Running).await.unwrap();
    library.settle_only(&PROCESSES).await;
    assert_eq!(started.ticker.tick().await.expired, 1);
    assert_eq!(unseen(&started), [""; 0]);
}

/// Those that it shows are looked at all the same: the cards know better, should it be behind.
#[tokio::test]
async fn a_view_that_is_paused_later_is_said_to_show_no_new_deadlines() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    library.rent(&jenny, book(404)).await;
    library.settle_only(&PROCESSES).await;
    library.settle_only(&LOANS).await;
    pause(&library, &PROCESSES).await;
    library.stores.clock.advance(SignedDuration::from_secs(31));

    assert_eq!(library.ticker.tick().await.expired, 1);

    assert_eq!(unseen(&library), ["processes: it is paused: what has begun since is not in it"]);
}

#[tokio::test]
async fn a_view_of_another_log_is_said_to_show_no_deadlines() {
    let mut library = Library::open();
    library.join("jenny", 0).await;
    library.settle().await;
    let stores = Stores { log: Stores::log(7), ..library.stores.clone() };
    let mut moved = Library::over(stores, Node { seed: 2, ..Node::default() });

    assert_eq!(moved.ticker.tick().await, Ticked::default());

    let foreign = ["loans: its token is of another log", "processes: its token is of another log"];
    assert_eq!(unseen(&moved), foreign);
}

#[tokio::test]
async fn stores_that_do_not_answer_are_said_to_show_no_deadlines_until_they_do() {
    let mut library = Library::open();
    library.settle().await;
    assert!(library.sight.told().is_none(), "nobody has looked");
    library.stores.log.fail_heads(1);

    assert_eq!(library.ticker.tick().await, Ticked::default());
    let away = "the stores cannot be asked now; the log says why";
    assert_eq!(unseen(&library), [format!("loans: {away}"), format!("processes: {away}")]);

    library.ticker.tick().await;
    assert_eq!(unseen(&library), Vec::<String>::new());
}

#[tokio::test]
async fn a_library_in_which_days_are_given_says_that_it_marks_no_book() {
    let library = Library::open();
    let settings = TickerSettings { mark_overdue: false };
    let ticker = Ticker::new(library.commands.clone(), library.stores.ticker_ports(), settings);
    ticker.telling(library.sight.clone()).tick().await;

    let why = "requests may say on which day they happen, so no book is marked overdue by itself";
    assert!(unseen(&library).contains(&format!("loans: {why}")), "{:?}", unseen(&library));
}

fn unseen(library: &Library) -> Vec<String> {
    let told = library.sight.told().expect("the ticker has looked");
    told.iter().map(|(view, why)| format!("{view}: {why}")).collect()
}

async fn pause(library: &Library, view: &ProcessorName) {
    let paused = Desired::Paused { by: "ops".to_owned(), reason: "stocktaking".to_owned() };
    library.stores.tokens.set_desired(view, paused).await.unwrap();
}

/// Somebody who writes rows of a view past its processor, which begins anew then.
async fn ghost(library: &mut Library, view: &ProcessorName) -> Worker {
    for processor in &mut library.processors {
        processor.close().await;
    }
    let tokens = Arc::<tests::faulty_tokens::FaultyTokens>::clone(&library.stores.tokens);
    let state = state_of(&*tokens, view).await;
    Worker::at(tokens, view, state.live, Segment::WHOLE).await
}
