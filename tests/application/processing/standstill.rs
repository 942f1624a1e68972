//! Healthy means progress: a processor that cannot go on says so wherever it is asked, and by itself in the numbers
//! (T107).

use std::sync::Arc;

use adapters::http::{self, PrometheusHandle};
use application::control::{Course, rebuild_views};
use application::ports::ProcessorAdmin;
use application::ports::event_store::Position;
use application::ports::processor_admin::Desired;
use application::ports::token_store::{Segment, TokenError};
use application::processing::{ProcessorSettings, ProcessorStatus};
use application::queries::QueryError;
use application::reactions::{BEST_SELLERS, CATALOGUE, LEND_BOOKS, PROCESSES};
use application::verify::verify;
use jiff::SignedDuration;
use tests::faulty_store::{FaultyStore, ReadFault, SwitchedStore};
use tests::faulty_tokens::CommitFault;
use tests::library::{Library, Node, Stores, book};

use super::{book_event, shelf};

/// How the catalogue stands in a log that ends at `head`: why it failed, and how many events lie before it.
async fn catalogue(library: &Library) -> ProcessorStatus {
    library.control.processor(&CATALOGUE).await.unwrap().unwrap()
}

/// A library whose tokens are of the log as it was before a backup with this many books in it was restored.
async fn restored(books: i64) -> Library {
    let mut before = Library::open();
    for no in 1..=7 {
        before.shelve(no).await;
    }
    before.settle().await;
    for processor in &mut before.processors {
        processor.close().await;
    }
    let stores = Stores { log: Stores::log(1), ..before.stores.clone() };
    let after = Library::over(stores, Node { seed: 2, ..Node::default() });
    for no in 1..=books {
        after.shelve(no).await;
    }
    after
}

#[tokio::test]
async fn a_processor_whose_token_is_of_another_log_has_failed_with_all_of_the_log_before_it() {
    // Shorter than before, and grown beyond that.
    for books in [3, 9] {
        let mut library = restored(books).await;
        let at_once = catalogue(&library).await;
        library.settle().await;

        for status in [at_once, catalogue(&library).await] {
            let failed = status.failed.clone().unwrap();
            assert!(
                failed.starts_with("the token is of another log: at position 14 it names event "),
                "{failed}"
            );
            assert!(failed.contains("`rental rebuild-views`"), "{failed}");
            assert_eq!((&status.waiting, status.foreign), (&failed, true));
            assert_eq!(status.head.value(), 2 * books.unsigned_abs());
            assert_eq!(status.lag(status.head), status.head.value());
            assert_eq!(status.next(), Position::new(1));
        }
    }
}

#[tokio::test]
async fn before_a_token_of_another_log_lies_never_nothing() {
    let library = restored(0).await;
    let status = catalogue(&library).await;
    assert_eq!((status.head, status.lag(status.head)), (Position::START, 1));
}

#[tokio::test]
async fn a_paused_processor_has_not_failed_and_still_knows_what_lies_before_it() {
    let mut library = restored(3).await;
    let desired = Desired::Paused { by: "me".to_owned(), reason: "a look".to_owned() };
    library.stores.tokens.set_desired(&CATALOGUE, desired).await.unwrap();
    library.settle().await;
    let status = catalogue(&library).await;
    assert_eq!((status.failed.as_deref(), &*status.waiting), (None, "paused by me: a look"));
    assert_eq!(status.lag(status.head), 6);
}

/// Its event may be gone: what followed from it would be of a future that the log does not have.
#[tokio::test]
async fn a_letter_is_not_tried_again_beside_another_log() {
    let mut before = Library::open();
    book_event(&before, book(7), "book.book-entered", 1, "{").await;
    before.settle().await;
    for processor in &mut before.processors {
        processor.close().await;
    }
    let letters = before.letters(&CATALOGUE).await;
    assert_eq!(letters.len(), 1);
    let stores = Stores { log: Stores::log(1), ..before.stores.clone() };
    let mut after = Library::over(stores, Node { seed: 2, ..Node::default() });
    after.stores.clock.advance(SignedDuration::from_secs(10));

    after.settle().await;

    assert_eq!(after.letters(&CATALOGUE).await, letters);
    assert!(catalogue(&after).await.failed.is_some());
}

