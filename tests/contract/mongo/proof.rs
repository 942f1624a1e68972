//! T5, the proof of order: a reader beside sixteen writers on two nodes, while other transactions stall and are
//! aborted, and connections are cut. A reader that goes by numbers that are taken before the commit is the control: it
//! has to lose events.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use adapters::mongo::MongoEventStore;
use adapters::system_clock::SystemIds;
use application::ports::event_store::{AppendOutcome, EventId, Position, StoreError, StreamAppend, Types};
use application::ports::{EventStore, Ids};
use futures::future::join_all;
use mongodb::bson::{Document, doc};
use mongodb::{ClientSession, Database};
use tests::laws::event_store::samples::{proposal, stream};
use tests::stores::Documents;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::faults::{alone, fail, fail_no_more};
use super::log::{begin, insert, move_end};

/// How long the proof goes on: `ORDER_PROOF_SECONDS`, else five seconds. Sixty make it a full one.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how long they may take")]
fn duration() -> Duration {
    let seconds = std::env::var("ORDER_PROOF_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(5))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_sees_all_that_two_nodes_commit_in_order_and_a_naive_reader_does_not() {
    let Some(documents) = Documents::fresh() else { return };
    let _alone = alone().await;
    let [first, second, third] = [open(&documents).await, open(&documents).await, open(&documents).await];
    let database = documents.database().await;
    database.create_collection("naive").await.unwrap();
    let stop = CancellationToken::new();
    let commands = ["findAndModify", "find", "insert", "commitTransaction", "aggregate"];
    let cut = doc! { "failCommands": commands.as_slice(), "closeConnection": true };
    fail(&documents, doc! { "activationProbability": 0.01 }, cut).await;
    let nodes = [Arc::clone(&first), second];
    let writers: Vec<_> =
        (0..16).map(|at| tokio::spawn(write(Arc::clone(&nodes[at % 2]), at, stop.clone()))).collect();
    let beside: Vec<_> = (0..2).map(|_| tokio::spawn(write_beside(database.clone(), stop.clone()))).collect();
    let naive: Vec<_> = (0..8).map(|_| tokio::spawn(write_naively(database.clone(), stop.clone()))).collect();
    let reader = tokio::spawn(read(third, stop.clone()));
    let naive_reader = tokio::spawn(read_naively(database.clone(), stop.clone()));

    // The time in which they disturb one another.
    assert!(tokio::time::timeout(duration(), stop.cancelled()).await.is_err(), "somebody stopped early");
    stop.cancel();

    let mut committed: Vec<EventId> = all(writers).await;
    committed.extend(all(beside).await);
    let cuts = fail_no_more(&documents).await;
    let seen = reader.await.unwrap();
    // What the reader had not seen yet when it was stopped is there still, after its last position.
    let last = seen.last().map_or(Position::START, |(position, _)| *position);
    let seen: Vec<_> = seen.into_iter().chain(drain(&first, last).await).collect();
    let positions: Vec<_> = seen.iter().map(|(position, _)| position.value()).collect();
    let (written, found) = (all(naive).await, naive_reader.await.unwrap());
    let lost = written.iter().filter(|number| !found.contains(number)).count();
    let figures = format!(
        "{} events committed, {} seen, {cuts} connections cut; the naive reader lost {lost} of {}",
        committed.len(),
        seen.len(),
        written.len()
    );
    // Past the harness; whoever closed the output does not want to know.
    let _ = writeln!(std::io::stderr().lock(), "order on mongo: {figures}");

    assert_eq!(positions, (1..=seen.len() as u64).collect::<Vec<_>>(), "{figures}");
    let seen: BTreeSet<EventId> = seen.into_iter().map(|(_, id)| id).collect();
    assert_eq!(seen, committed.into_iter().collect(), "{figures}");
    assert!(lost > 0, "the control lost nothing, so it proves nothing: {figures}");
    assert!(cuts > 0, "{figures}");
}

async fn open(documents: &Documents) -> Arc<MongoEventStore> {
    Arc::new(documents.open_log().await.unwrap())
}

async fn all<T>(tasks: Vec<JoinHandle<Vec<T>>>) -> Vec<T> {
    join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect()
}

/// Appends to a stream of its own, and sends each append until it is answered.
async fn write(store: Arc<MongoEventStore>, writer: usize, stop: CancellationToken) -> Vec<EventId> {
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

async fn is_stored(store: &MongoEventStore, proposal: StreamAppend) -> bool {
    match store.append(vec![proposal]).await.as_deref() {
        Ok([AppendOutcome::Appended { .. } | AppendOutcome::AlreadyDone { .. }]) => true,
        Err(StoreError::Unavailable { .. } | StoreError::UnknownOutcome { .. }) => false,
        other => panic!("nobody else writes there: {other:?}"),
    }
}

/// Moves the end of the log as a batch does, stalls within the transaction, and then commits or aborts it.
async fn write_beside(database: Database, stop: CancellationToken) -> Vec<EventId> {
    let mut written = Vec::new();
    for round in 0.. {
        stall(20).await; // a turn of the others
        if stop.is_cancelled() {
            break;
        }
        let next = proposal(&stream(&format!("beside-{}", SystemIds.next())), 0, 1);
        let mut session = begin(&database).await;
        match write_slowly(&database, &mut session, &next).await {
            Ok(()) if round % 2 == 0 => {
                session.commit_transaction().await.unwrap();
                written.push(next.parts[0].events[0].id);
            }
            // Nothing of it counts, and what met another transaction is gone already.
            _ => drop(session.abort_transaction().await),
        }
    }
    written
}

async fn write_slowly(
    database: &Database,
    session: &mut ClientSession,
    next: &StreamAppend,
) -> mongodb::error::Result<()> {
    let position = move_end(database, session).await?;
    insert(database, session, next, position).await?;
    stall(10).await;
    Ok(())
}

/// Lets others come in between.
async fn stall(milliseconds: u64) {
    let mut ticks = tokio::time::interval(Duration::from_millis(milliseconds));
    ticks.tick().await;
    ticks.tick().await;
}

/// Goes on from its last position, as a processor does.
async fn read(store: Arc<MongoEventStore>, stop: CancellationToken) -> Vec<(Position, EventId)> {
    let mut seen: Vec<(Position, EventId)> = Vec::new();
    while !stop.is_cancelled() {
        let after = seen.last().map_or(Position::START, |(position, _)| *position);
        // A reader whose connection was cut asks again.
        let Ok(page) = store.read_log(after, &Types::new(), 40).await else { continue };
        seen.extend(page.events.iter().map(|event| (event.position, event.id)));
    }
    seen
}

async fn drain(store: &MongoEventStore, mut after: Position) -> Vec<(Position, EventId)> {
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

/// As it is often done: the number comes from a counter beside the transaction, and is seen with the commit.
async fn write_naively(database: Database, stop: CancellationToken) -> Vec<i64> {
    let counters = database.collection::<Document>("counter");
    let naive = database.collection::<Document>("naive");
    let mut written = Vec::new();
    while !stop.is_cancelled() {
        let counted = counters.find_one_and_update(doc! { "_id": 1 }, doc! { "$inc": { "n": 1_i64 } });
        let Ok(before) = counted.upsert(true).await else { continue };
        let number = before.map_or(0, |before| before.get_i64("n").unwrap()) + 1;
        let mut session = begin(&database).await;
        naive.insert_one(doc! { "_id": number }).session(&mut session).await.unwrap();
        stall(2 + u64::try_from(number % 7).unwrap()).await;
        session.commit_transaction().await.unwrap();
        written.push(number);
    }
    written
}

/// As it is often done: all after the last one.
async fn read_naively(database: Database, stop: CancellationToken) -> BTreeSet<i64> {
    let naive = database.collection::<Document>("naive");
    let (mut seen, mut last) = (BTreeSet::new(), 0);
    let mut left = 2;
    while left > 0 {
        left -= usize::from(stop.is_cancelled());
        let mut found = naive.find(doc! { "_id": { "$gt": last } }).sort(doc! { "_id": 1 }).await.unwrap();
        while found.advance().await.unwrap() {
            last = found.current().get_i64("_id").unwrap();
            seen.insert(last);
        }
    }
    seen
}
