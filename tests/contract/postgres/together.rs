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

/// A server that cannot make the transaction is not asked again for each of its commits, one wait after the other.
#[tokio::test]
async fn commits_that_the_server_could_not_make_together_have_all_failed_and_go_through_later() {
    let Some(subject) = PostgresTokens::fresh().await else { return };
    let workers = workers(&subject).await;
    let commits: Vec<_> = workers.iter().map(|worker| (worker.claim().clone(), worker.next(1))).collect();
    let mut other = subject.schema.connect().await;
    sqlx::query("begin").execute(&mut other).await.unwrap();
    sqlx::query("select from segment where id = 7 for update").execute(&mut other).await.unwrap();

    let failed = subject.store.commit_all(commits.clone()).await;

    assert!(
        failed.iter().all(|made| matches!(
            made,
            Err(TokenError::Unavailable { .. } | TokenError::UnknownOutcome { .. })
        )),
        "{failed:?}"
    );
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    let made = subject.store.commit_all(commits).await;
    assert!(made.iter().all(Result::is_ok), "{made:?}");
}
