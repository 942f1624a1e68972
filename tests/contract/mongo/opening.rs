//! What is found when servers are opened: what will not do, what is not ours, and how collections come about.

use std::error::Error;

use adapters::mongo::{MongoEventStore, MongoFilling, MongoOpenError, MongoSettings};
use adapters::system_clock::SystemIds;
use application::ports::event_store::{LogId, Position};
use application::ports::{EventStore, Ids};
use futures::future::join_all;
use mongodb::bson::{Document, doc};
use tests::laws::event_store::samples::{append, positions, proposal, stream, whole_log};
use tests::servers;
use tests::stores::Documents;

use super::faults::{alone, fail};

async fn refusal(settings: &MongoSettings) -> MongoOpenError {
    MongoEventStore::open(settings, LogId::new(SystemIds.next())).await.err().unwrap()
}

/// T91: eight nodes start at once in an empty database, and agree about the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_nodes_that_start_at_once_make_one_log() {
    let Some(documents) = Documents::fresh() else { return };
    let settings = documents.settings();
    let nodes = (0..8).map(|_| {
        let settings = settings.clone();
        tokio::spawn(
            async move { MongoEventStore::open(&settings, LogId::new(SystemIds.next())).await.unwrap() },
        )
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
async fn a_migration_that_is_done_twice_changes_nothing() {
    let Some(documents) = Documents::fresh() else { return };
    MongoEventStore::migrate(&documents.settings()).await.unwrap();
    let store = documents.open_log().await.unwrap();
    append(&store, proposal(&stream("a"), 0, 1)).await;
    let before = store.head().await.unwrap();

    MongoEventStore::migrate(&documents.settings()).await.unwrap();
    // As a node that was killed in the middle of it leaves it.
    let forms = documents.database().await.collection::<Document>("rental_form");
    forms.update_one(doc! { "_id": "log" }, doc! { "$set": { "version": 0 } }).await.unwrap();

    assert_eq!(documents.open_log().await.unwrap().head().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collections_of_somebody_else_or_of_a_newer_program_are_left_alone() {
    let Some(documents) = Documents::fresh() else { return };
    let database = documents.database().await;
    database.create_collection("commit").await.unwrap();

    let foreign = refusal(&documents.settings()).await;

    assert!(
        matches!(&foreign, MongoOpenError::Foreign { collection, .. } if collection == "commit"),
        "{foreign}"
    );
    assert_eq!(database.list_collection_names().await.unwrap(), ["commit"]);
    let form = doc! { "_id": "log", "version": 77 };
    database.collection("rental_form").insert_one(form).await.unwrap();
    let newer = refusal(&documents.settings()).await;
    assert!(matches!(newer, MongoOpenError::Newer { found: 77, known: 1, .. }), "{newer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_only_looks_makes_nothing_and_sees_what_is_there() {
    let Some(documents) = Documents::fresh() else { return };
    let looking = documents.settings().only_to_look();

    let missing = refusal(&looking).await;

    assert!(matches!(missing, MongoOpenError::Missing { .. }), "{missing}");
    assert!(documents.database().await.list_collection_names().await.unwrap().is_empty());
    append(&documents.open_log().await.unwrap(), proposal(&stream("a"), 0, 2)).await;
    let looking = MongoEventStore::open(&looking, LogId::new(SystemIds.next())).await.unwrap();
    assert_eq!(positions(&whole_log(&looking).await), [1, 2]);
}

/// The driver alone would only say that it has found no server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_will_not_do_are_told_with_what_to_do() {
    let Some(url) = servers::mongo() else { return };
    let (place, _) = url.split_once('?').unwrap();
    let other = format!("{place}library?replicaSet=other");
    let nobody = "mongodb://127.0.0.1:9/library".to_owned();
    let stranger = format!("{}library?replicaSet=rs0", place.replace("://", "://kim:swordfish@"));
    for (url, told) in [(other, "`rs0`"), (nobody, "no primary"), (stranger, "does not let user `kim` in")] {
        let refusal = refusal(&MongoSettings::parse(&url).unwrap()).await;
        let shown = format!("{refusal} {:?}", refusal.source());
        assert!(shown.contains(told) && !shown.contains("swordfish"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_set_without_a_majority_is_refused() {
    let Some(documents) = Documents::fresh() else { return };
    let _alone = alone().await;
    documents.open_log().await.unwrap().close().await;
    let too_few = doc! { "code": 64, "errmsg": "waiting for replication timed out" };
    fail(&documents, doc! { "times": 1 }, doc! { "failCommands": ["update"], "writeConcernError": too_few })
        .await;

    let refused = refusal(&documents.settings()).await;

    assert!(matches!(refused, MongoOpenError::NoMajority { .. }), "{refused:?}");
}

/// An import comes to its place as a whole, or leaves nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_filled_beside_is_seen_when_it_is_complete() {
    let Some(documents) = Documents::fresh() else { return };
    let node = documents.open_log().await.unwrap();
    let (id, settings) = (node.head().await.unwrap().log, documents.settings());
    let begin = || MongoFilling::begin(&settings, id, SystemIds.next());

    let abandoned = begin().await.unwrap();
    append(&**abandoned.store(), proposal(&stream("a"), 0, 3)).await;
    let second = begin().await.err().unwrap();
    assert!(matches!(second, MongoOpenError::Filled { .. }), "{second}");
    abandoned.abandon().await;
    assert!(whole_log(&node).await.is_empty());

    let filling = begin().await.unwrap();
    append(&**filling.store(), proposal(&stream("a"), 0, 3)).await;
    assert!(whole_log(&node).await.is_empty());
    filling.complete().await.unwrap();
    assert_eq!(positions(&whole_log(&node).await), [1, 2, 3]);
    assert_eq!(append(&node, proposal(&stream("a"), 3, 1)).await, Position::new(4));
    let names = documents.database().await.list_collection_names().await.unwrap();
    assert!(!names.iter().any(|name| name.starts_with("import_")), "{names:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filling_does_not_replace_what_was_appended_meanwhile() {
    let Some(documents) = Documents::fresh() else { return };
    let node = documents.open_log().await.unwrap();
    let id = node.head().await.unwrap().log;
    let filling = MongoFilling::begin(&documents.settings(), id, SystemIds.next()).await.unwrap();
    append(&**filling.store(), proposal(&stream("a"), 0, 3)).await;
    append(&node, proposal(&stream("b"), 0, 1)).await;

    assert!(filling.complete().await.is_err());

    assert_eq!(positions(&whole_log(&node).await), [1]);
}

/// An import is killed after it has said that it is complete, and before its events are there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_start_finishes_what_a_killed_import_had_completed() {
    let Some(documents) = Documents::fresh() else { return };
    let node = documents.open_log().await.unwrap();
    let id = node.head().await.unwrap().log;
    let filling = MongoFilling::begin(&documents.settings(), id, SystemIds.next()).await.unwrap();
    append(&**filling.store(), proposal(&stream("a"), 0, 3)).await;
    let database = documents.database().await;
    let names = database.list_collection_names().await.unwrap();
    let name = names.iter().find(|name| name.starts_with("import_")).unwrap();
    let mark = doc! { "$set": { "filling": { "name": name, "position": 3_i64 } } };
    database.collection::<Document>("log").update_one(doc! { "_id": "log" }, mark).await.unwrap();
    assert!(node.append(vec![proposal(&stream("b"), 0, 1)]).await.is_err(), "nobody appends meanwhile");

    let next = documents.open_log().await.unwrap();

    assert_eq!(positions(&whole_log(&next).await), [1, 2, 3]);
    append(&node, proposal(&stream("b"), 0, 1)).await;
}
