//! Parked sequences and new events take turns, and so do the sequences among themselves.

use application::ports::DeadLetters;
use application::ports::dead_letters::{EventOverride, LETTERS_PER_SEQUENCE_MAX};
use application::processing::StepOutcome;
use application::reactions::CATALOGUE;
use jiff::SignedDuration;
use tests::library::{Library, book};

use super::{book_event, shelf, summary};

#[tokio::test]
async fn new_events_flow_beside_many_sequences_that_are_due() {
    // T103
    let mut library = Library::open();
    for no in 1..=200 {
        book_event(&library, book(no), "book.book-entered", 1, "{").await;
    }
    library.settle_only(&CATALOGUE).await;
    library.stores.clock.advance(SignedDuration::from_secs(2));
    library.shelve(1_000).await;

    step(&mut library, 2).await;
    assert_eq!(shelf(&library).await, [1_000]);
    library.shelve(1_001).await;
    step(&mut library, 2).await;
    assert_eq!(shelf(&library).await, [1_000, 1_001]);
    assert_eq!(tried_again(&library).await.len(), 2, "and the sequences are not forgotten");

    library.settle_only(&CATALOGUE).await;
    assert_eq!(tried_again(&library).await.len(), 200);
}

#[tokio::test]
async fn the_sequence_that_is_due_for_longest_is_tried_first() {
    let mut library = Library::open();
    // None is due before half a second has passed.
    for no in [9, 1, 5] {
        book_event(&library, book(no), "book.book-entered", 1, "{").await;
        library.settle_only(&CATALOGUE).await;
        library.stores.clock.advance(SignedDuration::from_millis(200));
    }
    library.stores.clock.advance(SignedDuration::from_secs(2));

    let mut order = vec![];
    for _ in 0..5 {
        step(&mut library, 1).await;
        order.extend(
            tried_again(&library).await.into_iter().filter(|no| !order.contains(no)).collect::<Vec<_>>(),
        );
    }

    assert_eq!(order, ["book:9", "book:1", "book:5"]);
}

/// A letter holds a whole event, which may be large.
#[tokio::test]
async fn only_as_many_letters_are_read_as_are_tried() {
    let mut library = Library::open();
    let bad = book_event(&library, book(7), "book.book-entered", 1, "{").await;
    for _ in 1..LETTERS_PER_SEQUENCE_MAX {
        book_event(&library, book(7), "book.book-made-available", 1, r#"{"no":7,"title":"Seven"}"#).await;
    }
    library.settle_only(&CATALOGUE).await;
    assert_eq!(library.letters(&CATALOGUE).await.len(), LETTERS_PER_SEQUENCE_MAX);
    let event = library.events().await[bad.value() as usize - 1].id;
    library.stores.tokens.put_override(&CATALOGUE, event, EventOverride::Skipped).await.unwrap();
    library.stores.clock.advance(SignedDuration::from_secs(2));

    step(&mut library, 1).await;
    assert_eq!(
        library.stores.tokens.letters_read(),
        101,
        "a hundred, and the one that is the head after them"
    );
    assert_eq!(library.letters(&CATALOGUE).await.len(), LETTERS_PER_SEQUENCE_MAX - 100);

    library.settle_only(&CATALOGUE).await;
    assert_eq!(library.letters(&CATALOGUE).await, []);
    let read = library.stores.tokens.letters_read();
    assert!(read <= LETTERS_PER_SEQUENCE_MAX + 11, "{read} letters were read");
}

/// A head that is given up holds back those behind it, wherever it stands among the letters.
#[tokio::test]
async fn followers_of_an_abandoned_head_are_not_tried() {
    let mut library = Library::open();
    let bad = book_event(&library, book(7), "book.book-entered", 1, "{").await;
    let good =
        book_event(&library, book(7), "book.book-made-available", 1, r#"{"no":7,"title":"Seven"}"#).await;
    for _ in 0..12 {
        library.settle_only(&CATALOGUE).await;
        library.stores.clock.advance(SignedDuration::from_mins(6));
    }

    let kept = [("book:7".to_owned(), good.value(), 0), ("book:7".to_owned(), bad.value(), 10)];
    assert_eq!(summary(&library.letters(&CATALOGUE).await), kept);
    let before = library.stores.tokens.commits();
    library.settle_only(&CATALOGUE).await;
    assert_eq!(library.stores.tokens.commits(), before);
}

/// T25: the clock was a day ahead when an event failed, and is right again.
#[tokio::test]
async fn an_event_that_was_parked_by_a_clock_that_was_ahead_is_not_put_off_until_then() {
    let mut library = Library::open();
    library.stores.clock.advance(SignedDuration::from_hours(24));
    let bad = book_event(&library, book(7), "book.book-entered", 1, "{").await;
    library.settle_only(&CATALOGUE).await;
    let due = library.letters(&CATALOGUE).await[0].due.unwrap();

    library.stores.clock.advance(SignedDuration::from_hours(-24));
    library.settle_only(&CATALOGUE).await;
    library.stores.clock.advance(SignedDuration::from_mins(5));
    library.settle_only(&CATALOGUE).await;

    let letters = library.letters(&CATALOGUE).await;
    assert_eq!(letters[0].position(), bad);
    assert!(letters[0].attempts >= 2 && letters[0].due.unwrap() < due, "{letters:?}");
}

/// So many steps of the catalogue's processor, each of which has something to do.
async fn step(library: &mut Library, steps: usize) {
    let processor = library.processors.iter_mut().find(|processor| *processor.name() == CATALOGUE).unwrap();
    for _ in 0..steps {
        assert_eq!(processor.step().await, StepOutcome::Advanced);
    }
}

async fn tried_again(library: &Library) -> Vec<String> {
    let letters = library.letters(&CATALOGUE).await;
    letters.into_iter().filter(|letter| letter.attempts > 1).map(|letter| letter.sequence).collect()
}
