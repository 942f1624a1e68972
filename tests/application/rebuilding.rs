//! Views that are built again from the log: what stays, what is done again without effect, and when it is refused.

use application::control::{Course, RebuildError, Rebuilding, Rebuilt, rebuild_views};
use application::ports::DeadLetters;
use application::ports::ProcessorAdmin;
use application::ports::dead_letters::EventOverride;
use application::ports::event_store::{EventStore, Position};
use application::ports::processor_admin::Desired;
use application::ports::token_store::{ProcessorName, Segment};
use application::ports::{StoreError, TokenStore};
use application::reactions::{
    BEST_SELLERS, CATALOGUE, COUNT_RENTALS, LEND_BOOKS, LOANS, PROCESSES, RECORD_ANSWERS,
};
use application::verify::verify;
use jiff::SignedDuration;
use tests::faulty_store::ReadFault;
use tests::library::{Library, Node, RawEvent, Stores, book};

const VIEWS: [ProcessorName; 4] = [CATALOGUE, LOANS, BEST_SELLERS, PROCESSES];

async fn lived_in() -> Library {
    let mut library = Library::open();
    library.lived_in().await;
    library
}

/// The same tokens and views beside the log as it was at this position.
async fn restored(mut library: Library, to: u64) -> Library {
    close(&mut library).await;
    let log = library.log_as_at(to).await;
    let stores = Stores { log, ..library.stores.clone() };
    Library::over(stores, Node { seed: 2, ..Node::default() })
}

async fn close(library: &mut Library) {
    for processor in &mut library.processors {
        processor.close().await;
    }
}

async fn rebuilt(library: &Library) -> Rebuilding {
    rebuild_views(&*library.stores.log, &library.stores.ports()).await.unwrap()
}

fn of<'a>(rebuilding: &'a Rebuilding, name: &ProcessorName) -> &'a Rebuilt {
    rebuilding.processors.iter().find(|rebuilt| rebuilt.name == *name).unwrap()
}

async fn sound(library: &Library) {
    let report = verify(&*library.stores.log, &library.stores.ports()).await.unwrap();
    assert!(report.violations.is_empty(), "{report:#?}");
    assert_eq!(report.unjudged, [""; 0]);
}

#[tokio::test]
async fn after_an_older_log_was_put_back_everything_goes_on_from_what_it_has() {
    let whole = lived_in().await;
    let head = whole.events().await.len() as u64;
    drop(whole);
    // At every place, also in the middle of an attempt.
    for to in [1, 7, head / 2, head - 3, head - 1] {
        let mut library = restored(lived_in().await, to).await;
        let desired = Desired::Paused { by: "me".to_owned(), reason: "a look".to_owned() };
        library.stores.tokens.set_desired(&LOANS, desired.clone()).await.unwrap();

        let rebuilding = rebuilt(&library).await;

        assert_eq!(rebuilding.head.position, Position::new(to));
        for rebuilt in &rebuilding.processors {
            let is_view = VIEWS.contains(&rebuilt.name);
            let course = if is_view { Course::Anew } else { Course::AnewAfterAnotherLog };
            assert_eq!((rebuilt.course, rebuilt.is_paused), (course, rebuilt.name == LOANS), "{rebuilt:?}");
        }
        library.settle().await;
        assert_eq!(library.waiting(&LOANS).await, "paused by me: a look");
        library.stores.tokens.set_desired(&LOANS, Desired::Running).await.unwrap();
        // Attempts whose answers went with the rest of the log are answered anew, or expire.
        for _ in 0..2 {
            library.stores.clock.advance(SignedDuration::from_secs(31));
            library.settle().await;
        }
        sound(&library).await;
        let again = rebuilt_events(&library).await;
        assert_eq!(again, (library.events().await.len(), true), "to {to}");
    }
}

/// A library over an older log that has the token of one handler still: that was stored before the others went on. What
/// followed from its last event stood behind that, and went with the rest.
async fn with_a_token_that_the_log_has_still(handler: &ProcessorName) -> Library {
    let mut library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    library.rent(&jenny, no).await;
    let own = library.processors.iter().position(|processor| processor.name() == handler).unwrap();
    let others: Vec<_> = (0..8).filter(|index| *index != own).collect();
    library.settle_in_order(&others).await;
    let kept = library.events().await.len() as u64;
    library.processors[own].step().await;
    library.processors[own].close().await;
    assert!(library.events().await.len() as u64 > kept, "it had something to do");
    library.settle_in_order(&others).await;
    restored(library, kept).await
}

#[tokio::test]
async fn a_handler_whose_token_the_log_has_still_does_again_what_the_log_has_lost() {
    let mut library = with_a_token_that_the_log_has_still(&COUNT_RENTALS).await;
    let rebuilding = rebuilt(&library).await;

    assert_eq!(of(&rebuilding, &COUNT_RENTALS).course, Course::AnewAfterAnotherLog);
    library.settle().await;
    sound(&library).await;
}

/// The tokens that do not fit are all that shows it, and each processor that begins anew loses its own.
#[tokio::test]
async fn that_the_log_is_another_one_is_seen_again_after_a_rebuild_that_was_cut_off_anywhere() {
    for begun in 0..8 {
        let mut library = with_a_token_that_the_log_has_still(&RECORD_ANSWERS).await;
        library.stores.tokens.cut_off_after_beginnings(Some(begun));
        let cut_off = rebuild_views(&*library.stores.log, &library.stores.ports()).await;
        assert!(matches!(cut_off, Err(RebuildError::Tokens(_))), "{begun}: {cut_off:?}");
        library.stores.tokens.cut_off_after_beginnings(None);

        rebuilt(&library).await;

        library.settle().await;
        sound(&library).await;
    }
}