#[tokio::test]
async fn a_log_that_contradicts_itself_fails_its_readers_until_it_can_be_read_again() {
    let mut library = Library::open();
    library.shelve(1).await;
    library.settle().await;
    library.stores.log.fail_reads(Some(ReadFault::Torn));
    library.shelve(2).await;
    library.settle().await;

    let status = catalogue(&library).await;
    let failed = status.failed.clone().unwrap();
    assert!(failed.contains("position 2 is missing"), "{failed}");
    assert_eq!((status.lag(status.head), status.foreign), (2, false));

    library.stores.log.fail_reads(None);
    library.stores.clock.advance(SignedDuration::from_secs(1));
    library.settle().await;
    let status = catalogue(&library).await;
    assert_eq!((status.failed, &*status.waiting), (None, "caught up"));
}

#[tokio::test]
async fn a_store_that_is_away_for_a_moment_fails_nothing_and_mends_nothing() {
    let mut library = Library::open();
    library.settle().await;
    library.shelve(1).await;
    library.stores.log.fail_reads(Some(ReadFault::Away));
    library.settle().await;
    library.stores.tokens.fail_commits(1, CommitFault::Away);
    assert_eq!(catalogue(&library).await.failed, None);
    library.stores.log.fail_reads(None);
    library.stores.clock.advance(SignedDuration::from_secs(1));
    library.settle().await;
    let status = catalogue(&library).await;
    assert!(status.waiting.contains("unplugged") && status.failed.is_none(), "{status:?}");

    let mut failed = restored(3).await;
    failed.settle().await;
    failed.stores.log.fail_reads(Some(ReadFault::Away));
    failed.stores.clock.advance(SignedDuration::from_secs(31));
    failed.settle().await;
    assert!(catalogue(&failed).await.failed.is_some(), "what was found out does not change with that");
}

#[tokio::test]
async fn a_view_of_another_log_is_not_answered_from() {
    for books in [3, 9] {
        let mut library = restored(books).await;
        let before = refused(&library).await;
        library.settle().await;
        assert_eq!((before, refused(&library).await), ([true; 5], [true; 5]), "{books} books");
    }
}

/// Whether each query of a view is refused because of the log it was built from.
async fn refused(library: &Library) -> [bool; 5] {
    let queries = &library.queries;
    let all = application::ports::best_seller_view::Period::All;
    let rent = domain::ProcessId::Rent(domain::RentalId::new(uuid::Uuid::nil()));
    let answers = [
        queries.books(&Default::default(), 9).await.err(),
        queries.ranking(all, 9).await.err(),
        queries.processes(&Default::default(), 9).await.err(),
        queries.process(rent).await.err(),
        queries.wait_for(&CATALOGUE, Position::new(1)).await.err(),
    ];
    answers.map(|error| {
        let view = match &error {
            Some(QueryError::ViewOfAnotherLog { view, .. }) => view.clone(),
            other => panic!("{other:?}"),
        };
        [CATALOGUE, BEST_SELLERS, PROCESSES].contains(&view)
    })
}

#[tokio::test]
async fn a_log_that_is_exchanged_under_the_processors_is_found_out_by_their_next_page() {
    let switched = SwitchedStore::over(Stores::log(1));
    let log = FaultyStore::around(Arc::clone(&switched) as _);
    let mut library = Library::over(Stores { log, ..Stores::empty() }, Node::default());
    library.shelve(1).await;
    library.settle().await;
    assert_eq!(shelf(&library).await, [1]);

    switched.switch_to(Stores::log(1));
    library.shelve(5).await;
    library.settle().await;

    assert!(matches!(
        library.queries.books(&Default::default(), 9).await,
        Err(QueryError::ViewOfAnotherLog { .. })
    ));
    assert!(catalogue(&library).await.failed.is_some());
}

/// It had passed events that do not concern it, and a log without them was put back: what it has stored fits.
#[tokio::test]
async fn a_token_that_was_never_stored_fails_nothing_when_the_log_is_put_back_to_before_it() {
    let switched = SwitchedStore::over(Stores::log(1));
    let log = FaultyStore::around(Arc::clone(&switched) as _);
    let mut library = Library::over(Stores { log, ..Stores::empty() }, Node::default());
    library.shelve(1).await;
    library.settle().await;
    let backup = library.log_as_at(2).await;
    library.join("jenny", 0).await;
    let at = library.processors.iter().position(|processor| *processor.name() == CATALOGUE).unwrap();
    library.processors[at].step().await;

    switched.switch_to(backup);
    library.settle_only(&CATALOGUE).await;

    let status = catalogue(&library).await;
    assert_eq!((status.failed, &*status.waiting, status.position.value()), (None, "caught up", 2));
    assert_eq!(shelf(&library).await, [1]);
}

