//! Laws of the one write: all of it or nothing, and once.

use std::sync::Arc;
use std::time::Duration;

use crate::stores::TokenAdapter;
use application::ports::dead_letters::{DeadLetterKind, DeadLetterQuery, LETTERS_PER_SEQUENCE_MAX};
use application::ports::event_store::{LogId, Position};
use application::ports::message_source::Token;
use application::ports::token_store::{Commit, ProcessorName, Row, RowKey, Segment, TokenError};
use uuid::Uuid;

use super::TokenStoreUnderTest;
use super::processes::attempt;
use super::ranking::count;
use super::samples::{CATALOGUE, Worker, book, event_id, kept, letters, no, state_of, token};
use super::titles::titled;
use super::views::loan;

/// T72: new, replaced and removed rows, new and settled letters, and the token.
pub async fn rows_letters_and_token_are_written_together(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let old = worker.letter(DeadLetterKind::Parked, "book:1", 1);
    let rows = [book(1, "Old"), book(2, "Goes")].map(Row::Catalogue);
    let rows = rows.map(|row| (row.key(), Some(row))).to_vec();
    worker.commit(Commit { rows, letters: vec![old.clone()], ..worker.next(1) }).await.expect("it is good");

    let new = worker.letter(DeadLetterKind::Parked, "book:3", 2);
    let rows = vec![
        (RowKey::Catalogue(no(1)), Some(Row::Catalogue(book(1, "New")))),
        (RowKey::Catalogue(no(2)), None),
    ];
    let commit =
        Commit { rows, letters: vec![new.clone()], settled: vec![kept(&old).settled()], ..worker.next(2) };
    worker.commit(commit).await.expect("it is good");

    assert_eq!(worker.row(RowKey::Catalogue(no(1))).await, Some(Row::Catalogue(book(1, "New"))));
    assert_eq!(worker.row(RowKey::Catalogue(no(2))).await, None);
    assert_eq!(letters(&*worker.tokens, DeadLetterQuery::default()).await, [kept(&new)]);
    assert_eq!(state_of(&*worker.tokens, &CATALOGUE).await.segments[0].token, token(2));
}

/// Rows, the other letters, the settled ones, the token and the number: after it the same number is free.
pub async fn a_commit_refused_for_one_letter_leaves_everything_as_it_was(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let full = |position| worker.letter(DeadLetterKind::Parked, "full", position);
    let parked: Vec<_> = (1..=LETTERS_PER_SEQUENCE_MAX as u64).map(full).collect();
    worker.park(1, parked.clone()).await;
    worker.park(2, vec![worker.letter(DeadLetterKind::Abandoned, "other", 9)]).await;
    let before = letters(&*worker.tokens, DeadLetterQuery::default()).await;

    let commit = Commit {
        rows: vec![(RowKey::Catalogue(no(1)), Some(Row::Catalogue(book(1, "Never"))))],
        letters: vec![
            worker.letter(DeadLetterKind::Rejected, "book:1", 5000),
            worker.letter(DeadLetterKind::Parked, "full", 5001),
            worker.letter(DeadLetterKind::Parked, "book:2", 5002),
        ],
        settled: vec![before[before.len() - 1].settled()],
        ..worker.next(3)
    };
    let refusal = worker.commit(commit).await;

    assert!(matches!(refusal, Err(TokenError::Full { .. })), "{refusal:?}");
    assert_eq!(letters(&*worker.tokens, DeadLetterQuery::default()).await, before);
    assert_eq!(worker.row(RowKey::Catalogue(no(1))).await, None);
    assert_eq!(state_of(&*worker.tokens, &CATALOGUE).await.segments[0].token, token(2));
    worker.move_to(3).await;
}

