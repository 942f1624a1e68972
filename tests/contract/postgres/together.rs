//! Commits of one call are one transaction.

use application::ports::TokenStore;
use application::ports::token_store::{Claim, Segment, TokenError};
use sqlx::PgConnection;
use tests::laws::token_store::TokenStoreUnderTest;
use tests::laws::token_store::samples::{CATALOGUE, TTL, Worker, state_of, token};

use super::schema::until;
use super::tokens::PostgresTokens;

const SEGMENTS: u32 = 16;

async fn workers(subject: &PostgresTokens) -> Vec<Worker> {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, &Segment::all_at(SEGMENTS, token(0))).await.unwrap();
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

/// Locks the row of one segment until it is dropped.
async fn with_a_segment_locked(subject: &PostgresTokens) -> PgConnection {
    let mut other = subject.schema.connect().await;
    sqlx::query("begin").execute(&mut other).await.unwrap();
    sqlx::query("select from segment where id = 7 for update").execute(&mut other).await.unwrap();
    other
}

#[tokio::test]
async fn a_commit_that_waits_for_a_lock_keeps_no_other_waiting_for_ever() {
    let Some(subject) = PostgresTokens::fresh().await else { return };
    let workers = workers(&subject).await;
    let _locked = with_a_segment_locked(&subject).await;
    let commits = workers.iter().map(|worker| (worker.claim().clone(), worker.next(1)));

    let made = subject.store.commit_all(commits.collect()).await;

    let failed: Vec<_> = (0..made.len()).filter(|&at| made[at].is_err()).collect();
    assert_eq!(failed, [7], "{made:?}");
}

/// A commit may take as long as a claim lasts, and the other claims of the node must not run out for it.
#[tokio::test]
async fn a_claim_that_somebody_has_locked_is_extended_by_the_next_beat_and_all_others_by_this_one() {
    let Some(subject) = PostgresTokens::fresh().await else { return };
    let mut workers = workers(&subject).await;
    let node = workers[0].claim().node;
    for worker in &mut workers[1..] {
        worker.tokens.release(worker.claim()).await.unwrap();
        let Claim { processor, generation, segment, .. } = worker.claim().clone();
        worker.claimed = worker.tokens.claim(&processor, generation, segment, node, TTL).await.unwrap();
    }
    let claims: Vec<_> = workers.iter().map(|worker| worker.claim().clone()).collect();
    let locked = with_a_segment_locked(&subject).await;

    let beat = subject.store.beat(node, &claims, TTL).await.unwrap();

    for (at, extended) in beat.extended.into_iter().enumerate() {
        let is_skipped = matches!(extended, Err(TokenError::Unavailable { .. }));
        assert!(if at == 7 { is_skipped } else { extended.is_ok() }, "{at}: {extended:?}");
    }
    drop(locked);
    until("the lock is gone", async || {
        let beat = subject.store.beat(node, &claims, TTL).await.unwrap();
        beat.extended.iter().all(Result::is_ok)
    })
    .await;
}

/// Whose connection was lost is not asked again for each of its commits, one wait after the other.
#[tokio::test]
async fn commits_whose_connection_was_lost_have_all_failed_and_go_through_later() {
    let Some(subject) = PostgresTokens::fresh().await else { return };
    let workers = workers(&subject).await;
    let commits: Vec<_> = workers.iter().map(|worker| (worker.claim().clone(), worker.next(1))).collect();
    let locked = with_a_segment_locked(&subject).await;

    let (failed, ()) = tokio::join!(subject.store.commit_all(commits.clone()), end_who_waits(&subject));

    let is_lost = |made: &Result<(), TokenError>| {
        matches!(made, Err(TokenError::Unavailable { .. } | TokenError::UnknownOutcome { .. }))
    };
    assert!(failed.iter().all(is_lost), "{failed:?}");
    drop(locked);
    let made = subject.store.commit_all(commits).await;
    assert!(made.iter().all(Result::is_ok), "{made:?}");
}

/// Waits until somebody waits for a lock in the schema, and ends that connection.
async fn end_who_waits(subject: &PostgresTokens) {
    let mut connection = subject.schema.connect().await;
    let end = "select pg_terminate_backend(l.pid) from pg_locks as l \
               where not l.granted and l.pid <> pg_backend_pid() and exists ( \
                   select from pg_locks as h \
                   where h.pid = l.pid and h.relation = to_regclass('segment'))";
    for _ in 0..100_000 {
        if !sqlx::query(end).fetch_all(&mut connection).await.unwrap().is_empty() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("nobody waited for a lock");
}
