//! Rows that nobody can read, in the log of a running service.

use application::ports::event_store::Position;
use serde_json::json;

use super::Store;
use crate::asking::Desk;
use crate::raw_rows;
use crate::server::Server;
use crate::store::FaultStore;

/// A book's event that cannot be read: its type, its revision, and its payload. The last two may be those of a newer
/// version, for which a shared store is left to another node.
const UNREADABLE: [(&str, u32, &str); 3] = [
    ("book.book-entered", 1, "{\"details\":"),
    ("book.book-burnt", 1, "{}"),
    ("book.book-entered", 99, "{}"),
];

/// How many of them are set aside for good.
const SET_ASIDE: usize = if Store::IS_SHARED { 1 } else { UNREADABLE.len() };

/// T16: after a restart too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_with_an_unreadable_row_says_so_with_its_place_and_everything_else_goes_on() {
    let Some(store) = Store::fresh().await else { return };
    put_past_all_rules(&store).await;
    for no in [11, 12] {
        let server = store.start(&[]);
        let desk = Desk::at(&server.address);
        for position in 1..=SET_ASIDE as u64 {
            is_said(&desk, position).await;
        }
        others_go_on(&desk, no).await;
        goes_down(server);
    }
}

async fn put_past_all_rules(store: &Store) {
    drop(store.start(&[]));
    let stores = store.stores_to_write().await;
    for (at, (kind, revision, payload)) in UNREADABLE.into_iter().take(SET_ASIDE).enumerate() {
        let no = at + 1;
        let event = raw_rows::event(kind, revision, payload, &json!({"book": format!("book:{no}")}));
        raw_rows::append(&*stores.log, &format!("book-{no}"), vec![event]).await;
    }
    assert_eq!(stores.log.head().await.unwrap().position, Position::new(SET_ASIDE as u64));
    stores.let_go().await;
}

async fn is_said(desk: &Desk, position: u64) {
    let path = format!("/v1/books/{position}");
    let read = desk.get(&path).await.unwrap();
    let changed = desk.post(&format!("{path}/available"), "k", &json!({})).await.unwrap();
    for answer in [read, changed] {
        assert_eq!((answer.status, answer.slug().as_str()), (500, "stream-unreadable"), "{}", answer.text);
        let problem = answer.json();
        let place = (&problem["stream"], &problem["position"]);
        assert_eq!(place, (&json!(format!("book-{position}")), &json!(position)), "{problem}");
    }
    let letter = |answer: &crate::asking::Answer| {
        let letters = answer.json();
        let mut all = letters["items"].as_array().unwrap().iter();
        all.any(|letter| letter["processor"] == "catalogue" && letter["position"] == position)
    };
    desk.until("/v1/dead-letters?limit=200", letter).await;
    assert_eq!(desk.get(&format!("/v1/events/{position}")).await.unwrap().status, 200);
}

async fn others_go_on(desk: &Desk, no: u64) {
    let id = format!("member-{no}");
    let post = async |path: &str, body: serde_json::Value| {
        let answer = desk.post(path, &format!("{path}-{no}"), &body).await.unwrap();
        assert!(answer.status < 300, "{path}: {}", answer.text);
    };
    post("/v1/members", json!({"id": id, "name": "Somebody"})).await;
    post("/v1/rental-cards", json!({"memberId": id})).await;
    post("/v1/books", json!({"no": no, "title": "Walden", "available": true})).await;
    post(&format!("/v1/rental-cards/{id}/rent"), json!({"bookNo": no})).await;
    let card = format!("/v1/rental-cards/{id}");
    desk.until(&card, |answer| answer.json()["held"][0]["state"] == "RENTED").await;
    desk.settled().await;
    assert_eq!(desk.get("/readyz").await.unwrap().status, 200);
}

fn goes_down(server: Server) {
    server.signal("TERM");
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log}");
}
