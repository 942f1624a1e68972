//! Answers that get lost, connections that are cut, and callers that go away.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use adapters::postgres::{PostgresEventStore, PostgresTokenStore};
use adapters::system_clock::SystemIds;
use application::ports::ProcessorAdmin;
use application::ports::event_store::{
    AppendOutcome, LoadFrom, LogId, Position, StoreError, StreamAppend, Types, Version,
};
use application::ports::token_store::{Commit, ProcessorName, Row, RowKey, TokenError};
use application::ports::{EventStore, Ids, TokenStore};
use sqlx::PgConnection;
use tests::laws::event_store::EventStoreUnderTest;
use tests::laws::event_store::samples::{
    append, append_one, events_of, proposal, stream, versions, whole_log,
};
use tests::laws::token_store::samples::{CATALOGUE, Worker, book, no};

use super::log::PostgresLog;
use super::proxy::Proxy;
use super::schema::{Schema, until};

async fn proxied() -> Option<(Schema, Proxy, PostgresEventStore)> {
    let schema = Schema::fresh()?;
    let proxy = Proxy::to(schema.url()).await;
    let store = PostgresEventStore::open(&schema.settings_by(&proxy.url), LogId::new(SystemIds.next())).await;
    let store = store.unwrap();
    append(&store, proposal(&stream("first"), 0, 1)).await;
    Some((schema, proxy, store))
}

/// T3: it is asked again by the ids of its commands, and answered as if nothing had happened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_answer_was_lost_is_stored_once_and_acknowledged() {
    let Some((_schema, proxy, store)) = proxied().await else { return };
    for round in 0..5 {
        proxy.lose_next_answer();

        let outcome = append_one(&store, proposal(&stream("a"), round * 2, 2)).await;

        assert_eq!(outcome, AppendOutcome::Appended { first: Position::new(2 + round * 2) });
    }
    assert_eq!(versions(&events_of(&store, &stream("a")).await), (1..=10).collect::<Vec<_>>());
}

/// T3: when it cannot be asked again either, the caller learns that nobody knows; a repeat finds what was done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_nobody_can_ask_about_has_an_unknown_outcome_and_is_found_when_repeated() {
    let Some((_schema, proxy, store)) = proxied().await else { return };
    let lost = proposal(&stream("a"), 0, 2);
    proxy.lose_next_answer();
    proxy.refuse(true);

    let unknown = store.append(vec![lost.clone()]).await;

    assert!(matches!(unknown, Err(StoreError::UnknownOutcome { .. })), "{unknown:?}");
    let refused = store.append(vec![proposal(&stream("b"), 0, 1)]).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
    proxy.refuse(false);
    let again = append_one(&store, lost.clone()).await;
    let AppendOutcome::AlreadyDone { commands } = again else { panic!("it was done: {again:?}") };
    assert_eq!(commands[0].0, lost.parts[0].command);
    assert_eq!(whole_log(&store).await.len(), 3);
}

/// An event that another writer has stored under the same command is not taken for the lost one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_did_under_the_same_command_is_not_taken_for_the_lost_append() {
    let Some((_schema, proxy, store)) = proxied().await else { return };
    let done = proposal(&stream("a"), 0, 1);
    append(&store, done.clone()).await;
    let mut other = proposal(&stream("a"), 0, 1);
    other.parts[0].command = done.parts[0].command;
    proxy.lose_next_answer();

    let outcome = append_one(&store, other).await;

    assert!(matches!(outcome, AppendOutcome::AlreadyDone { .. }), "{outcome:?}");
}

/// T57a: the same commit again is done, whether the first one was or not; what is lost may also be a connection at
/// rest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_was_lost_can_be_sent_again() {
    let Some(schema) = Schema::fresh() else { return };
    let proxy = Proxy::to(schema.url()).await;
    let store = Arc::new(PostgresTokenStore::open(&schema.settings_by(&proxy.url)).await.unwrap());
    let mut worker = Worker::on(store.clone()).await;
    let mut lost = 0;
    for position in 1..=20 {
        let row = Row::Catalogue(book(1, &format!("Number {position}")));
        let commit =
            Commit { rows: vec![(RowKey::Catalogue(no(1)), Some(row.clone()))], ..worker.next(position) };
        proxy.lose_next_answer();

        until("the commit goes through", async || match worker.commit(commit.clone()).await {
            Ok(()) => true,
            Err(TokenError::UnknownOutcome { .. }) => {
                lost += 1;
                false
            }
            Err(TokenError::Unavailable { .. }) => false,
            Err(error) => panic!("{error:?}"),
        })
        .await;

        let mut seen = None;
        until("rows can be read", async || {
            seen = store.live_rows(&CATALOGUE, None, 10).await.ok();
            seen.is_some()
        })
        .await;
        assert_eq!(seen, Some(vec![row]));
    }
    assert!(lost > 0, "no answer to a commit was lost");
}

/// T10, T11 for connections: an administrator ends all of them, again and again, while there is load.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_ended_under_load_lose_nothing_that_was_acknowledged() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    let writers: Vec<_> = (0..8).map(|writer| tokio::spawn(write(subject.store(), writer))).collect();
    for target in [20, 60, 120, 200] {
        let store = subject.store();
        until("the log grows", async || reached(&*store).await >= target).await;
        subject.schema.terminate_all().await;
    }
    for writer in writers {
        writer.await.unwrap();
    }

    for writer in 0..8 {
        let stored = events_of(&*subject.store, &stream(&format!("writer-{writer}"))).await;
        assert_eq!(versions(&stored), (1..=ROUNDS).collect::<Vec<_>>(), "writer {writer}");
    }
}