/// T57a: the reply was lost. Even with other rows it changes nothing, since the first is what counts.
pub async fn a_commit_sent_again_writes_nothing(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let row = |title| vec![(RowKey::Catalogue(no(1)), Some(Row::Catalogue(book(1, title))))];
    let first = Commit { rows: row("First"), ..worker.next(1) };
    worker.commit(first.clone()).await.expect("it is good");

    worker.tokens.commit(worker.claim(), first.clone()).await.expect("it was done");
    let again = Commit { rows: row("Again"), ..first };
    worker.tokens.commit(worker.claim(), again).await.expect("it was done");

    assert_eq!(worker.row(RowKey::Catalogue(no(1))).await, Some(Row::Catalogue(book(1, "First"))));
    assert_eq!(state_of(&*worker.tokens, &CATALOGUE).await.segments[0].token, token(1));
    worker.move_to(2).await;
}

/// T95: whoever does not know how its last commit ended, and goes on with another one, must not be told that it is
/// done: what lies between would be passed over for ever.
pub async fn the_last_number_with_another_token_is_refused(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let first = worker.next(2);
    worker.commit(first.clone()).await.expect("it is good");

    let other_event = Token { event: Some(event_id(9)), ..token(2) };
    let other_log = Token { log: LogId::new(Uuid::from_u128(9)), ..token(2) };
    for token in [token(0), token(1), token(3), other_event, other_log] {
        let rows = vec![(RowKey::Catalogue(no(1)), Some(Row::Catalogue(book(1, "Never"))))];
        let other = Commit { token, rows, ..first.clone() };
        let refusal = worker.tokens.commit(worker.claim(), other).await;
        assert!(matches!(refusal, Err(TokenError::Stale { .. })), "{token:?}: {refusal:?}");
    }

    assert_eq!(worker.row(RowKey::Catalogue(no(1))).await, None);
    assert_eq!(state_of(&*worker.tokens, &CATALOGUE).await.segments[0].token, token(2));
    worker.tokens.commit(worker.claim(), first).await.expect("it was done");
    worker.move_to(3).await;
}

/// One was left out, or a much older one comes late.
pub async fn a_commit_with_another_number_is_refused(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    worker.move_to(1).await;
    worker.move_to(2).await;

    for number in [0, 1, 4, 9] {
        let refusal = worker.tokens.commit(worker.claim(), Commit { number, ..worker.next(7) }).await;
        assert!(matches!(refusal, Err(TokenError::Stale { .. })), "number {number}: {refusal:?}");
    }
    assert_eq!(state_of(&*worker.tokens, &CATALOGUE).await.segments[0].token, token(2));
}

/// Only the very claim that made a commit may take it for its own lost one.
pub async fn the_number_of_an_earlier_owner_is_refused(subject: &dyn TokenStoreUnderTest) {
    let mut first = Worker::on(subject.tokens()).await;
    first.move_to(1).await;
    first.tokens.release(first.claim()).await.expect("it is held");
    let claim = first.claim();
    let second = Worker::at(subject.tokens(), &CATALOGUE, claim.generation, claim.segment).await;

    // Also with the very token of that owner.
    for position in [2, 1] {
        let commit = Commit { number: 1, ..second.next(position) };
        let refusal = second.tokens.commit(second.claim(), commit).await;
        assert!(matches!(refusal, Err(TokenError::Stale { .. })), "{refusal:?}");
    }
    assert_eq!(second.claimed.commits, 1);
}

/// With none where there is none.
pub async fn rows_come_back_in_the_order_asked(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    worker.put(1, [book(1, "One"), book(2, "Two"), book(3, "Three")].map(Row::Catalogue)).await;

    let asked = [3, 9, 1].map(|number| RowKey::Catalogue(no(number)));
    let rows = worker.tokens.rows(worker.claim(), &asked).await.expect("the claim is good");

    let (three, one) = (Row::Catalogue(book(3, "Three")), Row::Catalogue(book(1, "One")));
    assert_eq!(rows, [Some(three), None, Some(one)]);
    assert_eq!(worker.tokens.rows(worker.claim(), &[]).await.expect("the claim is good"), []);
}

