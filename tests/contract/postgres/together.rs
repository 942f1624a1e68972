//! Commits that wait at the same time are made together, and each is judged alone.

use application::ports::dead_letters::DeadLetterKind;
use application::ports::token_store::{Segment, TokenError};
use futures::future::join_all;
use tests::laws::token_store::TokenStoreUnderTest;
use tests::laws::token_store::samples::{CATALOGUE, Worker, state_of, token};

use super::tokens::PostgresTokens;

const SEGMENTS: u32 = 16;

async fn workers(subject: &PostgresTokens) -> Vec<Worker> {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, SEGMENTS, token(0)).await.unwrap();
    let live = state_of(&*tokens, &CATALOGUE).await.live;
    let mut workers = Vec::new();
    for segment in Segment::all(SEGMENTS) {
        workers.push(Worker::at(subject.tokens(), &CATALOGUE, live, segment).await);
    }
    workers
}

/// How many transactions wrote the segments as they stand.
async fn transactions(subject: &PostgresTokens) -> i64 {
    let counted =
        sqlx::query_scalar("select count(distinct xmin::text) from segment where token_position = 1");
    counted.fetch_one(&mut subject.schema.connect().await).await.unwrap()
}

#[tokio::test]
async fn many_commits_are_one_transaction_and_a_stale_one_harms_no_other() {
    let Some(subject) = PostgresTokens::fresh().await else { return };
    let mut workers = workers(&subject).await;
    workers[5].tokens.release(workers[5].claim()).await.unwrap();

    let made = join_all(workers.iter_mut().map(|worker| worker.commit(worker.next(1)))).await;

    for (at, made) in made.into_iter().enumerate() {
        match made {
            Ok(()) => assert_ne!(at, 5),
            Err(error) => assert!(at == 5 && matches!(error, TokenError::Stale { .. }), "{at}: {error:?}"),
        }
    }
    let transactions = transactions(&subject).await;
    assert!(transactions <= 2, "{transactions} transactions for {SEGMENTS} commits");
}

#[tokio::test]
async fn a_commit_that_is_refused_with_all_it_brings_harms_no_other() {
    let Some(subject) = PostgresTokens::fresh().await else { return };
    let mut workers = workers(&subject).await;
    let mut changed = workers[7].letter(DeadLetterKind::Parked, "book:9", 1);
    changed.revision = 4;

    let made = join_all(workers.iter_mut().enumerate().map(async |(at, worker)| {
        let mut commit = worker.next(1);
        commit.letters.extend((at == 7).then(|| changed.clone()));
        worker.commit(commit).await
    }))
    .await;

    for (at, made) in made.into_iter().enumerate() {
        match made {
            Ok(()) => assert_ne!(at, 7),
            Err(error) => {
                assert!(at == 7 && matches!(error, TokenError::LetterChanged { .. }), "{at}: {error:?}")
            }
        }
    }
    let state = state_of(&*subject.store, &CATALOGUE).await;
    let moved = state.segments.iter().filter(|segment| segment.token == token(1)).count();
    assert_eq!((moved, state.parked), (15, 0));
}
