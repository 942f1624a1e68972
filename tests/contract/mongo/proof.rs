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
use mongodb::error::UNKNOWN_TRANSACTION_COMMIT_RESULT;
use mongodb::{ClientSession, Database};
use tests::laws::event_store::samples::{proposal, stream};
use tests::own_infra::OwnInfra;
use tests::servers;
use tests::stores::Documents;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::faults::{admin, alone, fail, fail_no_more};
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
    let proof = Proof::begun(&documents).await;
    let commands = ["findAndModify", "find", "insert", "commitTransaction", "aggregate"];
    let cut = doc! { "failCommands": commands.as_slice(), "closeConnection": true };
    fail(&documents, doc! { "activationProbability": 0.01 }, cut).await;

    proof.goes_on(duration()).await;

    proof.stop.cancel();
    let cuts = fail_no_more(&documents).await;
    assert!(cuts > 0, "nothing was cut");
    proof.ended(&format!("{cuts} connections cut")).await;
}

/// With three members, of which another one becomes the primary again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_sees_all_in_order_while_the_primary_of_three_steps_down() {
    if servers::mongo().is_none() {
        return;
    }
    let (_set, url) = OwnInfra::started_with("mongo", "MONGO_URL", &[("INFRA_MONGO_MEMBERS", "3")]);
    let documents = Documents::on(&url);
    let proof = Proof::begun(&documents).await;
    let mut primaries = vec![primary(&documents).await];
    for _ in 0..3 {
        proof.goes_on(duration() / 3).await;
        let down = doc! { "replSetStepDown": 5, "secondaryCatchUpPeriodSecs": 3 };
        // Whoever steps down may say so, or hang up.
        let _ = admin(&documents).await.run_command(down).await;
        primaries.push(primary(&documents).await);
    }
    proof.goes_on(duration() / 3).await;

    proof.stop.cancel();
    primaries.dedup();
    assert!(primaries.len() > 1, "nobody stepped down");
    proof.ended(&format!("{} primaries one after the other", primaries.len())).await;
}

/// Which member it is, as soon as there is one.
async fn primary(documents: &Documents) -> String {
    loop {
        if let Ok(hello) = admin(documents).await.run_command(doc! { "hello": 1 }).await {
            return hello.get_str("me").unwrap().to_owned();
        }
    }
}

/// Everybody who is at work.
struct Proof {
    first: Arc<MongoEventStore>,
    stop: CancellationToken,
    writers: Vec<JoinHandle<Vec<EventId>>>,
    naive: Vec<JoinHandle<Vec<i64>>>,
    reader: JoinHandle<Vec<(Position, EventId)>>,
    naive_reader: JoinHandle<BTreeSet<i64>>,
}

impl Proof {
    async fn begun(documents: &Documents) -> Self {
        let [first, second, third] = [open(documents).await, open(documents).await, open(documents).await];
        let database = documents.database().await;
        database.create_collection("naive").await.unwrap();
        let stop = CancellationToken::new();
        let nodes = [Arc::clone(&first), second];
        let writer = |at: usize| tokio::spawn(write(Arc::clone(&nodes[at % 2]), at, stop.clone()));
        let mut writers: Vec<_> = (0..16).map(writer).collect();
        writers.extend((0..2).map(|_| tokio::spawn(write_beside(database.clone(), stop.clone()))));
        let naive = (0..8).map(|_| tokio::spawn(write_naively(database.clone(), stop.clone()))).collect();
        let reader = tokio::spawn(read(third, stop.clone()));
        let naive_reader = tokio::spawn(read_naively(database, stop.clone()));
        Self { first, stop, writers, naive, reader, naive_reader }
    }

    /// The time in which they disturb one another.
    async fn goes_on(&self, time: Duration) {
        assert!(tokio::time::timeout(time, self.stop.cancelled()).await.is_err(), "somebody stopped early");
    }

    async fn ended(self, what: &str) {
        let committed: Vec<EventId> = all(self.writers).await;
        let seen = self.reader.await.unwrap();
        // What the reader had not seen yet when it was stopped is there still, after its last position.
        let last = seen.last().map_or(Position::START, |(position, _)| *position);
        let seen: Vec<_> = seen.into_iter().chain(drain(&self.first, last).await).collect();
        let positions: Vec<_> = seen.iter().map(|(position, _)| position.value()).collect();
        let (written, found) = (all(self.naive).await, self.naive_reader.await.unwrap());
        let lost = written.iter().filter(|number| !found.contains(number)).count();
        let figures = format!(
            "{} events committed, {} seen, {what}; the naive reader lost {lost} of {}",
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
    }
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
                if is_committed(&mut session).await {
                    written.push(next.parts[0].events[0].id);
                }
            }
            // Nothing of it counts, and what met another transaction is gone already.
            _ => drop(session.abort_transaction().await),
        }
    }
    written
}

/// Sends the commit until somebody knows how it ended.
async fn is_committed(session: &mut ClientSession) -> bool {
    loop {
        match session.commit_transaction().await {
            Ok(()) => return true,
            Err(error) if error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT) => {}
            Err(_gone_with_its_primary) => return false,
        }
    }
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
        if naive.insert_one(doc! { "_id": number }).session(&mut session).await.is_err() {
            continue;
        }
        stall(2 + u64::try_from(number % 7).unwrap()).await;
        if is_committed(&mut session).await {
            written.push(number);
        }
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
        let found = naive.find(doc! { "_id": { "$gt": last } }).sort(doc! { "_id": 1 }).await;
        let Ok(mut found) = found else { continue };
        while found.advance().await.unwrap_or(false) {
            last = found.current().get_i64("_id").unwrap();
            seen.insert(last);
        }
    }
    seen
}
