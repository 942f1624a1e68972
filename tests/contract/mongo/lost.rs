//! Answers that get lost, connections that are cut, and callers that go away.

use std::pin::pin;
use std::sync::Arc;

use adapters::mongo::MongoEventStore;
use adapters::system_clock::SystemIds;
use application::ports::event_store::{
    AppendOutcome, LoadFrom, LogId, Position, StoreError, StreamAppend, Types,
};
use application::ports::{EventStore, Ids};
use mongodb::bson::{Document, doc};
use tests::laws::event_store::samples::{
    append, append_one, events_of, proposal, stream, versions, whole_log,
};
use tests::stores::Documents;

use super::faults::{alone, fail, fail_no_more};

const CUT: &str = "closeConnection";

async fn opened() -> Option<(Documents, Arc<MongoEventStore>)> {
    let documents = Documents::fresh()?;
    let store = Arc::new(documents.open_log().await.unwrap());
    append(&*store, proposal(&stream("first"), 0, 1)).await;
    Some((documents, store))
}

/// A commit that was done, and whose answer says that nobody knows whether the majority has it.
fn not_acknowledged() -> Document {
    doc! { "failCommands": ["commitTransaction"], "writeConcernError": { "code": 64, "errmsg": "too few" } }
}

/// T3: the commit is sent again, or the batch by the ids of its commands, and answered as if nothing had happened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_answer_was_lost_is_stored_once_and_acknowledged() {
    let Some((documents, store)) = opened().await else { return };
    let _alone = alone().await;
    // More often than a commit is sent again, so that the whole batch is asked for once more.
    for (round, times) in (0..).zip([1, 2, 10, 11]) {
        fail(&documents, doc! { "times": times }, not_acknowledged()).await;

        let outcome = append_one(&*store, proposal(&stream("a"), round * 2, 2)).await;

        assert_eq!(outcome, AppendOutcome::Appended { first: Position::new(2 + round * 2) }, "{times}");
    }
    assert_eq!(versions(&events_of(&*store, &stream("a")).await), (1..=8).collect::<Vec<_>>());
}

/// T3: when nobody answers at all, the caller learns that nobody knows; a repeat finds what was done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_nobody_answers_has_an_unknown_outcome_and_is_found_when_repeated() {
    let Some((documents, store)) = opened().await else { return };
    let _alone = alone().await;
    let lost = proposal(&stream("a"), 0, 2);
    fail(&documents, "alwaysOn", not_acknowledged()).await;

    let unknown = store.append(vec![lost.clone()]).await;

    assert!(matches!(unknown, Err(StoreError::UnknownOutcome { .. })), "{unknown:?}");
    fail_no_more(&documents).await;
    let AppendOutcome::AlreadyDone { commands } = append_one(&*store, lost.clone()).await else {
        panic!("it was done")
    };
    assert_eq!(commands[0].0, lost.parts[0].command);
    assert_eq!(whole_log(&*store).await.len(), 3);
}

/// An event that another writer has stored under the same command is not taken for the lost one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_did_under_the_same_command_is_not_taken_for_the_lost_append() {
    let Some((documents, store)) = opened().await else { return };
    let _alone = alone().await;
    let done = proposal(&stream("a"), 0, 1);
    append(&*store, done.clone()).await;
    let mut other = proposal(&stream("a"), 0, 1);
    other.parts[0].command = done.parts[0].command;
    fail(&documents, doc! { "times": 11 }, not_acknowledged()).await;

    let outcome = append_one(&*store, other).await;

    assert!(matches!(outcome, AppendOutcome::AlreadyDone { .. }), "{outcome:?}");
}

/// What was cut before the commit was sent was not done, and is said so or done again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_under_load_lose_nothing_that_was_acknowledged() {
    let Some((documents, store)) = opened().await else { return };
    let _alone = alone().await;
    let commands = ["findAndModify", "find", "insert", "update", "commitTransaction", "aggregate"];
    let cut = doc! { "failCommands": commands.as_slice(), CUT: true };
    fail(&documents, doc! { "activationProbability": 0.05 }, cut).await;
    let writers: Vec<_> = (0..8).map(|writer| tokio::spawn(write(Arc::clone(&store), writer))).collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(fail_no_more(&documents).await > 0, "nothing was cut");

    for writer in 0..8 {
        let stored = events_of(&*store, &stream(&format!("writer-{writer}"))).await;
        assert_eq!(versions(&stored), (1..=ROUNDS).collect::<Vec<_>>(), "writer {writer}");
    }
}

const ROUNDS: u64 = 20;

/// Each append once, however often it has to be sent.
async fn write(store: Arc<MongoEventStore>, writer: u64) {
    for round in 0..ROUNDS {
        let next = proposal(&stream(&format!("writer-{writer}")), round, 1);
        while !is_stored(&store, next.clone()).await {
            tokio::task::yield_now().await;
        }
    }
}

async fn is_stored(store: &MongoEventStore, proposal: StreamAppend) -> bool {
    match store.append(vec![proposal]).await.as_deref() {
        Ok([AppendOutcome::Appended { .. } | AppendOutcome::AlreadyDone { .. }]) => true,
        Ok(other) => panic!("nobody else writes there: {other:?}"),
        Err(StoreError::Unavailable { .. } | StoreError::UnknownOutcome { .. }) => false,
        Err(error @ StoreError::Corrupt { .. }) => panic!("{error:?}"),
    }
}

/// T26: callers go away after any number of steps; the next 300 find clean connections, and no transaction is open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_go_away_at_any_step_leave_clean_connections() {
    let Some(documents) = Documents::fresh() else { return };
    let mut settings = documents.settings();
    settings.connections = 2;
    let log = MongoEventStore::open(&settings, LogId::new(SystemIds.next())).await.unwrap();
    for steps in 0..40 {
        leave_after(steps, log.append(vec![proposal(&stream(&format!("left-{steps}")), 0, 3)])).await;
        leave_after(steps, log.load(&stream("left-0"), LoadFrom::Snapshot, 10)).await;
        leave_after(steps, log.read_log(Position::START, &Types::new(), 10)).await;
        leave_after(steps, log.head()).await;
    }

    for round in 0..300 {
        match round % 3 {
            0 => drop(append(&log, proposal(&stream("after"), round / 3, 1)).await),
            1 => drop(log.load(&stream("after"), LoadFrom::Snapshot, 10).await.unwrap()),
            _ => drop(log.head().await.unwrap()),
        }
    }
    log.close().await;
    let open = doc! { "$match": { "appName": documents.name(), "transaction": { "$exists": true } } };
    let all = doc! { "$currentOp": { "allUsers": true, "idleSessions": true } };
    let admin = super::faults::admin(&documents).await;
    assert!(!admin.aggregate([all, open]).await.unwrap().advance().await.unwrap(), "a transaction is open");
    let log = documents.open_log().await.unwrap();
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

/// With a clear refusal, not by waiting for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_store_refuses() {
    let Some((_documents, log)) = opened().await else { return };
    log.close().await;

    let refusal = log.append(vec![proposal(&stream("a"), 1, 1)]).await;
    assert!(matches!(refusal, Err(StoreError::Unavailable { .. })), "{refusal:?}");
    assert!(log.head().await.is_err());
}
