//! Views that are built again beside the ones that readers see, while everything goes on.

use std::sync::Arc;

use application::ports::dead_letters::EventOverride;
use application::ports::event_store::Position;
use application::ports::message_source::Token;
use application::ports::processor_admin::{Desired, ProcessorState};
use application::ports::token_store::{Generation, Row, Segment};
use application::ports::{DeadLetters, EventStore, ProcessorAdmin, TokenStore};
use application::processing::{Assignment, CannotRebuild, ProcessorSettings, RebuildStatus};
use application::reactions::{CATALOGUE, LEND_BOOKS, LOANS, projections};
use application::verify::verify;
use jiff::SignedDuration;
use tests::library::{Library, Node, Stores, book};

use super::{book_event, shelf};

/// A library with these books in its catalogue, and more events than fit on a page.
async fn with_books(books: i64, segments: u32) -> Library {
    let settings = ProcessorSettings { segments, exclusive: false };
    let mut library = Library::over(Stores::empty(), Node { settings, ..Node::default() });
    for no in 1..=books {
        library.shelve(no).await;
    }
    library.settle().await;
    library
}

async fn rebuild(library: &Library) -> Option<RebuildStatus> {
    library.control.processor(&CATALOGUE).await.unwrap().unwrap().rebuild
}

async fn state(library: &Library) -> ProcessorState {
    let states = library.stores.tokens.processors().await.unwrap();
    states.into_iter().find(|state| state.name == CATALOGUE).unwrap()
}

async fn rows(library: &Library) -> Vec<Row> {
    library.stores.tokens.live_rows(&CATALOGUE, None, 10_000).await.unwrap()
}

/// Steps those that fill the new generation once each.
async fn step_beside(library: &mut Library) {
    step(library, |assigned| assigned.beside.is_some()).await;
}

async fn step(library: &mut Library, is_meant: fn(&Assignment) -> bool) {
    for processor in library.processors.iter_mut().filter(|processor| is_meant(processor.assigned())) {
        processor.step().await;
    }
}

fn beside(library: &Library) -> usize {
    library.processors.iter().filter(|processor| processor.assigned().beside.is_some()).count()
}

/// T68: what readers see only ever grows, and in the end it is what a rebuild from nothing makes.
#[tokio::test]
async fn a_view_is_built_again_beside_live_traffic_and_readers_never_see_less() {
    for segments in [1, 4] {
        let mut library = with_books(250, segments).await;
        let generation = library.here.rebuild(&CATALOGUE).await.unwrap();
        library.look_after().await;
        assert_eq!(beside(&library), segments as usize);

        let mut seen = rows(&library).await.len();
        for no in 251.. {
            library.shelve(no).await;
            step(&mut library, |assigned| assigned.name == CATALOGUE && assigned.beside.is_none()).await;
            step_beside(&mut library).await;
            library.look_after().await;
            let now = rows(&library).await.len();
            assert!(now >= seen, "{now} of {seen}");
            seen = now;
            if rebuild(&library).await.is_none() {
                break;
            }
            assert!(no < 400, "{:?}", rebuild(&library).await);
        }
        library.settle().await;
        library.look_after().await;
        library.settle().await;

        assert_eq!((state(&library).await.live, state(&library).await.rebuilding), (generation, None));
        assert_eq!(beside(&library), 0);
        let before = rows(&library).await;
        assert!(before.len() > 250);
        assert_eq!(before, built_from_nothing(&mut library).await);
        let report = verify(&*library.stores.log, &library.stores.ports()).await.unwrap();
        assert!(report.violations.is_empty(), "{report:#?}");
    }
}

/// The same rows, by a processor that begins anew.
async fn built_from_nothing(library: &mut Library) -> Vec<Row> {
    let log = library.stores.log.head().await.unwrap().log;
    let first = Token { log, position: Position::START, event: None };
    library.stores.tokens.begin_anew(&CATALOGUE, first).await.unwrap();
    library.here.heed();
    library.look_after().await;
    library.settle().await;
    rows(library).await
}