/// Whoever wrote to the tables by hand took it away: nobody handles what belongs to it, and nobody can say how far it
/// had come.
#[tokio::test]
async fn a_processor_without_one_of_its_segments_has_failed_until_it_begins_anew() {
    let settings = ProcessorSettings { segments: 4, ..ProcessorSettings::default() };
    let mut library = Library::over(Stores::empty(), Node { settings, ..Node::default() });
    for no in 1..=8 {
        library.shelve(no).await;
    }
    library.settle().await;
    for processor in &mut library.processors {
        processor.close().await;
    }
    library.stores.tokens.lose_segment(&CATALOGUE, Segment { id: 1, mask: 3 });
    assert!(catalogue(&library).await.failed.is_some(), "it is known before anybody has claimed");
    library.stores.clock.advance(SignedDuration::from_secs(1));
    library.settle().await;

    let status = catalogue(&library).await;
    assert_eq!((status.position, status.lag(status.head)), (Position::START, status.head.value()));
    assert!(status.last_error.is_some_and(|error| error.starts_with("a segment of it is missing")));
    let report = verify(&*library.stores.log, &library.stores.ports()).await.unwrap();
    let is_found = report.violations.iter().any(|one| one.found.contains("is without one of its segments"));
    assert!(is_found, "{report:#?}");
    let failed = status.failed.unwrap();
    assert!(failed.starts_with("a segment of it is missing"), "{failed}");
    let refusal = library.queries.books(&Default::default(), 9).await;
    assert!(matches!(refusal, Err(QueryError::Tokens(TokenError::Corrupt { .. }))), "{refusal:?}");
    assert!(failed.contains("`rental rebuild-views`"), "{failed}");
    let mut restarted = Library::over(library.stores.clone(), Node { seed: 2, settings, ..Node::default() });
    restarted.settle().await;
    assert!(catalogue(&restarted).await.failed.is_some());

    for processor in library.processors.iter_mut().chain(&mut restarted.processors) {
        processor.close().await;
    }
    let rebuilding = rebuild_views(&*library.stores.log, &library.stores.ports()).await.unwrap();
    let of_view = rebuilding.processors.iter().find(|rebuilt| rebuilt.name == CATALOGUE).unwrap();
    assert_eq!(of_view.course, Course::Anew);
    let mut mended = Library::over(library.stores.clone(), Node { seed: 3, settings, ..Node::default() });
    mended.settle().await;
    let status = catalogue(&mended).await;
    assert_eq!((status.failed, status.segments.len()), (None, 4));
    assert_eq!(shelf(&mended).await, [1, 2, 3, 4, 5, 6, 7, 8]);
}

/// Nobody knows how far the segment was, also a process that never saw it.
#[tokio::test]
async fn a_segment_that_is_missing_has_the_whole_log_before_it() {
    let (handle, _guard) = numbers();
    let mut library = Library::open();
    library.shelve(1).await;
    library.stores.tokens.lose_segment(&CATALOGUE, Segment::WHOLE);
    library.settle().await;
    assert_eq!(gauge(&handle, "rental_processor_failed", "catalogue", "0/0").as_deref(), Some("1"));
    assert_eq!(gauge(&handle, "rental_processor_lag_events", "catalogue", "0/0").as_deref(), Some("2"));
}

#[tokio::test]
async fn a_handler_without_one_of_its_segments_handles_the_whole_log_again_and_nothing_twice() {
    let settings = ProcessorSettings { segments: 4, ..ProcessorSettings::default() };
    let mut library = Library::over(Stores::empty(), Node { settings, ..Node::default() });
    library.lived_in().await;
    for processor in &mut library.processors {
        processor.close().await;
    }
    let before = library.events().await.len();
    library.stores.tokens.lose_segment(&LEND_BOOKS, Segment { id: 0, mask: 3 });

    let rebuilding = rebuild_views(&*library.stores.log, &library.stores.ports()).await.unwrap();

    let of_handler = rebuilding.processors.iter().find(|rebuilt| rebuilt.name == LEND_BOOKS).unwrap();
    assert_eq!(of_handler.course, Course::AnewAfterMissingSegment);
    let mut mended = Library::over(library.stores.clone(), Node { seed: 3, settings, ..Node::default() });
    mended.settle().await;
    assert_eq!(mended.events().await.len(), before);
}

/// A view that another node keeps, one that is paused, and one that nobody has begun.
#[tokio::test]
async fn a_view_of_this_log_is_answered_from_whoever_keeps_it() {
    let mut first = Library::open();
    first.shelve(1).await;
    first.settle().await;
    let mut second = first.second_node(2);
    assert_eq!(shelf(&second).await, [1]);
    second.settle().await;
    assert_eq!(shelf(&second).await, [1]);

    let desired = Desired::Paused { by: "me".to_owned(), reason: "a look".to_owned() };
    first.stores.tokens.set_desired(&CATALOGUE, desired).await.unwrap();
    first.stores.clock.advance(SignedDuration::from_secs(4));
    first.settle().await;
    first.shelve(2).await;
    assert_eq!(shelf(&first).await, [1]);
    assert_eq!(shelf(&Library::open()).await, [0; 0]);
}