const ROUNDS: u64 = 60;
const LIMIT: Duration = Duration::from_secs(30);

/// Each append once, however often it has to be sent.
async fn write(store: Arc<dyn EventStore>, writer: u64) {
    let stream = stream(&format!("writer-{writer}"));
    for round in 0..ROUNDS {
        let next = proposal(&stream, round, 1);
        let stored = tokio::time::timeout(LIMIT, insist(&*store, next)).await;
        assert!(stored.is_ok(), "round {round} of writer {writer} did not go through within {LIMIT:?}");
    }
}

/// Sends an append until it is answered.
async fn insist(store: &dyn EventStore, proposal: StreamAppend) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    while !is_stored(store, proposal.clone()).await {
        ticks.tick().await;
    }
}

async fn is_stored(store: &dyn EventStore, proposal: StreamAppend) -> bool {
    match store.append(vec![proposal]).await.as_deref() {
        Ok([AppendOutcome::Appended { .. } | AppendOutcome::AlreadyDone { .. }]) => true,
        Ok(other) => panic!("nobody else writes there: {other:?}"),
        Err(StoreError::Unavailable { .. } | StoreError::UnknownOutcome { .. }) => false,
        Err(error @ StoreError::Corrupt { .. }) => panic!("{error:?}"),
    }
}

async fn reached(store: &dyn EventStore) -> u64 {
    store.head().await.map_or(0, |head| head.position.value())
}

/// T26: callers go away after any number of steps, also while a transaction begins; the next 1,000 find clean
/// connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_go_away_at_any_step_leave_clean_connections() {
    let Some(schema) = Schema::fresh() else { return };
    let mut settings = schema.settings();
    settings.connections = 2;
    let log = PostgresEventStore::open(&settings, LogId::new(SystemIds.next())).await.unwrap();
    let tokens = Arc::new(PostgresTokenStore::open(&settings).await.unwrap());
    let worker = Worker::on(tokens.clone()).await;
    for steps in 0..40 {
        leave_after(steps, log.append(vec![proposal(&stream(&format!("left-{steps}")), 0, 3)])).await;
        leave_after(steps, log.load(&stream("left-0"), LoadFrom::Snapshot, 10)).await;
        leave_after(steps, log.read_log(Position::START, &Types::new(), 10)).await;
        leave_after(steps, tokens.commit(worker.claim(), worker.next(1))).await;
        leave_after(steps, tokens.live_rows(&CATALOGUE, None, 10)).await;
        leave_after(steps, tokens.split(&CATALOGUE, worker.claim().segment)).await;
        leave_after(steps, tokens.cancel_rebuild(&CATALOGUE)).await;
    }

    for round in 0..1_000 {
        match round % 4 {
            0 => drop(append(&log, proposal(&stream("after"), round / 4, 1)).await),
            1 => drop(log.load(&stream("after"), LoadFrom::Version(Version::START), 10).await.unwrap()),
            2 => drop(tokens.processors().await.unwrap()),
            _ => drop(tokens.live_rows(&CATALOGUE, None, 10).await.unwrap()),
        }
    }
    let mut connection = schema.connect().await;
    assert_eq!(open_transactions(&mut connection, schema.name()).await, 0);
    for steps in 0..40 {
        let left = events_of(&log, &stream(&format!("left-{steps}"))).await.len();
        assert!(left == 0 || left == 3, "{left} of 3 events are there");
    }
}

/// Gives the future as many steps, and drops it.
async fn leave_after(steps: usize, future: impl Future) {
    let mut future = pin!(future);
    for _ in 0..steps {
        if futures::poll!(future.as_mut()).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn open_transactions(connection: &mut PgConnection, application: &str) -> i64 {
    sqlx::query_scalar(include_str!("open_transactions.sql"))
        .bind(application)
        .fetch_one(connection)
        .await
        .unwrap()
}

/// T32: one connection, beside the one that appends, for fifty callers who read, append, commit and change shapes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_connection_is_enough_for_fifty_callers() {
    let Some(schema) = Schema::fresh() else { return };
    let mut settings = schema.settings();
    settings.connections = 1;
    let log = Arc::new(PostgresEventStore::open(&settings, LogId::new(SystemIds.next())).await.unwrap());
    let tokens = Arc::new(PostgresTokenStore::open(&settings).await.unwrap());

    let callers = (0..50).map(|caller: u64| {
        let (log, tokens) = (Arc::clone(&log), Arc::clone(&tokens));
        tokio::spawn(async move {
            append(&*log, proposal(&stream(&format!("caller-{caller}")), 0, 1)).await;
            log.appended(Position::START).await;
            let name = ProcessorName::stored(format!("p-{caller}"));
            let mut worker = Worker::of(tokens.clone(), &name).await;
            worker.move_to(caller + 1).await;
            tokens.progressed(&name, Position::new(caller)).await;
            tokens.split(&name, worker.claim().segment).await.unwrap();
            whole_log(&*log).await.len()
        })
    });
    let seen = futures::future::join_all(callers).await;

    assert!(seen.into_iter().all(|seen| (1..=50).contains(&seen.unwrap())));
}

/// With a clear refusal, not by waiting for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_store_refuses() {
    let Some(schema) = Schema::fresh() else { return };
    let (log, tokens) = (schema.open_log().await.unwrap(), schema.open_tokens().await.unwrap());
    append(&log, proposal(&stream("a"), 0, 1)).await;
    log.close().await;
    tokens.close().await;

    let refusal = log.append(vec![proposal(&stream("a"), 1, 1)]).await;
    assert!(matches!(refusal, Err(StoreError::Unavailable { .. })), "{refusal:?}");
    assert!(log.head().await.is_err() && tokens.processors().await.is_err());
}
