//! What becomes of operations whose end is not what was hoped for.

use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

use mongodb::bson::{Document, doc};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use super::*;

const COLLECTION: &str = "count";

/// A database of a test's own on the server that everybody's tests use; none, and a line that says so, when there is
/// none. The connection goes by a name, so that faults can be made for it alone.
struct Place {
    connection: Connection,
    app_name: String,
}

#[expect(clippy::disallowed_methods, reason = "the address of a test's server comes from the environment")]
fn place() -> Option<Place> {
    let read = |name: &str| std::env::var(name).unwrap_or_default();
    let url = read("MONGO_URL");
    if url.is_empty() {
        assert!(!read("REQUIRE_SERVERS").contains("mongo"), "REQUIRE_SERVERS names mongo, and there is none");
        // Past the harness, which would keep the line to itself; whoever closed the output does not want to know.
        let _ = writeln!(std::io::stderr().lock(), "a test of connections did not run: MONGO_URL is not set");
        return None;
    }
    let app_name = format!("test-{}", Uuid::now_v7().simple());
    let named = format!("{url}{}appName={app_name}", if url.contains('?') { "&" } else { "?" });
    let settings = MongoSettings::parse(&named).expect("a URL").in_database(&app_name);
    let mut settings = settings.expect("a name");
    settings.operation_limit = Duration::from_secs(2);
    Some(Place { connection: Connection::of(&settings).expect("a client"), app_name })
}

/// A server has one fail point of a kind, so only one test at a time makes faults.
async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: OnceLock<Mutex<()>> = OnceLock::new();
    ALONE.get_or_init(Mutex::default).lock().await
}

impl Place {
    async fn found(&self) {
        self.connection.database().create_collection(COLLECTION).await.expect("it is made");
        self.add(0).await.expect("it is put");
    }

    async fn add(&self, count: i64) -> Result<(), Failure> {
        let counts = self.connection.collection::<Document>(COLLECTION);
        let added = async move {
            counts.update_one(doc! { "_id": 1 }, doc! { "$inc": { "n": count } }).upsert(true).await.map(drop)
        };
        self.connection.change(added).await
    }

    async fn count(&self) -> i64 {
        let counts = self.connection.collection::<Document>(COLLECTION);
        let found = async move { Ok(counts.find_one(doc! { "_id": 1 }).await?) };
        let found = self.connection.ask(found).await.expect("an answer").expect("it is there");
        found.get_i64("n").expect("a number")
    }

    async fn fail(&self, what: Document, how_often: i32) {
        let mut data = what;
        data.insert("appName", &self.app_name);
        let command =
            doc! { "configureFailPoint": "failCommand", "mode": { "times": how_often }, "data": data };
        self.connection.client.database("admin").run_command(command).await.expect("a server for tests");
    }

    async fn end(self) {
        self.connection.database().drop().await.expect("it is dropped");
        self.connection.close().await;
    }
}

async fn add_within(connection: &Connection, refused: bool) -> Result<(), Failure> {
    let counts = connection.collection::<Document>(COLLECTION);
    connection
        .transaction(move |session| {
            let counts = counts.clone();
            Box::pin(async move {
                counts
                    .update_one(doc! { "_id": 1 }, doc! { "$inc": { "n": 1_i64 } })
                    .session(session)
                    .await?;
                if refused { Err(TransactionError::Refused(contradiction("no"))) } else { Ok(()) }
            })
        })
        .await
}

#[tokio::test]
async fn transactions_that_meet_are_all_done() {
    let Some(place) = place() else { return };
    place.found().await;
    let tasks = (0..8).map(|_| {
        let connection = place.connection.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                add_within(&connection, false).await.expect("it is done");
            }
        })
    });
    futures::future::try_join_all(tasks).await.expect("no panic");
    assert_eq!(place.count().await, 40);
    place.end().await;
}

