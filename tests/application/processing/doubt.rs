//! Commits whose end is not known: whatever came of them, nothing is passed over, lost or done twice.

use std::iter::once;
use std::pin::pin;

use application::ports::DeadLetters;
use application::ports::TokenStore;
use application::ports::dead_letters::EventOverride;
use application::reactions::{CATALOGUE, KEEP_POINTS, PROCESSES};
use bytes::Bytes;
use futures::poll;
use jiff::SignedDuration;
use tests::faulty_tokens::CommitFault;
use tests::library::{Library, book};

use super::{book_event, shelf, summary};

#[tokio::test]
async fn a_view_passes_over_nothing_when_the_store_goes_away_after_a_lost_reply() {
    // T95
    let mut library = Library::open();
    library.settle().await;
    library.shelve(1).await;
    library.stores.tokens.script([Some(CommitFault::ReplyLost), Some(CommitFault::Away)]);
    library.settle_only(&CATALOGUE).await;
    library.shelve(2).await;
    library.settle_only(&PROCESSES).await;

    let_time_pass(&mut library, 5).await;
    library.shelve(3).await;
    let_time_pass(&mut library, 5).await;

    assert_eq!(shelf(&library).await, [1, 2, 3]);
}

#[tokio::test]
async fn a_letter_is_kept_when_the_store_goes_away_after_a_lost_reply() {
    // T95
    let mut library = Library::open();
    let no = library.shelve(1).await;
    library.stores.tokens.script([Some(CommitFault::ReplyLost), Some(CommitFault::Away)]);
    library.settle_only(&CATALOGUE).await;
    let bad = book_event(&library, no, "book.book-lent", 1, "{").await;
    library.settle_only(&PROCESSES).await;

    let_time_pass(&mut library, 1).await;

    assert_eq!(summary(&library.letters(&CATALOGUE).await), [("book:1".to_owned(), bad.value(), 1)]);
}

/// What was lost may have been written; the refusal that came after it says nothing about that.
#[tokio::test]
async fn an_innocent_event_is_not_parked_for_a_refusal_that_follows_a_lost_reply() {
    let mut library = Library::open();
    library.settle().await;
    library.shelve(1).await;
    library.stores.tokens.script([Some(CommitFault::ReplyLost), Some(CommitFault::Corrupt)]);
    for _ in 0..3 {
        library.settle_only(&CATALOGUE).await;
        assert_eq!(library.letters(&CATALOGUE).await, []);
        library.stores.clock.advance(SignedDuration::from_secs(1));
    }

    assert_eq!(shelf(&library).await, [1]);
    assert_eq!(library.waiting(&CATALOGUE).await, "caught up");
}

/// As a task that is aborted, or one that waits no longer: the next step must not take what was sent for what it sends.
#[tokio::test]
async fn a_step_that_is_cut_off_in_the_middle_of_its_commit_passes_over_nothing() {
    for hangs in [CommitFault::Hangs, CommitFault::HangsUnwritten] {
        for next in [None, Some(CommitFault::ReplyLost), Some(CommitFault::Away)] {
            let mut library = Library::open();
            library.settle().await;
            library.shelve(1).await;
            library.stores.tokens.script([Some(hangs), next]);
            cut_off_in_a_commit(&mut library).await;
            library.shelve(2).await;
            library.settle_only(&PROCESSES).await;

            let_time_pass(&mut library, 3).await;

            assert_eq!(shelf(&library).await, [1, 2], "{hangs:?}, {next:?}");
            assert_eq!(library.letters(&CATALOGUE).await, []);
            assert_eq!(library.waiting(&CATALOGUE).await, "caught up");
        }
    }
}

/// Two letters that are tried again leave the token where it is, so it does not tell their commits apart.
#[tokio::test]
async fn a_try_of_a_letter_that_is_cut_off_does_not_stand_for_that_of_another() {
    let mut library = Library::open();
    library.shelve(9).await;
    let good = library.payload_of("book.book-entered", "\"title\":\"Title 9\"").await;
    let before = library.events().await.len();
    for no in [7, 8] {
        book_event(&library, book(no), "book.book-entered", 1, "{").await;
    }
    library.settle_only(&CATALOGUE).await;
    for (event, no) in library.events().await.iter().skip(before).zip([7, 8]) {
        let edit = EventOverride::Edited(Bytes::from(good.replace("\"no\":9", &format!("\"no\":{no}"))));
        library.stores.tokens.put_override(&CATALOGUE, event.id, edit).await.unwrap();
    }
    library.stores.clock.advance(SignedDuration::from_secs(2));
    library.stores.tokens.script([Some(CommitFault::Hangs)]);
    cut_off_in_a_commit(&mut library).await;

    library.settle_only(&CATALOGUE).await;

    assert_eq!(library.letters(&CATALOGUE).await, []);
    assert_eq!(shelf(&library).await, [7, 8, 9]);
}

