//! What is away is waited for, with the reason in the status, and nothing is lost or parked meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use application::ports::DeadLetters;
use application::ports::dead_letters::{DeadLetterKind, EventOverride, LETTERS_PER_SEQUENCE_MAX};
use application::ports::token_store::ProcessorName;
use application::processing::{DecodedEvent, EventHandler, HandlingError, Reaction, Sequence};
use application::reactions::{CATALOGUE, LEND_BOOKS};
use async_trait::async_trait;
use domain::rental_card::attempt::Status;
use jiff::SignedDuration;
use tests::faulty_store::AppendFault;
use tests::faulty_tokens::CommitFault;
use tests::library::{Library, book};

use super::{book_event, shelf, three_rents};

#[tokio::test]
async fn a_token_store_that_is_away_is_waited_for_while_appends_go_on() {
    // T24
    let mut library = Library::open();
    library.settle().await;
    library.stores.tokens.fail_commits(3, CommitFault::Away);
    library.shelve(1).await;
    library.settle_only(&CATALOGUE).await;
    assert!(library.waiting(&CATALOGUE).await.contains("unplugged"));
    assert!(shelf(&library).await.is_empty());
    library.shelve(2).await;

    for _ in 0..4 {
        library.stores.clock.advance(SignedDuration::from_secs(5));
        library.settle_only(&CATALOGUE).await;
    }

    assert_eq!(shelf(&library).await, [1, 2]);
    assert_eq!(library.waiting(&CATALOGUE).await, "caught up");
}

/// Claims run out while a long one is waited out; that costs no try, and it is not what the status says.
#[tokio::test]
async fn a_token_store_that_was_away_for_long_is_used_at_the_first_try_that_can_be() {
    let mut library = Library::open();
    library.settle().await;
    library.stores.tokens.fail_commits(9, CommitFault::Away);
    library.shelve(1).await;
    for failure in 1..=9 {
        library.settle_only(&CATALOGUE).await;
        let waiting = library.waiting(&CATALOGUE).await;
        assert!(waiting.contains("unplugged"), "after {failure} failures: {waiting}");
        // Each wait is at most twice the one before it, from half a second up to thirty.
        library.stores.clock.advance(SignedDuration::from_millis((250 << failure).min(30_000)));
    }

    library.settle_only(&CATALOGUE).await;

    assert_eq!(shelf(&library).await, [1]);
}

#[tokio::test]
async fn an_event_store_that_is_away_parks_nothing() {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    let process = library.rent(&jenny, no).await;
    library.stores.log.next_append(AppendFault::Away);
    library.settle_only(&LEND_BOOKS).await;
    assert!(library.waiting(&LEND_BOOKS).await.contains("waits: "), "{}", library.waiting(&LEND_BOOKS).await);
    assert_eq!(library.holder(no).await, None);

    library.stores.clock.advance(SignedDuration::from_secs(1));
    library.settle().await;

    assert_eq!(library.process(process).await.status, Status::Completed);
    assert_eq!(library.letters(&LEND_BOOKS).await, []);
}

