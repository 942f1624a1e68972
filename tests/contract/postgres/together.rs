//! Commits of one call are one transaction.

use application::ports::TokenStore;
use application::ports::token_store::{Segment, TokenError};
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
    let workers = workers(&subject).await;
    workers[5].tokens.release(workers[5].claim()).await.unwrap();

    let commits = workers.iter().map(|worker| (worker.claim().clone(), worker.next(1)));
    let made = subject.store.commit_all(commits.collect()).await;

    for (at, made) in made.into_iter().enumerate() {
        match made {
            Ok(()) => assert_ne!(at, 5),
            Err(error) => assert!(at == 5 && matches!(error, TokenError::Stale { .. }), "{at}: {error:?}"),
        }
    }
    let transactions = transactions(&subject).await;
    assert_eq!(transactions, 1, "for {SEGMENTS} commits");
}