#[tokio::test]
async fn nothing_is_left_of_a_transaction_that_is_refused_or_panics() {
    let Some(place) = place() else { return };
    place.found().await;
    let refused = add_within(&place.connection, true).await;
    assert!(matches!(refused, Err(Failure::Corrupt(_))), "{refused:?}");

    let (counts, zero) = (place.connection.collection::<Document>(COLLECTION), AtomicUsize::new(0));
    let zero = Arc::new(zero);
    let panicked: Result<(), Failure> = place
        .connection
        .transaction(move |session| {
            let (counts, zero) = (counts.clone(), Arc::clone(&zero));
            Box::pin(async move {
                counts
                    .update_one(doc! { "_id": 1 }, doc! { "$inc": { "n": 1_i64 } })
                    .session(session)
                    .await?;
                assert!(zero.load(Ordering::Relaxed) > 0, "in the middle");
                Ok(())
            })
        })
        .await;
    let Err(Failure::Unavailable(source)) = panicked else { panic!("{panicked:?}") };
    assert!(source.to_string().contains("because of a defect") && !source.to_string().contains("middle"));
    add_within(&place.connection, false).await.expect("nobody is in the way");
    assert_eq!(place.count().await, 1);
    place.end().await;
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_sent_again_and_counts_once() {
    let Some(place) = place() else { return };
    let _alone = alone().await;
    place.found().await;
    place.fail(doc! { "failCommands": ["commitTransaction"], "closeConnection": true }, 3).await;
    add_within(&place.connection, false).await.expect("it is done");
    assert_eq!(place.count().await, 1);
    place.end().await;
}

#[tokio::test]
async fn a_commit_that_is_never_answered_has_an_unknown_outcome() {
    let Some(place) = place() else { return };
    let _alone = alone().await;
    place.found().await;
    let lost = doc! { "code": 64, "errmsg": "waiting for replication timed out" };
    place.fail(doc! { "failCommands": ["commitTransaction"], "writeConcernError": lost }, 1_000).await;
    let unknown = add_within(&place.connection, false).await;
    assert!(matches!(unknown, Err(Failure::UnknownOutcome(_))), "{unknown:?}");
    place.end().await;
}

#[tokio::test]
async fn an_operation_that_hangs_is_given_up_within_its_limit() {
    let Some(place) = place() else { return };
    let _alone = alone().await;
    place.found().await;
    let blocked = doc! { "failCommands": ["update"], "blockConnection": true, "blockTimeMS": 60_000 };
    place.fail(blocked, 2).await;
    let unknown = place.add(1).await;
    let Err(Failure::UnknownOutcome(source)) = unknown else { panic!("{unknown:?}") };
    assert!(source.to_string().contains("in time"), "{source}");
    let unavailable = add_within(&place.connection, false).await;
    assert!(matches!(unavailable, Err(Failure::Unavailable(_))), "nothing was committed: {unavailable:?}");
    add_within(&place.connection, false).await.expect("the next one has a connection of its own");
    place.end().await;
}

#[tokio::test]
async fn a_transaction_comes_to_its_end_when_nobody_waits_for_it() {
    let Some(place) = place() else { return };
    place.found().await;
    let asked = tokio::time::timeout(Duration::ZERO, add_within(&place.connection, false)).await;
    asked.expect_err("nobody waited");
    while place.count().await == 0 {
        tokio::task::yield_now().await;
    }
    place.end().await;
}

#[tokio::test]
async fn operations_that_are_all_under_way_are_not_taken_for_a_server_that_is_away() {
    let Some(place) = place() else { return };
    let permits = Shares::of(1, Duration::from_millis(5));
    let narrow = Connection { permits: permits.clone(), ..place.connection.clone() };
    let _in_use = permits.place(Share::Processors).await.expect("it is free");
    let refused = narrow.ask(async { Ok(()) }).await;
    let Err(Failure::Unavailable(source)) = refused else { panic!("{refused:?}") };
    assert!(source.to_string().starts_with("all 1 connections are in use"), "{source}");
    place.connection.close().await;
}
