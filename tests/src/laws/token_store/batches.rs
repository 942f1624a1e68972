//! Laws of commits that are made in one call: each is judged alone.

use std::sync::Arc;

use application::ports::dead_letters::DeadLetterKind;
use application::ports::token_store::{Claim, Commit, Row, RowKey, Segment, TokenError};

use super::TokenStoreUnderTest;
use super::samples::{CATALOGUE, Worker, book, no, state_of, token};

const SEGMENTS: u32 = 8;

async fn workers(subject: &dyn TokenStoreUnderTest) -> Vec<Worker> {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, &Segment::all_at(SEGMENTS, token(0))).await.expect("it can be registered");
    let live = state_of(&*tokens, &CATALOGUE).await.live;
    let mut workers = Vec::new();
    for segment in Segment::all(SEGMENTS) {
        workers.push(Worker::at(Arc::clone(&tokens), &CATALOGUE, live, segment).await);
    }
    workers
}

/// One row each, of the book with the number of its place, from 1.
fn batch(workers: &[Worker]) -> Vec<(Claim, Commit)> {
    let one = |(at, worker): (usize, &Worker)| {
        let row = Row::Catalogue(book(at as i64 + 1, "Together"));
        (worker.claim().clone(), Commit { rows: vec![(row.key(), Some(row))], ..worker.next(9) })
    };
    workers.iter().enumerate().map(one).collect()
}

async fn rows(subject: &dyn TokenStoreUnderTest) -> Vec<RowKey> {
    let rows = subject.tokens().live_rows(&CATALOGUE, None, 100).await.expect("rows");
    rows.iter().map(Row::key).collect()
}

async fn moved(subject: &dyn TokenStoreUnderTest) -> Vec<bool> {
    let state = state_of(&*subject.tokens(), &CATALOGUE).await;
    state.segments.iter().map(|segment| segment.token == token(9)).collect()
}

/// A claim that was given back, a letter that is not what was read, and a row that cannot stand where it was put.
pub async fn a_bad_commit_in_a_batch_leaves_its_neighbours_alone(subject: &dyn TokenStoreUnderTest) {
    let workers = workers(subject).await;
    let tokens = subject.tokens();
    let mut commits = batch(&workers);
    tokens.release(workers[1].claim()).await.expect("it is held");
    let mut changed = workers[3].letter(DeadLetterKind::Parked, "book:4", 1);
    changed.revision = 4;
    commits[3].1.letters.push(changed);
    commits[5].1.rows.push((RowKey::Catalogue(no(100)), Some(Row::Catalogue(book(101, "Misplaced")))));

    let made = tokens.commit_all(commits).await;

    assert_eq!(made.len(), SEGMENTS as usize);
    for (at, made) in made.iter().enumerate() {
        let is_right = match at {
            1 => matches!(made, Err(TokenError::Stale { .. })),
            3 => matches!(made, Err(TokenError::LetterChanged { .. })),
            5 => matches!(made, Err(TokenError::Corrupt { .. })),
            _ => made.is_ok(),
        };
        assert!(is_right, "{at}: {made:?}");
    }
    assert_eq!(rows(subject).await, [1, 3, 5, 7, 8].map(|number| RowKey::Catalogue(no(number))));
    assert_eq!(moved(subject).await, [true, false, true, false, true, false, true, true]);
    assert_eq!(state_of(&*tokens, &CATALOGUE).await.parked, 0);
}

/// T57a: the reply to all of them was lost, and one of them had not come to the store.
pub async fn a_batch_sent_again_makes_what_was_not_made(subject: &dyn TokenStoreUnderTest) {
    let workers = workers(subject).await;
    let tokens = subject.tokens();
    let all = batch(&workers);
    let without = |left_out: usize| {
        let others = all.iter().enumerate().filter(move |(at, _)| *at != left_out);
        others.map(|(_, commit)| commit.clone()).collect::<Vec<_>>()
    };
    for made in tokens.commit_all(without(4)).await {
        made.expect("it is good");
    }
    assert!(!moved(subject).await[4]);

    for made in tokens.commit_all(all.clone()).await {
        made.expect("it is good, or was made before");
    }

    assert_eq!(moved(subject).await, [true; SEGMENTS as usize]);
    assert_eq!(rows(subject).await.len(), SEGMENTS as usize);
}

/// The second rests on the first.
pub async fn two_commits_of_a_claim_in_a_batch_are_made_in_order(subject: &dyn TokenStoreUnderTest) {
    let workers = workers(subject).await;
    let first = workers[2].next(4);
    let second = Commit { number: first.number + 1, ..workers[2].next(9) };
    let commits = [(0, workers[0].next(9)), (2, first), (1, workers[1].next(9)), (2, second)];
    let commits = commits.map(|(at, commit)| (workers[at].claim().clone(), commit)).to_vec();

    for made in subject.tokens().commit_all(commits).await {
        made.expect("it is good");
    }

    let moved = moved(subject).await;
    assert_eq!(moved.iter().filter(|moved| **moved).count(), 3, "{moved:?}");
}
