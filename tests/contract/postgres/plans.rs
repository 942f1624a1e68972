//! What the database did for the statements of the hot path, by its own count: it found rows by indexes, and looked at
//! few more than it answered.

use adapters::postgres::PostgresEventStore;
use application::ports::EventStore;
use application::ports::event_store::{LoadFrom, LogId, Position, Snapshot, Types, Version};
use sqlx::{PgConnection, Row};
use tests::laws::event_store::samples::{append, command, events_of, proposal, stream};

use super::schema::{Schema, run, until};

/// What was read of the log since the database began to count.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reads {
    scans_of_all: i64,
    by_index: i64,
    rows: i64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_walks_through_a_log_that_nobody_has_counted() {
    walks_nowhere(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_walks_through_a_large_log_that_nobody_has_counted() {
    walks_nowhere(&[include_str!("large_log.sql")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_walks_through_a_large_log_with_statistics() {
    walks_nowhere(&[include_str!("large_log.sql"), "analyze event", "analyze snapshot"]).await;
}

/// The control: where the server plans as it likes, and may not use indexes, the count shows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_through_the_log_would_be_counted() {
    let Some(schema) = Schema::fresh() else { return };
    schema.open_log().await.unwrap().close().await;
    let mut connection = schema.connect().await;
    run(&mut connection, include_str!("large_log.sql")).await;
    run(
        &mut connection,
        "set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off",
    )
    .await;

    let walked = sqlx::query(include_str!("append_one.sql")).bind("a-1").bind(0_i64).bind(command().uuid());
    run(&mut connection, "begin").await;
    let before = reads_of_this_transaction(&mut connection).await;
    walked.execute(&mut connection).await.unwrap();
    let after = reads_of_this_transaction(&mut connection).await;

    assert!(after.scans_of_all > before.scans_of_all && after.rows - before.rows > 50_000, "{after:?}");
}

async fn walks_nowhere(prepare: &[&'static str]) {
    let Some(schema) = Schema::fresh() else { return };
    schema.open_log().await.unwrap().close().await;
    let mut connection = schema.connect().await;
    run(&mut connection, "alter table event set (autovacuum_enabled = off)").await;
    for &sql in prepare {
        run(&mut connection, sql).await;
    }
    let before = reads(&mut connection).await;
    let store = schema.open_log().await.unwrap();

    use_all(&store).await;

    // A connection that ends tells what it has counted.
    let log = store.head().await.unwrap().log;
    store.close().await;
    let mut after = before;
    until("the database has counted", async || {
        after = reads(&mut connection).await;
        after.by_index > before.by_index + 50
    })
    .await;
    assert_eq!(after.scans_of_all, before.scans_of_all, "{log}: {after:?}");
    let rows = after.rows - before.rows;
    assert!(rows < 4_000, "{rows} rows were looked at");
}

/// Appends, wins and conflicts, known commands, streams with and without snapshot, pages forward and backward.
async fn use_all(store: &PostgresEventStore) {
    let head = store.head().await.unwrap().position.value();
    let known = proposal(&stream("plan"), 0, 20);
    append(store, known.clone()).await;
    for round in 0..5 {
        let mut all: Vec<_> = (0..20).map(|at| proposal(&stream(&format!("{round}-{at}")), 0, 2)).collect();
        all.push(known.clone());
        all.push(proposal(&stream("plan"), 3, 1));
        store.append(all).await.unwrap();
    }
    let at = events_of(store, &stream("plan")).await.remove(9);
    let log: LogId = store.head().await.unwrap().log;
    let (position, event) = (at.position, at.id);
    let snapshot =
        Snapshot { version: Version::new(10), position, event, log, schema: 1, state: "{}".into() };
    store.save_snapshot(&stream("plan"), snapshot.clone()).await.unwrap();
    store.save_snapshot(&stream("plan"), snapshot).await.unwrap();
    assert_eq!(store.load(&stream("plan"), LoadFrom::Snapshot, 5).await.unwrap().events.len(), 5);
    for after in [head / 2, head] {
        store.read_log(Position::new(after), &Types::new(), 100).await.unwrap();
        store.read_log_backward(Position::new(after + 10), 10).await.unwrap();
    }
    store.outcomes_of(&[known.parts[0].command, command()]).await.unwrap();
}

async fn reads(connection: &mut PgConnection) -> Reads {
    read(connection, include_str!("reads.sql")).await
}

async fn reads_of_this_transaction(connection: &mut PgConnection) -> Reads {
    read(connection, include_str!("reads_of_this_transaction.sql")).await
}

async fn read(connection: &mut PgConnection, sql: &'static str) -> Reads {
    let row = sqlx::query(sql).fetch_one(connection).await.unwrap();
    Reads { scans_of_all: row.get("seq_scan"), by_index: row.get("idx_scan"), rows: row.get("tuples") }
}
