//! A processor that begins anew leaves nothing behind, however much there was.

use application::ports::ProcessorAdmin;
use application::ports::dead_letters::DeadLetterKind;
use mongodb::bson::{Document, doc};
use tests::laws::token_store::TokenStoreUnderTest;
use tests::laws::token_store::samples::{CATALOGUE, Worker, state_of, token};

use super::tokens::MongoTokens;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_generations_that_ended_have_left_is_removed_in_pieces() {
    let Some(subject) = MongoTokens::fresh().await else { return };
    let mut worker = Worker::on(subject.tokens()).await;
    worker.park(1, vec![worker.letter(DeadLetterKind::Parked, "book:1", 1)]).await;
    let database = subject.documents.database().await;
    for (name, count) in [("catalogue_row", 12_000_i64), ("loan_row", 11_000)] {
        let rows = (1..=count).map(|no| doc! { "_id": { "g": "0:catalogue", "k": no } });
        database.collection::<Document>(name).insert_many(rows).await.unwrap();
    }

    subject.store.begin_anew(&CATALOGUE, token(0)).await.unwrap();
    while subject.store.sweep(&CATALOGUE, 5_000).await.unwrap() > 0 {}

    for name in ["catalogue_row", "loan_row", "letter", "lease"] {
        let left = database.collection::<Document>(name).count_documents(doc! {}).await.unwrap();
        assert_eq!(left, 0, "{name}");
    }
    assert_eq!(state_of(&*subject.store, &CATALOGUE).await.segments.len(), 1);
    let found = database.collection::<Document>("processor").find_one(doc! {}).await.unwrap().unwrap();
    assert!(found.get_array("ended").unwrap().is_empty(), "{found}");
}
