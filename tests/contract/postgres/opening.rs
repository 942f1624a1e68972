//! What is found when a server is opened: what will not do, what is not ours, and how tables come about.

use std::error::Error;
use std::time::Duration;

use adapters::postgres::{OpenError, PostgresEventStore, PostgresSettings, PostgresTokenStore, Weakness};
use adapters::system_clock::SystemIds;
use application::ports::ProcessorAdmin;
use application::ports::event_store::LogId;
use application::ports::token_store::Segment;
use application::ports::{EventStore, Ids};
use futures::future::join_all;
use tests::laws::event_store::samples::{append, positions, proposal, stream, whole_log};
use tests::laws::token_store::samples::{CATALOGUE, token};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::schema::{Schema, run, until, with_parameter};

async fn open(settings: &PostgresSettings) -> Result<PostgresEventStore, OpenError> {
    PostgresEventStore::open(settings, LogId::new(SystemIds.next())).await
}

async fn refusal(settings: &PostgresSettings) -> OpenError {
    open(settings).await.err().unwrap()
}

/// T91: eight nodes start at once on an empty server, and agree about the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_nodes_that_start_at_once_make_one_log() {
    let Some(schema) = Schema::fresh() else { return };
    let mut settings = schema.settings();
    settings.connect_limit = Duration::from_secs(20);

    let nodes = (0..8).map(|_| {
        let settings = settings.clone();
        tokio::spawn(async move {
            let tokens = PostgresTokenStore::open(&settings).await.unwrap();
            tokens.register(&CATALOGUE, &Segment::all_at(1, token(0))).await.unwrap();
            open(&settings).await.unwrap()
        })
    });
    let nodes: Vec<_> = join_all(nodes).await.into_iter().map(Result::unwrap).collect();

    let id = nodes[0].head().await.unwrap().log;
    for (at, node) in nodes.iter().enumerate() {
        assert_eq!(node.head().await.unwrap().log, id);
        append(node, proposal(&stream("a"), at as u64, 1)).await;
    }
    assert_eq!(whole_log(&nodes[7]).await.len(), 8);
}

/// T91: and an opened one keeps what is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrations_that_are_done_twice_change_nothing() {
    let Some(schema) = Schema::fresh() else { return };
    PostgresEventStore::migrate(&schema.settings()).await.unwrap();
    let store = schema.open_log().await.unwrap();
    append(&store, proposal(&stream("a"), 0, 1)).await;
    let before = store.head().await.unwrap();

    for _ in 0..2 {
        PostgresEventStore::migrate(&schema.settings()).await.unwrap();
        PostgresTokenStore::migrate(&schema.settings()).await.unwrap();
    }

    assert_eq!(schema.open_log().await.unwrap().head().await.unwrap(), before);
}

