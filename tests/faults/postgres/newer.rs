//! What a newer version wrote, met by a node that is too old for it.

use serde_json::json;

use super::Store;
use crate::asking::Desk;
use crate::raw_rows;
use crate::store::FaultStore;

/// T90: another node may know it, so the segment waits, says why, and keeps nothing as a letter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_too_new_is_left_to_a_newer_node() {
    let Some(store) = Store::fresh().await else { return };
    drop(store.start(&[]));
    let stores = store.stores_to_write().await;
    let event = raw_rows::event("book.book-burnt", 1, "{}", &json!({"book": "book:1"}));
    raw_rows::append(&*stores.log, "book-1", vec![event]).await;
    stores.let_go().await;
    let server = store.start(&[]);
    let desk = Desk::at(&server.address);

    let says = |answer: &crate::asking::Answer| {
        let waiting = answer.json()["waiting"].to_string();
        waiting.contains("event type book.book-burnt is too new for this node")
    };
    desk.until("/v1/processors/catalogue", says).await;
    let letters = desk.get("/v1/dead-letters").await.unwrap().json();
    assert_eq!(letters["items"], json!([]));
}
