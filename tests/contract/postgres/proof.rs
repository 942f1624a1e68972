//! T5, the proof of order: a reader beside sixteen writers on two nodes, while other transactions stall, roll back and
//! are killed. A reader that goes by the numbers of a sequence is the control: it has to lose events.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use adapters::postgres::PostgresEventStore;
use application::ports::EventStore;
use application::ports::event_store::{AppendOutcome, EventId, Position, StoreError, StreamAppend, Types};
use futures::future::join_all;
use sqlx::{Connection, PgConnection, Row};
use tests::laws::event_store::samples::{proposal, stream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::schema::{Schema, run};

/// How long the proof goes on: `ORDER_PROOF_SECONDS`, else five seconds. Sixty make it a full one.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how long they may take")]
fn duration() -> Duration {
    let seconds = std::env::var("ORDER_PROOF_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(5))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_sees_all_that_two_nodes_commit_in_order_and_a_naive_reader_does_not() {
    let Some(schema) = Schema::fresh() else { return };
    let schema = Arc::new(schema);
    let nodes = [open(&schema).await, open(&schema).await];
    let third = open(&schema).await;
    let stop = CancellationToken::new();
    run(&mut schema.connect().await, include_str!("naive_table.sql")).await;
    let writers: Vec<_> =
        (0..16).map(|at| tokio::spawn(write(Arc::clone(&nodes[at % 2]), at, stop.clone()))).collect();
    let beside: Vec<_> =
        (0..2).map(|_| tokio::spawn(write_beside(Arc::clone(&schema), stop.clone()))).collect();
    let naive: Vec<_> =
        (0..16).map(|_| tokio::spawn(write_naively(Arc::clone(&schema), stop.clone()))).collect();
    let killer = tokio::spawn(kill(Arc::clone(&schema), stop.clone()));
    let reader = tokio::spawn(read(third, stop.clone()));
    let naive_reader = tokio::spawn(read_naively(Arc::clone(&schema), stop.clone()));

    // The time in which they disturb one another.
    assert!(tokio::time::timeout(duration(), stop.cancelled()).await.is_err(), "somebody stopped early");
    stop.cancel();

    let mut committed: Vec<EventId> = all(writers).await;
    committed.extend(all(beside).await);
    let kills = killer.await.unwrap();
    let seen = reader.await.unwrap();
    // What the reader had not seen yet when it was stopped is there still, after its last position.
    let last = seen.last().map_or(Position::START, |(position, _)| *position);
    let seen: Vec<_> = seen.into_iter().chain(drain(&nodes[0], last).await).collect();
    let positions: Vec<_> = seen.iter().map(|(position, _)| position.value()).collect();
    let (written, missed) = (all(naive).await, naive_reader.await.unwrap());
    let lost = written.iter().filter(|id| !missed.contains(id)).count();
    let figures = format!(
        "{} events committed, {} seen, {kills} connections killed; the naive reader lost {lost} of {}",
        committed.len(),
        seen.len(),
        written.len()
    );
    say_past_the_harness(&figures);

    assert_eq!(positions, (1..=seen.len() as u64).collect::<Vec<_>>(), "{figures}");
    let seen: BTreeSet<EventId> = seen.into_iter().map(|(_, id)| id).collect();
    assert_eq!(seen, committed.into_iter().collect(), "{figures}");
    assert!(lost > 0, "the control lost nothing, so it proves nothing: {figures}");
    assert!(kills > 0, "{figures}");
}

fn say_past_the_harness(line: &str) {
    // Whoever closed the output does not want to know.
    let _ = writeln!(std::io::stderr().lock(), "order: {line}");
}

async fn open(schema: &Schema) -> Arc<PostgresEventStore> {
    Arc::new(schema.open_log().await.unwrap())
}

async fn all<T>(tasks: Vec<JoinHandle<Vec<T>>>) -> Vec<T> {
    join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect()
}

/// Appends to a stream of its own, and sends each append until it is answered.
async fn write(store: Arc<PostgresEventStore>, writer: usize, stop: CancellationToken) -> Vec<EventId> {
    let stream = stream(&format!("writer-{writer}"));
    let (mut written, mut version) = (Vec::new(), 0);
    while !stop.is_cancelled() {
        let count = 1 + version as usize % 3;
        let next = proposal(&stream, version, count);
        written.extend(next.parts[0].events.iter().map(|event| event.id));
        while !is_stored(&store, next.clone()).await {
            tokio::task::yield_now().await;
        }
        version += count as u64;
    }
    written
}

async fn is_stored(store: &PostgresEventStore, proposal: StreamAppend) -> bool {
    match store.append(vec![proposal]).await.as_deref() {
        Ok([AppendOutcome::Appended { .. } | AppendOutcome::AlreadyDone { .. }]) => true,
        Err(StoreError::Unavailable { .. } | StoreError::UnknownOutcome { .. }) => false,
        other => panic!("nobody else writes there: {other:?}"),
    }
}

/// Takes the lock as the function does, stalls within it, and then commits or rolls back, or is killed meanwhile.
async fn write_beside(schema: Arc<Schema>, stop: CancellationToken) -> Vec<EventId> {
    let mut written = Vec::new();
    for round in 0.. {
        if stop.is_cancelled() {
            break;
        }
        let mut connection = schema.connect().await;
        let id = proposal(&stream("any"), 0, 1).parts[0].events[0].id;
        let begun = write_slowly(&mut connection, id).await.is_ok();
        if round % 2 == 0 {
            drop(connection.close().await);
        } else if begun {
            match sqlx::raw_sql("commit").execute(&mut connection).await {
                Ok(_) => written.push(id),
                // Killed: whether it was committed is looked up.
                Err(_) => written.extend(is_there(&schema, id).await.then_some(id)),
            }
        }
    }
    written
}

async fn write_slowly(connection: &mut PgConnection, id: EventId) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("begin").execute(&mut *connection).await?;
    sqlx::raw_sql(include_str!("take_lock.sql")).execute(&mut *connection).await?;
    let insert = sqlx::query(include_str!("insert_event.sql"));
    insert.bind(format!("beside-{id}")).bind(id.uuid()).execute(&mut *connection).await?;
    sqlx::raw_sql(include_str!("stall.sql")).execute(connection).await?;
    Ok(())
}

async fn is_there(schema: &Schema, id: EventId) -> bool {
    let found = sqlx::query(include_str!("is_there.sql")).bind(format!("beside-{id}"));
    found.fetch_optional(&mut schema.connect().await).await.unwrap().is_some()
}

/// Ends one connection after the other; answers how many.
async fn kill(schema: Arc<Schema>, stop: CancellationToken) -> u64 {
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    let mut connection = schema.connect_as("killer").await;
    let mut killed = 0;
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let one = sqlx::query_scalar(include_str!("terminate_one.sql")).bind(schema.name());
        killed += u64::from(one.fetch_optional(&mut connection).await.unwrap().unwrap_or(false));
    }
    killed
}

