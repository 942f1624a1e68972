//! Parked sequences are tried again by themselves, ever later, and given up visibly.

use application::ports::DeadLetters;
use application::ports::dead_letters::DeadLetterKind;
use application::reactions::CATALOGUE;
use jiff::SignedDuration;
use tests::library::{Library, book};

use super::{book_event, summary};

#[tokio::test]
async fn a_letter_is_abandoned_after_ten_attempts_and_still_blocks_its_key() {
    let mut library = Library::open();
    let bad = book_event(&library, book(7), "book.book-entered", 1, "{").await;
    library.settle().await;
    for attempts in 2..=10 {
        library.stores.clock.advance(SignedDuration::from_mins(6));
        library.settle().await;
        assert_eq!(library.letters(&CATALOGUE).await[0].attempts, attempts);
    }
    library.stores.clock.advance(SignedDuration::from_mins(6));
    library.settle().await;

    let letters = library.letters(&CATALOGUE).await;
    let (letter, failures) = (&letters[0], letters[0].failures.len());
    assert_eq!(
        (letter.kind, letter.attempts, letter.due, failures),
        (DeadLetterKind::Abandoned, 10, None, 10)
    );
    let more = book_event(&library, book(7), "book.book-entered", 1, "{").await;
    library.settle().await;
    let both = [("book:7".to_owned(), bad.value(), 10), ("book:7".to_owned(), more.value(), 0)];
    let mut kept = summary(&library.letters(&CATALOGUE).await);
    kept.sort_by_key(|letter| letter.1);
    assert_eq!(kept, both);
    let status = library.control.processor(&CATALOGUE).await.unwrap().unwrap();
    assert_eq!((status.parked, status.abandoned), (1, 1));
}

#[tokio::test]
async fn an_abandoned_letter_is_tried_again_when_somebody_asks() {
    let mut library = Library::open();
    book_event(&library, book(7), "book.book-entered", 1, "{").await;
    for _ in 0..12 {
        library.settle().await;
        library.stores.clock.advance(SignedDuration::from_mins(6));
    }
    assert_eq!(library.letters(&CATALOGUE).await[0].kind, DeadLetterKind::Abandoned);

    assert_eq!(library.stores.tokens.retry_now(&CATALOGUE, None).await.unwrap(), 1);
    library.stores.clock.advance(SignedDuration::from_secs(3));
    library.settle().await;

    let letters = library.letters(&CATALOGUE).await;
    assert_eq!((letters[0].kind, letters[0].attempts), (DeadLetterKind::Parked, 1));
    assert!(letters[0].failures.len() <= 10, "the failures that are kept are bounded");
}

#[tokio::test]
async fn tries_come_ever_later_up_to_five_minutes() {
    let mut library = Library::open();
    book_event(&library, book(7), "book.book-entered", 1, "{").await;
    library.settle().await;
    let mut waits = vec![];
    for _ in 0..20 {
        let letter = library.letters(&CATALOGUE).await.remove(0);
        let Some(due) = letter.due else { break };
        waits.push(due.duration_since(letter.last_at).as_secs());
        library.stores.clock.advance(SignedDuration::from_mins(6));
        library.settle().await;
    }
    assert!(waits.is_sorted() && waits.iter().all(|wait| *wait <= 300), "{waits:?}");
    assert_eq!(waits.len(), 9);
}

#[tokio::test]
async fn a_retry_of_nothing_does_nothing() {
    // T53
    let mut library = Library::open();
    library.shelve(1).await;
    library.settle().await;
    assert_eq!(library.stores.tokens.retry_now(&CATALOGUE, None).await.unwrap(), 0);
    library.settle().await;
    assert_eq!(library.waiting(&CATALOGUE).await, "caught up");
}

/// T52: both nodes ask, and both look; the one that holds the segment tries, once for each time that it was asked.
#[tokio::test]
async fn a_retry_that_two_nodes_ask_for_at_once_is_tried_by_the_owner_alone() {
    let mut library = Library::open();
    book_event(&library, book(7), "book.book-entered", 1, "{").await;
    library.settle().await;
    let mut second = library.second_node(2);
    second.settle().await;
    let before = library.letters(&CATALOGUE).await.remove(0);

    let name = CATALOGUE;
    let (one, other) = tokio::join!(
        library.stores.tokens.retry_now(&name, Some("book:7")),
        second.stores.tokens.retry_now(&name, Some("book:7")),
    );
    // Whoever does not hold the segment finds nothing to try, also when it is the first to look.
    second.settle().await;
    let untouched = library.letters(&CATALOGUE).await.remove(0);
    library.stores.clock.advance(SignedDuration::from_secs(4));
    library.settle().await;

    assert_eq!((one.unwrap(), other.unwrap(), untouched.attempts), (1, 1, before.attempts));
    let after = library.letters(&CATALOGUE).await.remove(0);
    assert_eq!((after.attempts, after.failures.len()), (before.attempts + 1, before.failures.len() + 1));
}

#[tokio::test]
async fn a_long_sequence_behind_a_letter_is_caught_up_in_pieces() {
    let mut library = Library::open();
    let bad = book_event(&library, book(7), "book.book-entered", 1, "{").await;
    for _ in 0..250 {
        book_event(&library, book(7), "book.book-made-available", 1, r#"{"no":7,"title":"Seven"}"#).await;
    }
    library.settle().await;
    assert_eq!(library.letters(&CATALOGUE).await.len(), 251);
    let event = library.events().await[bad.value() as usize - 1].id;
    let event_override = application::ports::dead_letters::EventOverride::Skipped;
    library.stores.tokens.put_override(&CATALOGUE, event, event_override).await.unwrap();
    library.stores.clock.advance(SignedDuration::from_secs(3));

    library.settle().await;

    assert_eq!(library.letters(&CATALOGUE).await, []);
    assert_eq!(library.waiting(&CATALOGUE).await, "caught up");
}
