//! What each new session has to be: with its settings, of its own, and with a server that takes changes.

use std::error::Error;
use std::str::FromStr;

use adapters::postgres::{OpenError, PostgresEventStore, PostgresSettings, PostgresTokenStore};
use adapters::system_clock::SystemIds;
use application::ports::ProcessorAdmin;
use application::ports::event_store::{LogId, StoreError};
use application::ports::token_store::Segment;
use application::ports::{EventStore, Ids};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Row};
use tests::laws::event_store::samples::{append, proposal, stream, whole_log};
use tests::laws::token_store::samples::{CATALOGUE, token};

use super::pooler::{Habit, Pooler};
use super::schema::{Schema, run, until};

async fn open(settings: &PostgresSettings) -> Result<PostgresEventStore, OpenError> {
    PostgresEventStore::open(settings, LogId::new(SystemIds.next())).await
}

/// The tables in the test's schema, and the schemas named by a search path that nobody set.
async fn found(schema: &Schema) -> (i64, i64) {
    let mut connection = schema.connect().await;
    let counts = sqlx::query_as(include_str!("found.sql")).bind(schema.name());
    counts.fetch_one(&mut connection).await.unwrap()
}

/// T110.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_pooler_that_drops_options_tables_are_made_in_their_own_schema() {
    let Some(schema) = Schema::fresh() else { return };
    let pooler = Pooler::before(schema.url(), Habit::ForgetsOptions).await;
    let settings = schema.settings_by(&pooler.url);

    let log = open(&settings).await.unwrap();
    append(&log, proposal(&stream("a"), 0, 2)).await;
    let tokens = PostgresTokenStore::open(&settings).await.unwrap();
    tokens.register(&CATALOGUE, &Segment::all_at(1, token(0))).await.unwrap();

    let (tables, strangers) = found(&schema).await;
    assert!(tables > 4 && strangers == 0, "{tables} tables, {strangers} schemas of nobody");
    assert_eq!(whole_log(&schema.open_log().await.unwrap()).await.len(), 2);
}

/// T110: what was set by one client is there for the next, and may not be there any more a moment later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_shares_sessions_is_refused_before_anything_is_made() {
    let Some(schema) = Schema::fresh() else { return };
    let pooler = Pooler::before(schema.url(), Habit::SharesSessions).await;

    let refusal = open(&schema.settings_by(&pooler.url)).await.err().unwrap();

    assert!(matches!(refusal, OpenError::SharedSessions { .. }), "{refusal:?}");
    assert!(refusal.to_string().contains("`pool_mode = session`"), "{refusal}");
    assert_eq!(found(&schema).await, (0, 0));
    let mut next = PgConnectOptions::from_str(&pooler.url).unwrap().connect().await.unwrap();
    let path: String = sqlx::raw_sql("show search_path").fetch_one(&mut next).await.unwrap().get(0);
    assert!(path.contains("$user"), "the next client got our search path, {path}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_refuses_options_is_told_what_to_do() {
    let Some(schema) = Schema::fresh() else { return };
    let pooler = Pooler::before(schema.url(), Habit::RefusesOptions).await;

    let refusal = open(&schema.settings_by(&pooler.url)).await.err().unwrap();

    assert!(matches!(refusal, OpenError::Pooler { .. }), "{refusal:?}");
    assert!(refusal.to_string().contains("ignore_startup_parameters"), "{refusal}");
}

/// As some keepers of databases switch it when a disk is nearly full.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_takes_no_changes_is_refused_and_can_be_looked_into() {
    let Some(schema) = Schema::fresh() else { return };
    let settings = as_role(&schema).await;
    append(&open(&settings).await.unwrap(), proposal(&stream("a"), 0, 1)).await;
    run(&mut schema.connect().await, include_str!("role_only_reads.sql")).await;

    let refusal = open(&settings).await.err().unwrap();

    assert!(matches!(refusal, OpenError::ReadOnly { .. }), "{refusal:?}");
    assert!(refusal.to_string().contains("name the one that does"), "{refusal}");
    let look = open(&settings.clone().only_to_look()).await.unwrap();
    assert_eq!(whole_log(&look).await.len(), 1);
}

/// What a fail-over looks like from here: connections end, and behind the same name is another server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_reconnect_the_server_is_asked_again_whether_it_takes_changes() {
    let Some(schema) = Schema::fresh() else { return };
    let settings = as_role(&schema).await;
    let log = open(&settings).await.unwrap();
    let tokens = PostgresTokenStore::open(&settings).await.unwrap();
    append(&log, proposal(&stream("a"), 0, 1)).await;
    tokens.register(&CATALOGUE, &Segment::all_at(1, token(0))).await.unwrap();

    run(&mut schema.connect().await, include_str!("role_only_reads.sql")).await;
    schema.terminate_all().await;

    until("the server is asked again", async || {
        let appended = log.append(vec![proposal(&stream("b"), 0, 1)]).await;
        matches!(appended, Err(StoreError::Unavailable { source, .. }) if is_read_only(&*source))
    })
    .await;
    // What would be read could be older than what was answered before.
    until("questions are refused as well", async || {
        matches!(log.head().await, Err(StoreError::Unavailable { source, .. }) if is_read_only(&*source))
    })
    .await;
    assert!(tokens.processors().await.is_err());

    run(&mut schema.connect().await, include_str!("role_writes_again.sql")).await;
    append(&log, proposal(&stream("b"), 0, 1)).await;
    assert_eq!(tokens.processors().await.unwrap().len(), 1);
}

/// Nobody ended a connection, and yet no changes are taken any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_takes_no_changes_any_more_is_not_used_again() {
    let Some(schema) = Schema::fresh() else { return };
    let settings = as_role(&schema).await;
    let log = open(&settings).await.unwrap();
    append(&log, proposal(&stream("a"), 0, 1)).await;
    let mut owner = schema.connect().await;
    run(&mut owner, include_str!("role_only_reads.sql")).await;
    run(&mut owner, include_str!("inserts_are_refused.sql")).await;
    let refused = log.append(vec![proposal(&stream("b"), 0, 1)]).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");

    let refused = log.append(vec![proposal(&stream("b"), 0, 1)]).await;

    let Err(StoreError::Unavailable { source, .. }) = refused else { panic!("{refused:?}") };
    assert!(is_read_only(&*source), "{source}");
}

fn is_read_only(source: &(dyn Error + 'static)) -> bool {
    matches!(source.downcast_ref(), Some(OpenError::ReadOnly { .. }))
}

/// The service as a user of its own, for whom alone the server can be made to refuse changes.
async fn as_role(schema: &Schema) -> PostgresSettings {
    PostgresEventStore::migrate(&schema.settings()).await.unwrap();
    PostgresTokenStore::migrate(&schema.settings()).await.unwrap();
    let mut owner = schema.connect().await;
    run(&mut owner, include_str!("make_role.sql")).await;
    run(&mut owner, include_str!("../../../adapters/src/postgres/sql/roles.sql")).await;
    schema.settings_by(&schema.url_of_role())
}