/// Goes on from its last position, as a processor does.
async fn read(store: Arc<PostgresEventStore>, stop: CancellationToken) -> Vec<(Position, EventId)> {
    let mut seen: Vec<(Position, EventId)> = Vec::new();
    while !stop.is_cancelled() {
        let after = seen.last().map_or(Position::START, |(position, _)| *position);
        // A reader whose connection was killed asks again.
        let Ok(page) = store.read_log(after, &Types::new(), 40).await else { continue };
        seen.extend(page.events.iter().map(|event| (event.position, event.id)));
    }
    seen
}

async fn drain(store: &PostgresEventStore, mut after: Position) -> Vec<(Position, EventId)> {
    let mut seen = Vec::new();
    loop {
        let Ok(page) = store.read_log(after, &Types::new(), 1000).await else { continue };
        if page.events.is_empty() {
            return seen;
        }
        after = page.scanned_to;
        seen.extend(page.events.iter().map(|event| (event.position, event.id)));
    }
}

/// As it is often done: the number comes from a sequence, with the insert, and is seen with the commit.
async fn write_naively(schema: Arc<Schema>, stop: CancellationToken) -> Vec<i64> {
    let mut connection = schema.connect_as("naive").await;
    let mut written = Vec::new();
    while !stop.is_cancelled() {
        run(&mut connection, "begin").await;
        let number = sqlx::query_scalar(include_str!("insert_naively.sql")).fetch_one(&mut connection).await;
        run(&mut connection, include_str!("stall.sql")).await;
        run(&mut connection, "commit").await;
        written.push(number.unwrap());
    }
    written
}

/// As it is often done: all after the last one.
async fn read_naively(schema: Arc<Schema>, stop: CancellationToken) -> BTreeSet<i64> {
    let mut connection = schema.connect_as("naive").await;
    let (mut seen, mut last) = (BTreeSet::new(), 0);
    let mut left = 2;
    while left > 0 {
        left -= usize::from(stop.is_cancelled());
        let rows = sqlx::query(include_str!("read_naively.sql")).bind(last);
        for row in rows.fetch_all(&mut connection).await.unwrap() {
            last = row.get("number");
            seen.insert(last);
        }
    }
    seen
}
