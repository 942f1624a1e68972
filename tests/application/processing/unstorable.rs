//! Rows and letters that cannot be stored or read: the letter is kept and its attempts are counted, and all else goes
//! on.

use application::ports::DeadLetters;
use application::ports::TokenStore;
use application::ports::dead_letters::DeadLetterKind;
use application::ports::token_store::RowKey;
use application::reactions::{CATALOGUE, LOANS};
use domain::{BookNo, ProcessId};
use jiff::SignedDuration;
use tests::faulty_tokens::CommitFault;
use tests::library::{Library, book};

use super::{book_event, shelf, summary};

#[tokio::test]
async fn a_parked_event_whose_rows_cannot_be_stored_is_counted_and_its_segment_reads_on() {
    // T102
    let mut library = Library::open();
    library.stores.tokens.make_unstorable(Some(RowKey::Catalogue(book(7))));
    library.shelve(7).await;
    library.settle_only(&CATALOGUE).await;
    assert_eq!(attempts(&library).await, [1, 0]);

    for tries in 2..=10 {
        library.shelve(100 + tries).await;
        library.stores.clock.advance(SignedDuration::from_mins(6));
        library.settle_only(&CATALOGUE).await;
        assert_eq!(attempts(&library).await, [u32::try_from(tries).unwrap(), 0]);
        assert_eq!(shelf(&library).await.len() as i64, tries - 1);
    }

    let letters = library.letters(&CATALOGUE).await;
    assert!(letters.iter().any(|letter| letter.kind == DeadLetterKind::Abandoned), "{letters:?}");
    assert!(
        letters.iter().any(|letter| letter.failures.iter().all(|f| f.cause.contains("cannot be stored")))
    );
    library.stores.tokens.make_unstorable(None);
    library.stores.tokens.retry_now(&CATALOGUE, None).await.unwrap();
    library.stores.clock.advance(SignedDuration::from_secs(3));
    library.settle_only(&CATALOGUE).await;
    assert_eq!(library.letters(&CATALOGUE).await, []);
    assert_eq!(shelf(&library).await.len(), 10);
}

/// Of those tried together, the one whose row it is.
#[tokio::test]
async fn a_head_is_not_charged_for_the_row_of_a_letter_behind_it() {
    for is_read in [true, false] {
        let mut library = Library::open();
        let jenny = library.join("jenny", 0).await;
        let (first, second) = (library.shelve(1).await, library.shelve(2).await);
        let rents = [library.rent(&jenny, first).await, library.rent(&jenny, second).await].map(loan);
        library.stores.tokens.make_unstorable(Some(rents[0]));
        library.settle_only(&LOANS).await;
        assert_eq!(summary(&library.letters(&LOANS).await).len(), 2);

        let second = Some(rents[1]);
        library.stores.tokens.make_unstorable(second.filter(|_| !is_read));
        library.stores.tokens.make_unreadable(second.filter(|_| is_read));
        // What rows it had read goes with the claim.
        for processor in &mut library.processors {
            processor.close().await;
        }
        library.stores.clock.advance(SignedDuration::from_secs(2));
        library.settle_only(&LOANS).await;

        let letters = library.letters(&LOANS).await;
        let kept: Vec<_> = letters.iter().map(|letter| (letter.attempts, letter.failures.len())).collect();
        assert_eq!(kept, [(1, 1)], "{letters:?}");
        assert_eq!(rows(&library).await, [rents[0]]);
        library.stores.tokens.make_unreadable(None);
        library.stores.tokens.make_unstorable(None);
        library.stores.clock.advance(SignedDuration::from_secs(3));
        library.settle_only(&LOANS).await;
        assert_eq!(library.letters(&LOANS).await, []);
    }
}

#[tokio::test]
async fn a_sequence_whose_letters_cannot_be_read_is_put_off_and_its_segment_reads_on() {
    let mut library = Library::open();
    let bad = book_event(&library, book(7), "book.book-entered", 1, "{").await;
    library.settle_only(&CATALOGUE).await;
    library.stores.tokens.make_sequence_unreadable(Some("book:7"));

    for no in 1..=4 {
        library.shelve(no).await;
        library.stores.clock.advance(SignedDuration::from_secs(2));
        library.settle_only(&CATALOGUE).await;
        assert_eq!(shelf(&library).await.len() as i64, no);
    }

    let status = library.control.processor(&CATALOGUE).await.unwrap().unwrap();
    assert!(status.last_error.unwrap().contains("a parked sequence cannot be tried"));
    assert_eq!(summary(&library.letters(&CATALOGUE).await), [("book:7".to_owned(), bad.value(), 1)]);
    library.stores.tokens.make_sequence_unreadable(None);
    library.stores.clock.advance(SignedDuration::from_mins(6));
    library.settle_only(&CATALOGUE).await;
    assert_eq!(summary(&library.letters(&CATALOGUE).await), [("book:7".to_owned(), bad.value(), 2)]);
}

/// A claim is renewed to hear what operators say; that is no reason to begin anew.
#[tokio::test]
async fn a_sequence_that_is_put_off_is_tried_ever_later() {
    let mut library = Library::open();
    book_event(&library, book(7), "book.book-entered", 1, "{").await;
    library.settle_only(&CATALOGUE).await;
    library.stores.tokens.make_sequence_unreadable(Some("book:7"));

    for _ in 0..100 {
        library.stores.clock.advance(SignedDuration::from_secs(1));
        library.settle_only(&CATALOGUE).await;
    }

    let reads = library.stores.tokens.sequences_read();
    assert!((8..30).contains(&reads), "it was read {reads} times");
    library.stores.tokens.make_sequence_unreadable(None);
    assert_eq!(library.stores.tokens.retry_now(&CATALOGUE, None).await.unwrap(), 1);
    library.stores.clock.advance(SignedDuration::from_secs(3));
    library.settle_only(&CATALOGUE).await;
    assert_eq!(attempts(&library).await, [2], "who asks for a try does not wait");
}

/// The try, the head alone, and that the head failed.
#[tokio::test]
async fn a_sequence_of_which_nothing_can_be_stored_is_put_off_and_its_segment_reads_on() {
    let mut library = Library::open();
    book_event(&library, book(7), "book.book-entered", 1, "{").await;
    library.settle_only(&CATALOGUE).await;
    library.stores.clock.advance(SignedDuration::from_secs(2));
    library.stores.tokens.fail_commits(4, CommitFault::Corrupt);
    library.shelve(1).await;

    library.settle_only(&CATALOGUE).await;

    assert_eq!(shelf(&library).await, [1]);
    assert_eq!(attempts(&library).await, [1]);
    library.stores.clock.advance(SignedDuration::from_secs(2));
    library.settle_only(&CATALOGUE).await;
    assert_eq!(attempts(&library).await, [2]);
}

async fn attempts(library: &Library) -> Vec<u32> {
    let mut letters = library.letters(&CATALOGUE).await;
    letters.sort_by_key(|letter| letter.position());
    letters.iter().map(|letter| letter.attempts).collect()
}

async fn rows(library: &Library) -> Vec<RowKey> {
    let rows = library.stores.tokens.live_rows(&LOANS, None, 10).await.unwrap();
    rows.iter().map(application::ports::token_store::Row::key).collect()
}

fn loan(process: ProcessId) -> RowKey {
    match process {
        ProcessId::Rent(id) => RowKey::Loan(id),
        ProcessId::Return(_) | ProcessId::Clearing(_) => RowKey::Catalogue(BookNo::parse(1).unwrap()),
    }
}