/// T91: the migration is killed while it waits in its middle; the next one begins from nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_migration_leaves_nothing() {
    let Some(schema) = Schema::fresh() else { return };
    let mut beside = schema.connect().await;
    run(&mut beside, include_str!("make_schema.sql")).await;
    run(&mut beside, "begin; create table event (x integer)").await;
    let settings = schema.settings();
    let migration = tokio::spawn(async move { PostgresEventStore::migrate(&settings).await });
    let mut watching = schema.connect().await;
    until("the migration waits", async || {
        let waits = sqlx::query_scalar(include_str!("migration_waits.sql")).bind(schema.name());
        waits.fetch_one(&mut watching).await.unwrap()
    })
    .await;

    run(&mut watching, include_str!("terminate_migrations.sql")).await;

    assert!(migration.await.unwrap().is_err());
    run(&mut beside, "rollback").await;
    let left: Vec<String> = sqlx::query_scalar(include_str!("tables.sql"))
        .bind(schema.name())
        .fetch_all(&mut watching)
        .await
        .unwrap();
    assert!(left.is_empty(), "{left:?}");
    append(&schema.open_log().await.unwrap(), proposal(&stream("a"), 0, 1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_somebody_else_are_left_alone() {
    let Some(schema) = Schema::fresh() else { return };
    let mut connection = schema.connect().await;
    run(&mut connection, include_str!("make_schema.sql")).await;
    run(&mut connection, "create table customers (name text)").await;

    let found = refusal(&schema.settings()).await;

    assert!(matches!(&found, OpenError::Foreign { table, .. } if table == "customers"), "{found:?}");
    let tables: Vec<String> = sqlx::query_scalar(include_str!("tables.sql"))
        .bind(schema.name())
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(tables, ["customers"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_a_newer_program_are_refused() {
    let Some(schema) = Schema::fresh() else { return };
    schema.open_log().await.unwrap().close().await;
    run(&mut schema.connect().await, "update rental_form set version = 99").await;

    let found = refusal(&schema.settings()).await;

    assert!(matches!(found, OpenError::Newer { found: 99, known: 4, .. }), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_of_an_older_program_is_brought_up_to_date() {
    for outdated in [
        "drop function append_events; update rental_form set version = 1",
        "drop function append_events; update rental_form set version = 2",
        include_str!("older_function.sql"),
    ] {
        let Some(schema) = Schema::fresh() else { return };
        let old = schema.open_log().await.unwrap();
        append(&old, proposal(&stream("a"), 0, 2)).await;
        old.close().await;
        run(&mut schema.connect().await, outdated).await;

        let log = schema.open_log().await.unwrap();

        append(&log, proposal(&stream("a"), 2, 1)).await;
        as_an_older_node(&schema, "a", 3).await;
        assert_eq!(positions(&whole_log(&log).await), [1, 2, 3, 4], "{outdated}");
    }
}

/// T90: appends one event the way a node of an older program goes on doing.
async fn as_an_older_node(schema: &Schema, name: &str, expected: i64) {
    sqlx::query(include_str!("append_one.sql"))
        .bind(stream(name).as_str().to_owned())
        .bind(expected)
        .bind(SystemIds.next())
        .execute(&mut schema.connect().await)
        .await
        .unwrap();
}

/// T13, as far as a connection can say it; what only the whole server can say is judged in the same place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_wait_for_its_disk_is_told() {
    let Some(schema) = Schema::fresh() else { return };
    let careless = with_parameter(schema.url(), "options[synchronous_commit]", "off");

    let (log, tokens) = (
        open(&schema.settings_by(&careless)).await.unwrap(),
        PostgresTokenStore::open(&schema.settings_by(&careless)).await.unwrap(),
    );

    let named = |weakness: &Weakness| weakness.setting == "synchronous_commit";
    assert!(log.weaknesses().iter().any(named) && tokens.weaknesses().iter().any(named));
    let careful = with_parameter(schema.url(), "options[synchronous_commit]", "on");
    assert!(!open(&schema.settings_by(&careful)).await.unwrap().weaknesses().iter().any(named));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there_is_named() {
    let Some(schema) = Schema::fresh() else { return };
    let elsewhere = with_parameter(schema.url(), "dbname", "nowhere_at_all");
    let found = refusal(&schema.settings_by(&elsewhere)).await;
    assert!(matches!(found, OpenError::NoDatabase { .. }), "{found:?}");
    assert!(found.to_string().contains("nowhere_at_all"), "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_that_is_not_there_is_refused() {
    let Some(schema) = Schema::fresh() else { return };
    let stranger = with_parameter(schema.url(), "user", "nobody_at_all");
    let found = refusal(&schema.settings_by(&stranger)).await;
    assert!(matches!(found, OpenError::Refused { .. }), "{found:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let settings = settings_for(free.port());
    let found = refusal(&settings).await;
    assert!(matches!(found, OpenError::Unreachable { .. }), "{found:?}");
}

/// It takes connections and says nothing, as one behind a broken network does.
#[tokio::test]
async fn a_server_that_says_nothing_is_unreachable_within_the_limit() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = settings_for(silent.local_addr().unwrap().port());
    settings.connect_limit = Duration::from_millis(200);
    let found = refusal(&settings).await;
    assert!(matches!(found, OpenError::Unreachable { .. }), "{found:?}");
}

/// Neither the error nor what lies behind it shows the password that was tried.
#[tokio::test]
async fn a_wrong_password_is_refused_and_not_shown() {
    let strict = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = settings_for(strict.local_addr().unwrap().port());
    let server = tokio::spawn(refuse_one(strict));

    let found = refusal(&settings).await;

    server.await.unwrap();
    assert!(matches!(found, OpenError::Refused { .. }), "{found:?}");
    let shown = format!("{found} {found:?} {} {settings:?}", found.source().unwrap());
    assert!(shown.contains("password authentication failed") && !shown.contains("s3cret"), "{shown}");
}

fn settings_for(port: u16) -> PostgresSettings {
    let url = format!("postgres://kim:s3cret@127.0.0.1:{port}/library?sslmode=disable");
    PostgresSettings::parse(&url).unwrap()
}

/// Hears who comes, and says that the password is wrong.
async fn refuse_one(listener: TcpListener) {
    let (mut client, _) = listener.accept().await.unwrap();
    let length = client.read_u32().await.unwrap();
    let mut startup = vec![0; length as usize - 4];
    client.read_exact(&mut startup).await.unwrap();
    let said = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"kim\"\0\0";
    client.write_all(b"E").await.unwrap();
    client.write_u32(said.len() as u32 + 4).await.unwrap();
    client.write_all(said).await.unwrap();
    client.flush().await.unwrap();
}