/// It stores its token when it stops, and that must not stand for what was sent before.
#[tokio::test]
async fn a_processor_that_is_closed_after_it_was_cut_off_stores_nothing_under_the_same_number() {
    for hangs in [CommitFault::Hangs, CommitFault::HangsUnwritten] {
        let mut library = Library::open();
        library.settle().await;
        library.shelve(1).await;
        library.stores.tokens.script([Some(hangs)]);
        cut_off_in_a_commit(&mut library).await;
        library.shelve(2).await;
        for processor in &mut library.processors {
            processor.close().await;
        }

        let mut second = library.second_node(2);
        second.settle().await;

        assert_eq!(shelf(&second).await, [1, 2], "{hangs:?}");
    }
}

/// Every row of answers that three commits can get, while events come in between, one of which cannot be read.
#[tokio::test]
async fn whatever_commits_come_to_nothing_is_passed_over_lost_or_done_twice() {
    // T57a, T95
    let answers: Vec<_> = once(None).chain(CommitFault::ANSWERED.map(Some)).collect();
    let rows = answers.len().pow(3);
    for row in 0..rows {
        let script = (0..3).map(|at| answers[row / answers.len().pow(at) % answers.len()]);
        let script: Vec<_> = script.collect();
        let mut library = Library::open();
        library.shelve(1).await;
        let bad = book_event(&library, book(7), "book.book-entered", 1, "{").await;
        library.stores.tokens.script(script.clone());
        library.settle_only(&CATALOGUE).await;
        library.shelve(2).await;
        let_time_pass(&mut library, 4).await;
        library.shelve(3).await;
        let_time_pass(&mut library, 40).await;

        assert_eq!(shelf(&library).await, [1, 2, 3], "{script:?}");
        let letters = library.letters(&CATALOGUE).await;
        let kept: Vec<_> = letters.iter().map(|letter| letter.position()).collect();
        assert_eq!(kept, [bad], "{script:?}: {letters:?}");
        let head = library.events().await.last().unwrap().position;
        assert_eq!(library.stores.tokens.progress(&CATALOGUE).await.unwrap(), Some(head), "{script:?}");
    }
}

#[tokio::test]
async fn whatever_commits_of_a_handler_come_to_each_effect_is_there_once() {
    for seed in 1..=60 {
        let mut library = Library::open();
        let jenny = library.join("jenny", 0).await;
        let no = library.shelve(1).await;
        let process = library.rent(&jenny, no).await;
        library.stores.tokens.throw_dice(seed, 3);
        for _ in 0..40 {
            library.settle().await;
            library.stores.clock.advance(SignedDuration::from_secs(4));
        }
        library.stores.tokens.behave();
        library.stores.clock.advance(SignedDuration::from_secs(40));
        library.settle().await;

        assert_eq!(library.points(&jenny).await, 10, "seed {seed}");
        assert_eq!(library.process(process).await.steps.len(), 4, "seed {seed}");
        assert_eq!(library.letters(&KEEP_POINTS).await, [], "seed {seed}");
    }
}

/// Steps the catalogue's processor until it waits for an answer that does not come, and drops the step.
async fn cut_off_in_a_commit(library: &mut Library) {
    let processor = library.processors.iter_mut().find(|processor| *processor.name() == CATALOGUE).unwrap();
    let before = library.stores.tokens.commits();
    for _ in 0..100 {
        let mut step = pin!(processor.step());
        while poll!(step.as_mut()).is_pending() {
            if library.stores.tokens.commits() > before {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
    panic!("no commit was left without an answer");
}

async fn let_time_pass(library: &mut Library, seconds: usize) {
    for _ in 0..seconds {
        library.stores.clock.advance(SignedDuration::from_secs(1));
        library.settle_only(&CATALOGUE).await;
    }
}