#[tokio::test]
async fn a_sequence_that_is_full_makes_the_segment_wait_and_drops_nothing() {
    let mut library = Library::open();
    let bad = book_event(&library, book(7), "book.book-entered", 1, "{").await;
    for _ in 0..LETTERS_PER_SEQUENCE_MAX {
        book_event(&library, book(7), "book.book-made-available", 1, r#"{"no":7,"title":"Seven"}"#).await;
    }
    library.settle().await;
    let waiting = library.waiting(&CATALOGUE).await;
    assert!(waiting.contains("the dead letters of catalogue are full"), "{waiting}");

    let event = library.events().await[bad.value() as usize - 1].id;
    library.stores.tokens.put_override(&CATALOGUE, event, EventOverride::Skipped).await.unwrap();
    for _ in 0..10 {
        library.stores.clock.advance(SignedDuration::from_secs(20));
        library.settle().await;
    }

    assert_eq!(library.letters(&CATALOGUE).await, []);
    assert_eq!(library.waiting(&CATALOGUE).await, "caught up");
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_prolong_a_wait() {
    // T25
    let mut library = Library::open();
    library.settle().await;
    library.stores.tokens.fail_commits(1, CommitFault::Away);
    library.shelve(1).await;
    library.settle_only(&CATALOGUE).await;
    assert!(shelf(&library).await.is_empty());

    library.stores.clock.advance(SignedDuration::from_hours(-1));
    library.settle_only(&CATALOGUE).await;

    assert_eq!(shelf(&library).await, [1]);
}

#[tokio::test]
async fn a_claim_that_is_extended_outlives_its_time() {
    let mut library = Library::open();
    library.settle().await;
    let before = library.control.processor(&CATALOGUE).await.unwrap().unwrap();
    for _ in 0..10 {
        library.stores.clock.advance(SignedDuration::from_secs(4));
        for processor in &library.processors {
            processor.renewer().extend_if_due().await;
        }
    }
    let after = library.control.processor(&CATALOGUE).await.unwrap().unwrap();
    assert_eq!(before.segments, after.segments);
    assert!(after.segments[0].owner.is_some());
}

/// More often than a letter is tried before it is given up.
const BUSY_FOR: usize = 25;

#[tokio::test]
async fn a_key_whose_stream_is_busy_waits_alone_and_is_not_given_up() {
    let reactions = |all: Vec<(ProcessorName, Reaction)>| {
        let replace = |(name, reaction): (ProcessorName, Reaction)| match reaction {
            Reaction::Handler(inner) if name == LEND_BOOKS => {
                (name, Reaction::Handler(Arc::new(Crowded { inner, left: AtomicUsize::new(BUSY_FOR) })))
            }
            Reaction::Projection(_)
            | Reaction::Handler(_)
            | Reaction::Consumer(_)
            | Reaction::Learner(_)
            | Reaction::Relay(_) => (name, reaction),
        };
        all.into_iter().map(replace).collect()
    };
    let mut library = three_rents(reactions).await;

    library.settle().await;

    let lent: Vec<bool> = holders(&library).await;
    assert_eq!(lent, [true, false, true]);
    let waiting = library.waiting(&LEND_BOOKS).await;
    assert!(waiting.starts_with("caught up but for 1 dead letter: event "), "{waiting}");
    for _ in 0..2 * BUSY_FOR {
        for letter in library.letters(&LEND_BOOKS).await {
            assert_eq!(
                (letter.kind, letter.attempts),
                (DeadLetterKind::Parked, 0),
                "it is no failure of its own"
            );
            assert!(letter.failures[0].cause.contains("kept changing"), "{letter:?}");
            assert_eq!(letter.failures.len(), 1);
        }
        library.stores.clock.advance(SignedDuration::from_secs(2));
        library.settle().await;
    }
    assert_eq!(library.letters(&LEND_BOOKS).await, []);
    assert_eq!(holders(&library).await, [true, true, true]);
}

async fn holders(library: &Library) -> Vec<bool> {
    let mut lent = vec![];
    for no in [12, 13, 14] {
        lent.push(library.holder(book(no)).await.is_some());
    }
    lent
}

/// Finds the stream of one book busy, a number of times.
struct Crowded {
    inner: Arc<dyn EventHandler>,
    left: AtomicUsize,
}

#[async_trait]
impl EventHandler for Crowded {
    fn wanted(&self) -> &'static [&'static str] {
        self.inner.wanted()
    }

    fn sequence(&self) -> Sequence {
        self.inner.sequence()
    }

    async fn handle(&self, happened: &DecodedEvent) -> Result<(), HandlingError> {
        let is_of_it = happened.metadata.keys.book == Some(book(13));
        let less = |left: usize| left.checked_sub(1);
        if is_of_it && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            return Err(HandlingError::Busy("book-13 kept changing".into()));
        }
        self.inner.handle(happened).await
    }
}
