//! What cannot be handled is parked in its sequence, with its cause, and everything else flows.

use std::sync::Arc;

use application::codec::AnyEvent;
use application::ports::dead_letters::{DeadLetterKind, EventOverride};
use application::ports::token_store::{ProcessorName, Row, RowKey};
use application::processing::{DecodedEvent, EventHandler, HandlingError, Projection, Reaction, Sequence};
use application::reactions::{BEST_SELLERS, CATALOGUE, LEND_BOOKS, RECORD_ANSWERS};
use async_trait::async_trait;
use bytes::Bytes;
use domain::book::BookEvent;
use jiff::SignedDuration;
use tests::library::{Library, Node, Stores, book};

use super::{book_event, shelf, summary, three_rents};

#[tokio::test]
async fn a_row_with_bad_json_is_parked_and_others_flow() {
    // T16
    let mut library = Library::open();
    let bad = book_event(&library, book(7), "book.book-entered", 1, "{").await;
    library.shelve(8).await;

    library.settle().await;

    assert_eq!(shelf(&library).await, [8]);
    let letters = library.letters(&CATALOGUE).await;
    assert_eq!(summary(&letters), [("book:7".to_owned(), bad.value(), 1)]);
    assert!(letters[0].failures[0].cause.contains("cannot be read as `book.book-entered`"), "{letters:?}");
    let status = library.control.processor(&CATALOGUE).await.unwrap().unwrap();
    assert_eq!(status.parked, 1);
    let why = format!("caught up but for 1 dead letter: event {bad} failing, attempt 1 of 10");
    assert!(status.waiting.starts_with(&why), "{}", status.waiting);
    assert!(status.last_error.unwrap().contains(&format!("event {bad} failing, attempt 1 of 10")));
    assert_eq!(library.letters(&LEND_BOOKS).await, [], "nobody else wants this type");
}

#[tokio::test]
async fn a_future_revision_is_parked_by_those_who_want_it_and_an_unknown_type_by_all() {
    // T16
    let mut library = Library::open();
    let future = book_event(&library, book(7), "book.book-lent", 99, "{}").await.value();
    let unknown = book_event(&library, book(8), "book.book-burnt", 1, "{}").await.value();

    library.settle().await;

    let both = [("book:7".to_owned(), future, 1), ("book:8".to_owned(), unknown, 1)];
    assert_eq!(summary(&library.letters(&CATALOGUE).await), both);
    assert_eq!(summary(&library.letters(&BEST_SELLERS).await), [both[1].clone()]);
    // Its sequence is the member, whom the event does not name, so the stream stands in.
    let of_answers = [("book-7".to_owned(), future, 1), ("book-8".to_owned(), unknown, 1)];
    assert_eq!(summary(&library.letters(&RECORD_ANSWERS).await), of_answers);
}

