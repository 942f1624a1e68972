//! What an operator says while an event is just being tried is not overwritten, and what is read again keeps its
//! letter.

use application::ports::TokenStore;
use application::ports::dead_letters::{DeadLetterKind, EventOverride};
use application::ports::event_store::{EventId, Position};
use application::ports::message_source::Token;
use application::ports::token_store::{Commit, RowKey, Segment};
use application::reactions::CATALOGUE;
use bytes::Bytes;
use jiff::SignedDuration;
use tests::faulty_tokens::CommitFault;
use tests::laws::token_store::samples::{Worker, state_of};
use tests::library::{Library, book};

use super::{book_event, shelf, summary};

#[tokio::test]
async fn an_edit_that_comes_while_the_event_is_tried_is_what_counts() {
    // T104: once the event as it stands fails again, once it would succeed.
    for fails in [true, false] {
        let mut library = Library::open();
        library.shelve(8).await;
        let good = library.payload_of("book.book-entered", "\"title\":\"Title 8\"").await;
        let of_seven = |title| good.replace("\"no\":8", "\"no\":7").replace("Title 8", title);
        let stands = if fails { "{".to_owned() } else { of_seven("As it stands") };
        library.stores.tokens.make_unstorable(Some(RowKey::Catalogue(book(7))));
        let bad = book_event(&library, book(7), "book.book-entered", 1, &stands).await;
        library.settle_only(&CATALOGUE).await;
        library.stores.tokens.make_unstorable(None);
        library.stores.clock.advance(SignedDuration::from_secs(2));
        let (event, edit) = (event_at(&library, bad).await, Bytes::from(of_seven("Edited")));

        library.stores.tokens.meanwhile(move |tokens| {
            Box::pin(async move {
                tokens.put_override(&CATALOGUE, event, EventOverride::Edited(edit)).await.unwrap();
                tokens.retry_now(&CATALOGUE, Some("book:7")).await.unwrap();
            })
        });
        library.settle_only(&CATALOGUE).await;

        assert_eq!(library.letters(&CATALOGUE).await, [], "fails: {fails}");
        let rows = library.queries.books(&Default::default(), 10).await.unwrap();
        let seven = rows.iter().find(|row| row.no == book(7)).unwrap();
        assert_eq!(seven.title.as_str(), "Edited", "fails: {fails}");
    }
}

#[tokio::test]
async fn a_retry_that_comes_while_the_last_attempt_fails_is_made() {
    // T104
    let mut library = Library::open();
    book_event(&library, book(7), "book.book-entered", 1, "{").await;
    for _ in 1..10 {
        library.settle_only(&CATALOGUE).await;
        library.stores.clock.advance(SignedDuration::from_mins(6));
    }
    assert_eq!(library.letters(&CATALOGUE).await[0].attempts, 9);
    let revision = library.letters(&CATALOGUE).await[0].revision;
    library.stores.tokens.meanwhile(|tokens| {
        Box::pin(async move { assert_eq!(tokens.retry_now(&CATALOGUE, None).await.unwrap(), 1) })
    });

    library.settle_only(&CATALOGUE).await;

    let letter = library.letters(&CATALOGUE).await.remove(0);
    assert_eq!((letter.kind, letter.attempts), (DeadLetterKind::Abandoned, 10));
    assert_eq!(letter.revision, revision + 2, "the retry, and the attempt that was made because of it");
}

/// However often a letter is said to be another, the segment neither spins nor stands.
#[tokio::test]
async fn a_letter_that_is_never_what_it_was_keeps_nobody_busy() {
    let mut library = Library::open();
    book_event(&library, book(7), "book.book-entered", 1, "{").await;
    library.settle_only(&CATALOGUE).await;
    library.stores.clock.advance(SignedDuration::from_secs(2));
    library.stores.tokens.fail_commits(30, CommitFault::LetterChanged);
    let before = library.stores.tokens.commits();

    library.settle_only(&CATALOGUE).await;

    let tries = library.stores.tokens.commits() - before;
    assert!(tries <= 3, "{tries} tries without a wait");
    library.stores.tokens.behave();
    library.shelve(1).await;
    library.settle_only(&CATALOGUE).await;
    assert_eq!(shelf(&library).await, [1]);
    library.stores.clock.advance(SignedDuration::from_mins(6));
    library.settle_only(&CATALOGUE).await;
    assert_eq!(library.letters(&CATALOGUE).await[0].attempts, 2);
}

/// As after a token was set back: what lies before the letter is handled, and the letter stays as it is.
#[tokio::test]
async fn an_event_that_is_read_again_keeps_the_letter_it_has() {
    let mut library = Library::open();
    library.shelve(7).await;
    let bad = book_event(&library, book(7), "book.book-lent", 1, "{").await;
    let behind =
        book_event(&library, book(7), "book.book-made-available", 1, r#"{"no":7,"title":"Seven"}"#).await;
    library.settle_only(&CATALOGUE).await;
    let kept = [("book:7".to_owned(), bad.value(), 1), ("book:7".to_owned(), behind.value(), 0)];
    assert_eq!(summary(&library.letters(&CATALOGUE).await), kept);
    let before = library.letters(&CATALOGUE).await;

    set_back(&mut library).await;
    let more =
        book_event(&library, book(7), "book.book-made-available", 1, r#"{"no":7,"title":"Seven"}"#).await;
    library.settle_only(&CATALOGUE).await;

    assert_eq!(shelf(&library).await, [7], "its own events before the letter do not wait behind it");
    let letters = library.letters(&CATALOGUE).await;
    assert_eq!(letters[..2], before[..]);
    assert_eq!(summary(&letters)[2..], [("book:7".to_owned(), more.value(), 0)]);
    let waiting = library.waiting(&CATALOGUE).await;
    assert!(waiting.starts_with("caught up but for 3 dead letters: event "), "{waiting}");
}

/// Empties the catalogue and lets its processor begin anew, with the letters that it has.
async fn set_back(library: &mut Library) {
    for processor in &mut library.processors {
        processor.close().await;
    }
    let tokens = std::sync::Arc::<tests::faulty_tokens::FaultyTokens>::clone(&library.stores.tokens);
    let state = state_of(&*tokens, &CATALOGUE).await;
    let token = Token { position: Position::START, event: None, ..state.segments[0].token };
    let mut worker = Worker::at(tokens.clone(), &CATALOGUE, state.live, Segment::WHOLE).await;
    let rows = vec![(RowKey::Catalogue(book(7)), None)];
    worker.commit(Commit { token, rows, ..worker.next(0) }).await.unwrap();
    tokens.release(worker.claim()).await.unwrap();
    assert_eq!(shelf(library).await, Vec::<i64>::new());
}

async fn event_at(library: &Library, position: Position) -> EventId {
    library.events().await[position.value() as usize - 1].id
}