/// The numbers of everything that runs on this thread.
fn numbers() -> (PrometheusHandle, metrics::LocalRecorderGuard<'static>) {
    let recorder = Box::leak(Box::new(http::recorder().unwrap()));
    (recorder.handle(), metrics::set_default_local_recorder(recorder))
}

/// What a gauge of a segment says; none when it says nothing.
fn gauge(handle: &PrometheusHandle, name: &str, processor: &str, segment: &str) -> Option<String> {
    let line = format!("{name}{{processor=\"{processor}\",segment=\"{segment}\"}} ");
    handle.render().lines().find_map(|found| found.strip_prefix(&line).map(str::to_owned))
}

#[tokio::test]
async fn gauges_are_kept_by_the_work_and_stay_when_it_stands() {
    let (handle, _guard) = numbers();
    let mut library = restored(3).await;
    library.settle().await;
    let of = |name| gauge(&handle, name, "catalogue", "0/0");
    assert_eq!(of("rental_processor_lag_events").as_deref(), Some("6"));
    assert_eq!(of("rental_processor_failed").as_deref(), Some("1"));

    let mut good = Library::open();
    good.settle().await;
    assert_eq!(of("rental_processor_failed").as_deref(), Some("0"));
    book_event(&good, book(7), "book.book-entered", 1, "{").await;
    book_event(&good, book(7), "book.book-made-available", 1, r#"{"no":7,"title":"Seven"}"#).await;
    good.settle().await;
    assert_eq!(of("rental_processor_parked_letters").as_deref(), Some("2"), "nobody asked for it");
    assert_eq!(of("rental_processor_lag_events").as_deref(), Some("0"));
}

#[tokio::test]
async fn what_lies_before_a_paused_processor_is_measured_all_the_same() {
    let (handle, _guard) = numbers();
    let mut library = Library::open();
    library.settle().await;
    let desired = Desired::Paused { by: "me".to_owned(), reason: "a look".to_owned() };
    library.stores.tokens.set_desired(&CATALOGUE, desired).await.unwrap();
    library.shelve(1).await;
    library.stores.clock.advance(SignedDuration::from_secs(4));
    library.settle().await;
    assert_eq!(gauge(&handle, "rental_processor_lag_events", "catalogue", "0/0").as_deref(), Some("2"));
    assert_eq!(gauge(&handle, "rental_processor_failed", "catalogue", "0/0").as_deref(), Some("0"));
}

#[tokio::test]
async fn what_lies_before_an_event_that_is_too_new_is_measured_all_the_same() {
    let (handle, _guard) = numbers();
    let settings = application::processing::ProcessorSettings { exclusive: false, segments: 1 };
    let mut library = Library::over(Stores::empty(), Node { settings, ..Node::default() });
    library.shelve(1).await;
    library.settle().await;
    book_event(&library, book(8), "book.book-burnt", 1, "{}").await;
    library.shelve(2).await;
    library.settle().await;
    assert_eq!(gauge(&handle, "rental_processor_lag_events", "catalogue", "0/0").as_deref(), Some("3"));
}

#[tokio::test]
async fn each_segment_has_gauges_of_its_own_and_only_those_of_its_owner_count() {
    let (handle, _guard) = numbers();
    let settings = application::processing::ProcessorSettings { exclusive: false, segments: 2 };
    let mut library = Library::over(Stores::empty(), Node { settings, ..Node::default() });
    let (no, segment) = (1..20)
        .map(|no| (book(no), application::ports::token_store::Segment { id: 0, mask: 1 }))
        .find(|(no, segment)| segment.holds(&format!("book:{no}")))
        .unwrap();
    assert_eq!(segment.id, 0);
    book_event(&library, no, "book.book-entered", 1, "{").await;
    library.settle().await;
    let parked = |segment| gauge(&handle, "rental_processor_parked_letters", "catalogue", segment);
    assert_eq!((parked("0/1").as_deref(), parked("1/1").as_deref()), (Some("1"), Some("0")));

    let stores = library.stores.clone();
    let mut second = Library::over(stores, Node { seed: 2, settings, ..Node::default() });
    second.settle().await;
    assert_eq!((parked("0/1").as_deref(), parked("1/1").as_deref()), (Some("0"), Some("0")));
}
