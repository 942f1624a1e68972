//! The RENT table (T58): each way two participants can answer, in the order they can.

use application::ports::loan_view::LoanState;
use application::reactions::{KEEP_POINTS, LEND_BOOKS, PROCESSES, RECORD_ANSWERS};
use domain::rental_card::ItemState;
use tests::library::{Library, book, member};

use super::standing;

#[tokio::test]
async fn a_rent_completes_when_both_did_their_part() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    let process = library.rent(&jenny, no).await;

    library.settle().await;

    assert_eq!(standing(&library, process).await, "Completed: Done, Done");
    assert_eq!(library.points(&jenny).await, 10);
    assert_eq!(library.holder(no).await.map(domain::ProcessId::Rent), Some(process));
    let card = library.card(&jenny).await;
    assert_eq!(card.items.iter().map(|item| &item.state).collect::<Vec<_>>(), [&ItemState::Rented]);
    assert!(card.attempts.is_empty());
    assert_eq!(library.control.dead_letters(&Default::default(), 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_completed_rent_shows_its_steps_and_no_deadline() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let process = {
        let no = library.shelve(1).await;
        library.rent(&jenny, no).await
    };
    library.settle_only(&PROCESSES).await;
    let started = library.process(process).await;
    assert_eq!(started.deadline.unwrap().duration_since(started.started_at).as_secs(), 30);

    library.settle().await;

    let row = library.process(process).await;
    let steps: Vec<String> = row.steps.iter().map(|step| step.what.to_string()).collect();
    assert_eq!(
        steps,
        ["item-rented", "answer-recorded BOOK DO DONE", "answer-recorded MEMBER DO DONE", "rent-confirmed"]
    );
    assert_eq!((row.deadline, row.reason), (None, None));
    assert_eq!(row.steps.first().map(|step| step.position), Some(row.started));
}

/// Defect 9: the first member keeps the book.
#[tokio::test]
async fn a_book_with_another_member_stays_there() {
    // T59
    let mut library = Library::open();
    let (jenny, scott) = (library.join("jenny", 0).await, library.join("scott", 0).await);
    let no = library.shelve(1).await;
    let first = library.rent(&jenny, no).await;
    library.settle().await;
    let second = library.rent(&scott, no).await;

    library.settle().await;

    assert_eq!(standing(&library, second).await, "Compensated: Refused, Undone");
    assert_eq!(library.holder(no).await.map(domain::ProcessId::Rent), Some(first));
    assert_eq!((library.points(&jenny).await, library.points(&scott).await), (10, 0));
    assert!(library.card(&scott).await.items.is_empty());
    let row = library.process(second).await;
    assert!(row.reason.is_some() && row.book.unwrap().reason.is_some(), "the refusal has its reason");
}

#[tokio::test]
async fn a_rent_that_both_refuse_is_cancelled_with_nothing_to_undo() {
    let mut library = Library::open();
    let ghost = member("ghost");
    library.desk.issue_card(&ghost, None, library.context()).await.unwrap();
    let process = library.rent(&ghost, book(404)).await;

    library.settle().await;

    assert_eq!(standing(&library, process).await, "Compensated: Refused, Refused");
    assert!(!library.happened().await.iter().any(|kind| kind == "rental-card.undo-requested"));
}

#[tokio::test]
async fn a_book_is_lendable_again_when_the_member_refuses() {
    let mut library = Library::open();
    let ghost = member("ghost");
    library.desk.issue_card(&ghost, None, library.context()).await.unwrap();
    let no = library.shelve(1).await;
    let process = library.rent(&ghost, no).await;

    library.settle().await;

    assert_eq!(standing(&library, process).await, "Compensated: Undone, Refused");
    assert_eq!(library.holder(no).await, None);
}

#[tokio::test]
async fn a_member_who_answers_after_the_cancellation_is_asked_to_undo() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let process = library.rent(&jenny, book(404)).await;
    library.settle_only(&LEND_BOOKS).await;
    library.settle_only(&RECORD_ANSWERS).await;
    library.settle_only(&PROCESSES).await;
    assert_eq!(standing(&library, process).await, "Compensating: Refused, Waiting");

    library.settle_only(&KEEP_POINTS).await;
    assert_eq!(library.points(&jenny).await, 10);
    library.settle().await;

    assert_eq!(standing(&library, process).await, "Compensated: Refused, Undone");
    assert_eq!(library.points(&jenny).await, 0);
}

#[tokio::test]
async fn a_book_that_answers_after_the_cancellation_is_asked_to_undo() {
    let mut library = Library::open();
    let ghost = member("ghost");
    library.desk.issue_card(&ghost, None, library.context()).await.unwrap();
    let no = library.shelve(1).await;
    let process = library.rent(&ghost, no).await;
    library.settle_only(&KEEP_POINTS).await;
    library.settle_only(&RECORD_ANSWERS).await;
    library.settle_only(&PROCESSES).await;
    assert_eq!(standing(&library, process).await, "Compensating: Waiting, Refused");

    library.settle().await;

    assert_eq!(standing(&library, process).await, "Compensated: Undone, Refused");
    assert_eq!(library.holder(no).await, None);
}

#[tokio::test]
async fn points_already_spent_are_taken_back_below_zero() {
    // T61, defect 11
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let process = library.rent(&jenny, book(404)).await;
    library.settle_only(&KEEP_POINTS).await;
    let amount = domain::Amount::parse(10).unwrap();
    library.member(&jenny, domain::member::MemberCommand::UsePoints { amount }).await;

    library.settle().await;

    assert_eq!(standing(&library, process).await, "Compensated: Refused, Undone");
    assert_eq!(library.points(&jenny).await, -10);
}

#[tokio::test]
async fn a_cancelled_rental_does_not_count_for_the_ranking() {
    // T67, defect 12
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    library.rent(&jenny, book(404)).await;
    library.settle().await;

    let ranking = library.queries.ranking(application::ports::best_seller_view::Period::All, 10).await;

    assert_eq!(ranking.unwrap(), []);
    let happened = library.happened().await;
    assert!(happened.iter().any(|kind| kind == "best-seller.rental-uncounted"), "{happened:?}");
}

#[tokio::test]
async fn views_follow_a_rent_and_a_return() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    library.rent(&jenny, no).await;
    library.settle().await;
    let out = library.loans_due().await;
    assert_eq!(
        out.iter().map(|loan| (loan.book_no, loan.state)).collect::<Vec<_>>(),
        [(no, LoanState::Rented)]
    );
    let counted =
        library.queries.ranking(application::ports::best_seller_view::Period::All, 10).await.unwrap();
    assert_eq!(counted.iter().map(|place| place.counted.count).collect::<Vec<_>>(), [1]);

    library.give_back(&jenny, no).await;
    library.settle().await;

    assert_eq!(library.loans_due().await, []);
    let shelf = library.queries.books(&Default::default(), 10).await.unwrap();
    assert_eq!(shelf.iter().map(|row| (row.no, row.holder)).collect::<Vec<_>>(), [(no, None)]);
}