/// T70: whoever comes next goes on where it was, and finds the rows that were filled.
#[tokio::test]
async fn a_rebuild_that_was_cut_off_half_way_is_gone_on_with() {
    let mut library = with_books(250, 1).await;
    library.here.rebuild(&CATALOGUE).await.unwrap();
    library.look_after().await;
    step_beside(&mut library).await;
    step_beside(&mut library).await;
    let half = rebuild(&library).await.unwrap();
    let head = library.stores.log.head().await.unwrap().position;
    assert!(half.position > Position::START && half.position < head, "{half:?}");
    assert!(state(&library).await.segments.iter().any(|known| known.token.position == half.position));

    let mut next = library.second_node(2);
    drop(library);
    next.stores.clock.advance(SignedDuration::from_secs(11));
    next.settle().await;
    next.look_after().await;
    assert_eq!(beside(&next), 1);
    assert_eq!(rebuild(&next).await.unwrap().position, half.position);
    next.settle().await;
    next.look_after().await;
    next.here.heed();
    next.look_after().await;

    assert_eq!(state(&next).await.live, half.generation);
    assert_eq!(rows(&next).await.len(), 250);
}

/// T72: commits of both generations fail, and rows and tokens stay together.
#[tokio::test]
async fn a_rebuild_whose_commits_are_lost_and_refused_has_the_same_rows() {
    for seed in 1..=20 {
        let mut library = with_books(30, 2).await;
        let before = rows(&library).await;
        library.stores.tokens.throw_dice(seed, 3);
        library.here.rebuild(&CATALOGUE).await.unwrap();
        library.look_after().await;
        for no in 31..=60 {
            library.shelve(no).await;
            library.settle().await;
            library.stores.clock.advance(SignedDuration::from_secs(1));
        }
        library.stores.tokens.behave();
        for _ in 0..60 {
            library.stores.clock.advance(SignedDuration::from_secs(1));
            library.settle().await;
            library.look_after().await;
        }

        assert!(rebuild(&library).await.is_none(), "{:?}", rebuild(&library).await);
        let after = rows(&library).await;
        assert_eq!(after.len(), 60);
        assert!(before.iter().all(|row| after.contains(row)), "seed {seed}");
        assert_eq!(after, built_from_nothing(&mut library).await, "seed {seed}");
    }
}

#[tokio::test]
async fn a_view_with_letters_does_not_take_over_and_says_so_until_they_are_settled() {
    let mut library = with_books(3, 1).await;
    let bad = book_event(&library, book(9), "book.book-entered", 1, "{").await;
    library.settle().await;
    let event = library.events().await[bad.value() as usize - 1].id;
    library.here.rebuild(&CATALOGUE).await.unwrap();
    library.look_after().await;
    library.settle().await;
    library.here.heed();
    library.look_after().await;
    let waits = rebuild(&library).await.unwrap();
    assert!(waits.waiting.contains("it has dead letters"), "{waits:?}");
    assert_eq!(waits.position, bad);

    library.stores.tokens.put_override(&CATALOGUE, event, EventOverride::Skipped).await.unwrap();
    library.stores.tokens.retry_now(&CATALOGUE, None).await.unwrap();
    library.here.heed();
    library.settle().await;
    library.here.heed();
    library.look_after().await;

    assert_eq!(state(&library).await.live, waits.generation);
    assert_eq!(shelf(&library).await, [1, 2, 3]);
}

#[tokio::test]
async fn a_rebuild_that_is_cancelled_ends_at_once_and_readers_do_not_notice() {
    let mut library = with_books(150, 1).await;
    library.here.rebuild(&CATALOGUE).await.unwrap();
    library.look_after().await;
    step_beside(&mut library).await;

    library.stores.tokens.cancel_rebuild(&CATALOGUE).await.unwrap();
    library.here.heed();
    step_beside(&mut library).await;
    library.look_after().await;

    assert_eq!((beside(&library), rebuild(&library).await), (0, None));
    library.shelve(151).await;
    library.settle().await;
    assert_eq!(rows(&library).await.len(), 151);
}

