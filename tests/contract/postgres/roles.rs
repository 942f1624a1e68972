//! The service as a user who may do what it needs, and nothing more.

use adapters::postgres::{OpenError, PostgresEventStore, PostgresTokenStore};
use adapters::system_clock::SystemIds;
use application::ports::DeadLetters;
use application::ports::ProcessorAdmin;
use application::ports::dead_letters::DeadLetterKind;
use application::ports::event_store::{LoadFrom, LogId, Snapshot};
use application::ports::token_store::{Commit, Row};
use application::ports::{EventStore, Ids, TokenStore};
use sqlx::PgConnection;
use std::sync::Arc;
use tests::laws::event_store::samples::{append, event, proposal, stream, whole_log};
use tests::laws::token_store::samples::{CATALOGUE, Worker, book, kept, token};

use super::schema::{Schema, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_works_as_a_user_who_cannot_change_what_was_recorded() {
    let Some(schema) = Schema::fresh() else { return };
    PostgresEventStore::migrate(&schema.settings()).await.unwrap();
    PostgresTokenStore::migrate(&schema.settings()).await.unwrap();
    let mut owner = schema.connect().await;
    run(&mut owner, include_str!("make_role.sql")).await;
    run(&mut owner, include_str!("../../../adapters/src/postgres/sql/roles.sql")).await;
    let as_role = schema.settings_by(&schema.url_of_role());

    let log = PostgresEventStore::open(&as_role, LogId::new(SystemIds.next())).await.unwrap();
    let first = append(&log, proposal(&stream("a"), 0, 2)).await;
    let stored = whole_log(&log).await.remove(0);
    let head = log.head().await.unwrap();
    let snapshot = Snapshot {
        version: stored.version,
        position: first,
        event: stored.id,
        log: head.log,
        schema: 1,
        state: "{}".into(),
    };
    for _ in 0..2 {
        log.save_snapshot(&stream("a"), snapshot.clone()).await.unwrap();
    }
    assert!(log.load(&stream("a"), LoadFrom::Snapshot, 10).await.unwrap().snapshot.is_some());
    let tokens = Arc::new(PostgresTokenStore::open(&as_role).await.unwrap());
    use_all(tokens).await;

    let mut role = schema.connect_by(&schema.url_of_role()).await;
    for forbidden in [
        "update event set payload = '{}'",
        "delete from event",
        "truncate event",
        "drop table event",
        "update log set id = gen_random_uuid()",
        "delete from log",
        "delete from snapshot",
        "update rental_form set version = 0",
        "create table more (x integer)",
    ] {
        assert_eq!(refusal(&mut role, forbidden).await.as_deref(), Some("42501"), "{forbidden}");
    }
    assert_eq!(whole_log(&log).await.len(), 2);
}

/// Rows, letters, claims, and a change of shape.
async fn use_all(tokens: Arc<PostgresTokenStore>) {
    let mut worker = Worker::on(tokens.clone()).await;
    let letter = worker.letter(DeadLetterKind::Parked, "book:1", 1);
    worker.put(1, [Row::Catalogue(book(1, "Any"))]).await;
    worker.commit(Commit { letters: vec![letter.clone()], ..worker.next(2) }).await.unwrap();
    worker.commit(Commit { settled: vec![kept(&letter).settled()], ..worker.next(3) }).await.unwrap();
    tokens
        .put_override(&CATALOGUE, event().id, application::ports::dead_letters::EventOverride::Skipped)
        .await
        .unwrap();
    tokens.start_rebuild(&CATALOGUE, token(9)).await.unwrap();
    tokens.switch(&CATALOGUE, true).await.unwrap();
    tokens.leave(worker.claim().node).await.unwrap();
}

/// The message says who has to do what.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_may_not_make_tables_is_told_to_have_them_made() {
    let Some(schema) = Schema::fresh() else { return };
    run(&mut schema.connect().await, include_str!("make_role.sql")).await;
    let as_role = schema.settings_by(&schema.url_of_role());

    let refusal = PostgresTokenStore::open(&as_role).await.err().unwrap();
    assert!(matches!(refusal, OpenError::NotMigrated { known: 5, .. }), "{refusal:?}");

    PostgresTokenStore::migrate(&schema.settings()).await.unwrap();
    let refusal = PostgresTokenStore::open(&as_role).await.err().unwrap();
    assert!(matches!(refusal, OpenError::Forbidden { .. }), "{refusal:?}");
}

async fn refusal(connection: &mut PgConnection, sql: &'static str) -> Option<String> {
    let error = sqlx::raw_sql(sql).execute(connection).await.err()?;
    Some(error.as_database_error()?.code()?.into_owned())
}