#[tokio::test]
async fn followers_park_behind_and_go_on_after_an_edit() {
    // T16, T51
    let mut library = Library::open();
    let bad = book_event(&library, book(7), "book.book-entered", 1, "{").await;
    library.settle().await;
    let available =
        book_event(&library, book(7), "book.book-made-available", 1, r#"{"no":7,"title":"Seven"}"#).await;
    library.shelve(8).await;
    library.settle().await;
    let waiting = [("book:7".to_owned(), bad.value(), 1), ("book:7".to_owned(), available.value(), 0)];
    assert_eq!(summary(&library.letters(&CATALOGUE).await), waiting);
    assert_eq!(shelf(&library).await, [8]);

    let good = library.payload_of("book.book-entered", "\"title\":\"Title 8\"").await;
    let edited = good.replace("\"no\":8", "\"no\":7").replace("Title 8", "Seven");
    let event = library.events().await[bad.value() as usize - 1].id;
    let tokens = &library.stores.tokens;
    let event_override = EventOverride::Edited(Bytes::from(edited));
    application::ports::DeadLetters::put_override(&**tokens, &CATALOGUE, event, event_override)
        .await
        .unwrap();
    application::ports::DeadLetters::retry_now(&**tokens, &CATALOGUE, Some("book:7")).await.unwrap();
    library.stores.clock.advance(SignedDuration::from_secs(3));
    library.settle().await;

    assert_eq!(library.letters(&CATALOGUE).await, []);
    let rows = library.queries.books(&Default::default(), 10).await.unwrap();
    let seven = rows.iter().find(|row| row.no == book(7)).unwrap();
    assert_eq!((seven.title.as_str(), seven.status), ("Seven", domain::book::BookStatus::Available));
}

#[tokio::test]
async fn an_event_to_be_skipped_is_as_if_it_were_not_there_also_in_a_replay() {
    let mut library = Library::open();
    let bad = book_event(&library, book(7), "book.book-entered", 1, "{").await;
    library.settle().await;
    let event = library.events().await[bad.value() as usize - 1].id;
    let tokens = &library.stores.tokens;
    application::ports::DeadLetters::put_override(&**tokens, &CATALOGUE, event, EventOverride::Skipped)
        .await
        .unwrap();
    library.stores.clock.advance(SignedDuration::from_secs(3));
    library.settle().await;
    assert_eq!(library.letters(&CATALOGUE).await, []);

    let stores = Stores { log: Arc::clone(&library.stores.log), ..Stores::empty() };
    let mut again = Library::over(stores, Node { seed: 2, ..Node::default() });
    let tokens = &again.stores.tokens;
    application::ports::DeadLetters::put_override(&**tokens, &CATALOGUE, event, EventOverride::Skipped)
        .await
        .unwrap();
    again.settle().await;
    assert_eq!(again.letters(&CATALOGUE).await, []);
}

#[tokio::test]
async fn a_panic_parks_what_was_handled_and_the_others_run() {
    // T27
    let reactions = |all: Vec<(ProcessorName, Reaction)>| {
        let replace = |(name, reaction): (ProcessorName, Reaction)| match reaction {
            Reaction::Projection(inner) if name == CATALOGUE => {
                (name, Reaction::Projection(Arc::new(Superstitious(inner)) as Arc<dyn Projection>))
            }
            Reaction::Handler(inner) if name == LEND_BOOKS => {
                (name, Reaction::Handler(Arc::new(Superstitious(inner)) as Arc<dyn EventHandler>))
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

    assert_eq!(shelf(&library).await, [12, 14]);
    let letters = library.letters(&LEND_BOOKS).await;
    let kept: Vec<_> = letters.iter().map(|l| (l.sequence.as_str(), l.attempts)).collect();
    assert_eq!(kept, [("book:13", 3)], "an event is tried three times in place");
    assert_eq!(letters[0].failures[0].cause, "the reaction panicked: not this one");
    let lent = library.happened().await.iter().filter(|kind| *kind == "book.book-lent").count();
    assert_eq!(lent, 2);
}

struct Superstitious<T: ?Sized>(Arc<T>);

impl Projection for Superstitious<dyn Projection> {
    fn wanted(&self) -> &'static [&'static str] {
        self.0.wanted()
    }

    fn sequence(&self) -> Sequence {
        self.0.sequence()
    }

    fn row(&self, event: &AnyEvent) -> Option<RowKey> {
        self.0.row(event)
    }

    fn apply(&self, old: Option<Row>, happened: &DecodedEvent) -> Option<Row> {
        match &happened.event {
            AnyEvent::Book(BookEvent::BookEntered { details }) if details.no.value() == 13 => {
                panic!("not this one")
            }
            _ => self.0.apply(old, happened),
        }
    }
}

#[async_trait]
impl EventHandler for Superstitious<dyn EventHandler> {
    fn wanted(&self) -> &'static [&'static str] {
        self.0.wanted()
    }

    fn sequence(&self) -> Sequence {
        self.0.sequence()
    }

    async fn handle(&self, happened: &DecodedEvent) -> Result<(), HandlingError> {
        if happened.metadata.keys.book == Some(book(13)) {
            panic!("not this one");
        }
        self.0.handle(happened).await
    }
}

#[tokio::test]
async fn a_batch_that_fails_as_a_whole_is_halved_to_the_culprit() {
    let mut library = Library::open();
    for no in 1..=9 {
        library.shelve(no).await;
    }
    library.stores.tokens.make_unreadable(Some(RowKey::Catalogue(book(3))));

    library.settle().await;

    assert_eq!(shelf(&library).await, [1, 2, 4, 5, 6, 7, 8, 9]);
    let letters = library.letters(&CATALOGUE).await;
    assert!(
        letters.iter().all(|letter| letter.sequence == "book:3" && letter.kind == DeadLetterKind::Parked)
    );
    assert_eq!(letters.iter().map(|letter| letter.attempts).collect::<Vec<_>>(), [1, 0]);

    library.stores.tokens.make_unreadable(None);
    library.stores.clock.advance(SignedDuration::from_secs(3));
    library.settle().await;
    assert_eq!(shelf(&library).await.len(), 9);
    assert_eq!(library.letters(&CATALOGUE).await, []);
}

#[tokio::test]
async fn what_is_too_new_on_a_shared_store_leaves_the_segment_to_a_newer_node() {
    let settings = application::processing::ProcessorSettings { exclusive: false, segments: 1 };
    let mut library = Library::over(Stores::empty(), Node { settings, ..Node::default() });
    library.shelve(1).await;
    let unknown = book_event(&library, book(8), "book.book-burnt", 1, "{}").await;
    library.shelve(2).await;

    library.settle().await;

    assert_eq!(library.letters(&CATALOGUE).await, []);
    assert_eq!(shelf(&library).await, [1]);
    let status = library.control.processor(&CATALOGUE).await.unwrap().unwrap();
    assert_eq!(status.waiting, "event type book.book-burnt is too new for this node");
    assert_eq!(status.position.value(), unknown.value() - 1);
    assert!(status.segments.iter().all(|segment| segment.owner.is_none()), "{status:?}");
}