/// Every field of every kind.
pub async fn rows_of_every_kind_come_back_as_they_were(subject: &dyn TokenStoreUnderTest) {
    let rows = [
        ("catalogue", Row::Catalogue(book(1, "A \u{1f4d6} 'title' \u{202e}<script>"))),
        ("loans", Row::Loan(loan(1, "2026-01-15"))),
        ("best-sellers", Row::BestSeller(count(1, "2026-01", "Title", u64::from(u32::MAX)))),
        ("processes", Row::Process(Box::new(attempt(1, 7)))),
        ("learn-titles:book_catalogue:0", titled(1, "A \u{1f4d6} 'title' \u{202e}<script>")),
    ];
    for (name, row) in rows {
        let mut worker = Worker::of(subject.tokens(), &ProcessorName::of(name)).await;
        worker.put(1, [row.clone()]).await;
        assert_eq!(worker.row(row.key()).await, Some(row), "{name}");
    }
}

/// Of the live generation; none for a name nobody registered.
pub async fn progress_is_that_of_the_slowest_segment(subject: &dyn TokenStoreUnderTest) {
    let tokens = subject.tokens();
    assert_eq!(progress(&*tokens).await, None);
    tokens.register(&CATALOGUE, &Segment::all_at(2, token(3))).await.expect("it can be registered");
    assert_eq!(progress(&*tokens).await, Some(3));
    let live = state_of(&*tokens, &CATALOGUE).await.live;
    for (segment, expected) in Segment::all(2).zip([3, 8]) {
        Worker::at(Arc::clone(&tokens), &CATALOGUE, live, segment).await.move_to(8).await;
        assert_eq!(progress(&*tokens).await, Some(expected));
    }
    tokens.start_rebuild(&CATALOGUE, token(0)).await.expect("it is known");
    assert_eq!(progress(&*tokens).await, Some(8), "a rebuild does not take readers back");
}

/// Five hundred races between who waits and who commits.
pub async fn progressed_never_misses_a_commit(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    for round in 0..500 {
        if round % 50 == 0 {
            worker.extend().await.expect("the claim is good");
        }
        let tokens = subject.tokens();
        let waiter = tokio::spawn(async move { tokens.progressed(&CATALOGUE, Position::new(round)).await });

        worker.move_to(round + 1).await;

        let waited = tokio::time::timeout(Duration::from_secs(10), waiter).await;
        assert!(waited.is_ok(), "the commit of round {round} was missed");
    }
    let long_ago = async { subject.tokens().progressed(&CATALOGUE, Position::new(3)).await };
    assert!(tokio::time::timeout(Duration::from_secs(10), long_ago).await.is_ok(), "it had passed that");
}

async fn progress(tokens: &dyn TokenAdapter) -> Option<u64> {
    tokens.progress(&CATALOGUE).await.expect("the token store is there").map(Position::value)
}

/// What checks read: the rows of the live generation only, page by page, whoever holds the claim.
pub async fn live_rows_come_by_key_after_the_one_named(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    worker.put(1, [10, 2, 9, 100].map(|number| Row::Catalogue(book(number, "Any")))).await;
    let generation = worker.tokens.start_rebuild(&CATALOGUE, token(0)).await.expect("it is registered");
    let mut beside = Worker::at(subject.tokens(), &CATALOGUE, generation, Segment::WHOLE).await;
    beside.put(1, [Row::Catalogue(book(5, "Rebuilt"))]).await;

    let page = async |after: Option<i64>, limit| {
        let after = after.map(|number| RowKey::Catalogue(no(number)));
        let rows = worker.tokens.live_rows(&CATALOGUE, after, limit).await.expect("the rows are there");
        rows.iter().map(Row::key).collect::<Vec<_>>()
    };
    let keys =
        |numbers: &[i64]| numbers.iter().map(|&number| RowKey::Catalogue(no(number))).collect::<Vec<_>>();
    assert_eq!(page(None, 3).await, keys(&[2, 9, 10]));
    assert_eq!(page(Some(10), 3).await, keys(&[100]));
    assert_eq!(page(Some(100), 3).await, keys(&[]));
    let unknown = ProcessorName::of("nobody");
    let rows = worker.tokens.live_rows(&unknown, None, 3).await.expect("the question is fine");
    assert_eq!(rows, Vec::<Row>::new());
}