/// How many events there are after everything was handled once more from the beginning, and whether views are as
/// before.
async fn rebuilt_events(library: &Library) -> (usize, bool) {
    let before = shown(library).await;
    let mut again = Library::over(library.stores.clone(), Node { seed: 3, ..Node::default() });
    again.stores.clock.advance(SignedDuration::from_secs(11));
    for (name, _) in application::reactions::HANDLERS {
        let head = library.stores.log.head().await.unwrap();
        let first = application::ports::message_source::Token {
            log: head.log,
            position: Position::START,
            event: None,
        };
        library.stores.tokens.begin_anew(&name, first).await.unwrap();
    }
    rebuild_views(&*library.stores.log, &library.stores.ports()).await.unwrap();
    again.settle().await;
    (again.events().await.len(), shown(&again).await == before)
}

async fn shown(library: &Library) -> Vec<String> {
    let mut rows = Vec::new();
    for view in VIEWS {
        let found = library.stores.tokens.live_rows(&view, None, 1_000).await.unwrap();
        rows.extend(found.iter().map(|row| format!("{row:?}")));
    }
    rows
}

#[tokio::test]
async fn where_the_log_is_the_one_handlers_go_on_where_they_were_with_their_letters() {
    let mut library = lived_in().await;
    let bad = append_unreadable(&library, 7).await;
    let skipped = append_unreadable(&library, 8).await;
    let event = library.events().await[skipped as usize - 1].id;
    for name in [CATALOGUE, LEND_BOOKS] {
        library.stores.tokens.put_override(&name, event, EventOverride::Skipped).await.unwrap();
    }
    library.settle().await;
    library.stores.clock.advance(SignedDuration::from_secs(2));
    library.settle().await;
    close(&mut library).await;
    let (letters, events) = (library.letters(&LEND_BOOKS).await, library.events().await.len());
    assert_eq!((letters.len(), letters[0].position().value()), (1, bad));

    let rebuilding = rebuilt(&library).await;

    let handler = of(&rebuilding, &LEND_BOOKS);
    assert_eq!(handler.course, Course::GoesOn(Position::new(events as u64)));
    assert_eq!((handler.kept, handler.tried_again, handler.overrides), (1, 0, 1));
    assert_eq!(library.letters(&LEND_BOOKS).await, letters);
    let view = of(&rebuilding, &CATALOGUE);
    assert_eq!((view.course, view.kept, view.tried_again, view.overrides), (Course::Anew, 0, 1, 1));
    library.settle().await;
    let again = library.letters(&CATALOGUE).await;
    assert_eq!(again.iter().map(|letter| letter.position().value()).collect::<Vec<_>>(), [bad]);
    assert_eq!(library.events().await.len(), events);
}

#[tokio::test]
async fn letters_whose_events_the_log_does_not_have_go_and_are_named() {
    let mut library = lived_in().await;
    let kept = append_unreadable(&library, 7).await;
    let lost = append_unreadable(&library, 8).await;
    library.settle().await;
    let library = restored(library, lost - 1).await;

    let rebuilding = rebuilt(&library).await;

    for name in [LEND_BOOKS, CATALOGUE] {
        let rebuilt = of(&rebuilding, &name);
        let dropped: Vec<_> =
            rebuilt.dropped.iter().map(|one| (one.sequence.as_str(), one.position.value())).collect();
        assert_eq!((rebuilt.tried_again, dropped), (1, vec![("book:8", lost)]), "{name}");
    }
    let mut library = library;
    library.settle().await;
    let positions: Vec<_> =
        library.letters(&LEND_BOOKS).await.iter().map(|letter| letter.position().value()).collect();
    assert_eq!(positions, [kept]);
}

async fn append_unreadable(library: &Library, no: i64) -> u64 {
    let keys = application::codec::SequenceKeys { book: Some(book(no)), ..Default::default() };
    // Wanted by the catalogue, and of a type that nobody knows, so that everybody is asked.
    let raw = RawEvent { kind: "book.book-burnt", revision: 1, payload: b"{}", keys };
    library.append_past_rules(&format!("book-{no}"), raw).await.value()
}

#[tokio::test]
async fn while_somebody_works_on_them_nothing_is_changed() {
    let mut library = lived_in().await;
    let before = library.stores.tokens.processors().await.unwrap();

    let refused = rebuild_views(&*library.stores.log, &library.stores.ports()).await;

    assert!(matches!(refused, Err(RebuildError::InUse { .. })), "{refused:?}");
    assert_eq!(library.stores.tokens.processors().await.unwrap(), before);
    close(&mut library).await;
    rebuilt(&library).await;
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_said_and_a_processor_that_nobody_knows_is_left_alone() {
    let mut library = lived_in().await;
    close(&mut library).await;
    library.stores.log.fail_reads(Some(ReadFault::Torn));
    let refused = rebuild_views(&*library.stores.log, &library.stores.ports()).await;
    assert!(matches!(refused, Err(RebuildError::Store(StoreError::Corrupt { .. }))), "{refused:?}");
    library.stores.log.fail_reads(None);

    let old = ProcessorName::of("of-an-older-version");
    let head = library.stores.log.head().await.unwrap();
    let token = application::ports::message_source::Token {
        log: head.log,
        position: head.position,
        event: head.event,
    };
    library.stores.tokens.register(&old, &Segment::all_at(1, token)).await.unwrap();
    let rebuilding = rebuilt(&library).await;
    assert_eq!(of(&rebuilding, &old).course, Course::Unknown);
    assert_eq!(of(&rebuilding, &RECORD_ANSWERS).course, Course::GoesOn(head.position));
    assert_eq!(library.stores.tokens.progress(&old).await.unwrap(), Some(head.position));
}
