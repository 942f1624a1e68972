//! Answers that contradict, repeat, or belong to nobody.

use application::codec::{Aggregate, SequenceKeys};
use application::ports::dead_letters::DeadLetterKind;
use application::reactions::RECORD_ANSWERS;
use domain::book::{Book, BookEvent};
use domain::rental_card::RentalCard;
use domain::{Outcome, ProcessId, RentalId};
use tests::library::{Library, RawEvent};
use uuid::Uuid;

use super::{answer, asked_for_rent, refused, standing};

#[tokio::test]
async fn a_contradicting_answer_is_recorded_and_changes_nothing() {
    // T65
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    let process = library.rent(&jenny, no).await;
    let asked = asked_for_rent(&library, &jenny, 1, process);
    for outcome in [Outcome::Done, refused("changed my mind"), Outcome::Done] {
        let command = answer(&asked, outcome);
        library.commands.execute::<RentalCard>(&jenny, command, library.context()).await.unwrap();
    }

    library.settle().await;

    assert_eq!(standing(&library, process).await, "Completed: Done, Done");
    let row = library.process(process).await;
    assert_eq!(row.book.unwrap().reason, None);
    assert_eq!(library.points(&jenny).await, 10);
}

#[tokio::test]
async fn an_answer_to_nobody_is_rejected_and_the_members_other_rents_go_on() {
    // T66
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    let unknown = ProcessId::Rent(RentalId::new(Uuid::from_u128(99)));
    let asked = asked_for_rent(&library, &jenny, 9, unknown);
    let encoded = Book::encode(&BookEvent::BookLent { asked });
    let keys = SequenceKeys { member: Some(jenny.clone()), ..SequenceKeys::default() };
    let raw =
        RawEvent { kind: "book.book-lent", revision: encoded.revision, payload: &encoded.payload, keys };
    let position = library.append_past_rules("book-9", raw).await;
    let process = library.rent(&jenny, no).await;

    library.settle().await;

    assert_eq!(standing(&library, process).await, "Completed: Done, Done");
    let letters = library.letters(&RECORD_ANSWERS).await;
    let kept: Vec<_> =
        letters.iter().map(|letter| (letter.kind, letter.position(), letter.attempts)).collect();
    assert_eq!(kept, [(DeadLetterKind::Rejected, position, 1)]);
    assert!(letters[0].failures[0].cause.contains("no open attempt"), "{:?}", letters[0].failures);
    assert_eq!(library.waiting(&RECORD_ANSWERS).await, "caught up");
}
