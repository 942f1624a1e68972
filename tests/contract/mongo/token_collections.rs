//! How the collections of the token store come about, and what a user has to be allowed who works with them.

use adapters::mongo::{MongoOpenError, MongoTokenStore};
use application::ports::token_store::Row;
use futures::future::join_all;
use mongodb::bson::{Document, doc};
use std::sync::Arc;
use tests::laws::token_store::samples::{CATALOGUE, Worker, book, state_of};
use tests::stores::Documents;

/// T91: eight nodes start at once in an empty database, and work with the same collections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_nodes_that_start_at_once_share_one_token_store() {
    let Some(documents) = Documents::fresh() else { return };
    let settings = documents.settings();
    let nodes = (0..8).map(|_| {
        let settings = settings.clone();
        tokio::spawn(async move { MongoTokenStore::open(&settings).await.unwrap() })
    });
    let nodes: Vec<_> = join_all(nodes).await.into_iter().map(|node| Arc::new(node.unwrap())).collect();

    let mut worker = Worker::on(nodes[0].clone()).await;
    worker.put(1, [Row::Catalogue(book(1, "Shared"))]).await;

    assert!(state_of(&*nodes[7], &CATALOGUE).await.segments[0].owner.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_store_that_is_migrated_again_keeps_what_is_there() {
    let Some(documents) = Documents::fresh() else { return };
    MongoTokenStore::migrate(&documents.settings()).await.unwrap();
    let mut worker = Worker::on(Arc::new(documents.open_tokens().await.unwrap())).await;
    worker.move_to(7).await;
    let before = state_of(&*worker.tokens, &CATALOGUE).await.segments[0].token;

    // As a node that was killed in the middle of it leaves it.
    let forms = documents.database().await.collection::<Document>("rental_form");
    forms.update_one(doc! { "_id": "tokens" }, doc! { "$set": { "version": 0 } }).await.unwrap();

    let again = documents.open_tokens().await.unwrap();
    assert_eq!(state_of(&again, &CATALOGUE).await.segments[0].token, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_only_looks_makes_no_token_store() {
    let Some(documents) = Documents::fresh() else { return };
    let looking = documents.settings().only_to_look();

    let missing = MongoTokenStore::open(&looking).await.err().unwrap();

    assert!(matches!(missing, MongoOpenError::Missing { .. }), "{missing}");
    assert!(documents.database().await.list_collection_names().await.unwrap().is_empty());
    drop(documents.open_tokens().await.unwrap());
    MongoTokenStore::open(&looking).await.unwrap();
}

/// What somebody stores by hand has to have what we look for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_segment_without_a_token_is_refused_by_the_server() {
    let Some(documents) = Documents::fresh() else { return };
    drop(documents.open_tokens().await.unwrap());
    let segments = documents.database().await.collection::<Document>("segment");

    assert!(segments.insert_one(doc! { "_id": "0:catalogue:0/0", "g": "0:catalogue" }).await.is_err());
}