/// Another node was asked, and this one is told with its next beat.
#[tokio::test]
async fn a_rebuild_that_another_node_was_asked_for_is_worked_on_after_a_beat() {
    let mut library = with_books(3, 1).await;
    library.look_after().await;
    let log = library.stores.log.head().await.unwrap().log;
    let first = Token { log, position: Position::START, event: None };
    library.stores.tokens.start_rebuild(&CATALOGUE, first).await.unwrap();

    library.stores.clock.advance(SignedDuration::from_secs(3));
    library.settle().await;
    library.look_after().await;

    assert_eq!(beside(&library), 1);
}

#[tokio::test]
async fn how_far_a_rebuild_is_and_how_long_it_takes_is_said() {
    let mut library = with_books(1_000, 1).await;
    library.here.rebuild(&CATALOGUE).await.unwrap();
    library.look_after().await;
    step_beside(&mut library).await;
    assert_eq!(rebuild(&library).await.unwrap().events_per_s, None);
    library.stores.clock.advance(SignedDuration::from_secs(2));
    library.look_after().await;

    let status = rebuild(&library).await.unwrap();

    assert_eq!((status.generation, status.position), (Generation(1), Position::new(100)));
    assert_eq!((status.events_per_s, status.left.map(|left| left.as_secs())), (Some(50), Some(38)));
    assert_eq!(status.waiting, "working, 1900 events behind");
}

#[tokio::test]
async fn a_paused_rebuild_waits_and_says_who_paused_it() {
    let mut library = with_books(3, 1).await;
    let paused = Desired::Paused { by: "ops".to_owned(), reason: "a look".to_owned() };
    library.stores.tokens.set_desired(&CATALOGUE, paused).await.unwrap();
    library.here.rebuild(&CATALOGUE).await.unwrap();
    library.look_after().await;
    library.settle().await;
    library.here.heed();
    library.look_after().await;

    let status = rebuild(&library).await.unwrap();
    assert_eq!((status.position, status.waiting.as_str()), (Position::START, "paused by ops: a look"));
}

#[tokio::test]
async fn only_what_keeps_a_view_is_rebuilt() {
    let mut library = with_books(1, 1).await;
    let refused = library.here.rebuild(&LEND_BOOKS).await;
    assert!(matches!(refused, Err(CannotRebuild::KeepsNoView { .. })), "{refused:?}");
    let refused = library.here.rebuild(&application::ports::token_store::ProcessorName::of("nobody")).await;
    assert!(matches!(refused, Err(CannotRebuild::NotHere { .. })), "{refused:?}");

    // Somebody has asked the token store all the same.
    let first = state(&library).await.segments[0].token;
    library.stores.tokens.start_rebuild(&LEND_BOOKS, first).await.unwrap();
    library.here.heed();
    library.look_after().await;
    assert_eq!(beside(&library), 0);
    let status = library.control.processor(&LEND_BOOKS).await.unwrap().unwrap();
    assert!(status.rebuild.is_some_and(|rebuild| rebuild.waiting.contains("keeps no view")));
}

/// Each view of the service: whatever it is made of has to be there in a second generation too.
#[tokio::test]
async fn every_view_can_be_built_again_beside_itself() {
    let mut library = Library::open();
    library.lived_in().await;
    let before = report(&library).await;
    for (name, _) in projections() {
        library.here.rebuild(&name).await.unwrap();
    }
    library.look_after().await;
    assert_eq!(library.worked_on(&LOANS), [Segment::WHOLE; 2]);
    library.settle().await;
    library.here.heed();
    library.look_after().await;
    library.settle().await;

    for (name, _) in projections() {
        let states = library.stores.tokens.processors().await.unwrap();
        let state = states.iter().find(|state| state.name == name).unwrap();
        assert_eq!((state.live, state.rebuilding), (Generation(1), None), "{name}");
    }
    assert_eq!(report(&library).await, before);
    drop(Arc::clone(&library.stores.views));
}

async fn report(library: &Library) -> Vec<String> {
    let mut all = vec![];
    for (name, _) in projections() {
        let rows = library.stores.tokens.live_rows(&name, None, 10_000).await.unwrap();
        all.extend(rows.iter().map(|row| format!("{row:?}")));
    }
    let report = verify(&*library.stores.log, &library.stores.ports()).await.unwrap();
    assert!(report.violations.is_empty(), "{report:#?}");
    all
}
