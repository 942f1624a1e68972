//! Schemas that a version before has left, and nodes of that version that still work on them.

use std::sync::Arc;

use adapters::postgres::PostgresTokenStore;
use application::ports::DeadLetters;
use application::ports::dead_letters::{DeadLetterKind, DeadLetterQuery};
use application::ports::token_store::{Commit, Segment};
use sqlx::PgConnection;
use tests::laws::token_store::samples::{CATALOGUE, Worker, letters, state_of, token};

use super::schema::{Schema, run};

/// T91: letters and tokens; the letters can be tried as if they had been written today.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_of_the_version_before_are_kept() {
    let Some(schema) = Schema::fresh() else { return };
    make_version(1, &mut schema.connect().await).await;

    let store = Arc::new(schema.open_tokens().await.unwrap());

    let state = state_of(&*store, &CATALOGUE).await;
    assert_eq!((state.segments[0].token, state.abandoned), (token(7), 1));
    let mut worker = Worker::at(store.clone(), &CATALOGUE, state.live, Segment::WHOLE).await;
    let waiting = store.waiting_letters(worker.claim(), "book:1", 9).await.unwrap();
    let letter = &waiting[0].letter;
    assert_eq!((letter.kind, letter.attempts, letter.revision), (DeadLetterKind::Abandoned, 10, 1));
    worker.commit(Commit { settled: vec![letter.settled()], ..worker.next(8) }).await.unwrap();
    assert_eq!(letters(&*store, DeadLetterQuery::default()).await, []);
}

/// T90: a node of a version before commits as it always did, until it is replaced.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_of_the_version_before_goes_on_beside_one_of_this() {
    for (version, commit) in
        [(1, include_str!("commit_of_version_1.sql")), (2, include_str!("commit_of_version_2.sql"))]
    {
        let Some(schema) = Schema::fresh() else { return };
        make_version(version, &mut schema.connect().await).await;
        let store: Arc<PostgresTokenStore> = Arc::new(schema.open_tokens().await.unwrap());
        let live = state_of(&*store, &CATALOGUE).await.live;
        let worker = Worker::at(store.clone(), &CATALOGUE, live, Segment::WHOLE).await;

        let (claim, next) = (worker.claim(), worker.next(8));
        let verdict: String = sqlx::query_scalar(commit)
            .bind(claim.node.uuid())
            .bind(claim.epoch as i64)
            .bind(next.number as i64)
            .bind(next.token.log.uuid())
            .bind(next.token.event.map(|event| event.uuid()))
            .fetch_one(&mut schema.connect().await)
            .await
            .unwrap();

        assert_eq!(verdict, "done", "version {version}");
        assert_eq!(state_of(&*store, &CATALOGUE).await.segments[0].token, token(8), "version {version}");
    }
}

/// T90: a connection that has used the tables before they were changed claims through them afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_of_the_version_before_claims_while_the_tables_are_brought_up_to_date() {
    let Some(schema) = Schema::fresh() else { return };
    let mut node = schema.connect().await;
    make_version(3, &mut node).await;
    let claim = include_str!("claim_of_version_3.sql");
    let first: i64 = sqlx::query_scalar(claim).fetch_one(&mut node).await.unwrap();

    let store = schema.open_tokens().await.unwrap();

    let again: i64 = sqlx::query_scalar(claim).fetch_one(&mut node).await.unwrap();
    assert_eq!(again, first + 1);
    assert_eq!(state_of(&store, &CATALOGUE).await.segments[0].epoch, again.cast_unsigned());
}

async fn make_version(version: i32, connection: &mut PgConnection) {
    let first: &[&'static str] = &[
        include_str!("../../../adapters/src/postgres/sql/create_schema.sql"),
        include_str!("../../../adapters/src/postgres/sql/token_store/schema_1.sql"),
        include_str!("../../../adapters/src/postgres/sql/token_store/binds.sql"),
        include_str!("../../../adapters/src/postgres/sql/token_store/held_generation.sql"),
        include_str!("../../../adapters/src/postgres/sql/token_store/claim_segment.sql"),
        include_str!("commit_work_of_version_1.sql"),
        include_str!("earlier.sql"),
    ];
    let second: &[&'static str] = &[
        include_str!("../../../adapters/src/postgres/sql/token_store/schema_2.sql"),
        include_str!("../../../adapters/src/postgres/sql/token_store/commit_work.sql"),
    ];
    let third: &[&'static str] = &[
        include_str!("../../../adapters/src/postgres/sql/token_store/put_catalogue_rows.sql"),
        include_str!("../../../adapters/src/postgres/sql/token_store/put_loan_rows.sql"),
        include_str!("../../../adapters/src/postgres/sql/token_store/put_best_seller_rows.sql"),
        include_str!("../../../adapters/src/postgres/sql/token_store/put_process_rows.sql"),
        include_str!("../../../adapters/src/postgres/sql/token_store/commit_claimed.sql"),
    ];
    let steps = [first, second, third];
    for sql in steps.into_iter().take(usize::try_from(version).unwrap()).flatten() {
        run(connection, sql).await;
    }
    let keep = sqlx::query(include_str!("../../../adapters/src/postgres/sql/keep_version.sql"));
    keep.bind("tokens").bind(version).execute(connection).await.unwrap();
}
