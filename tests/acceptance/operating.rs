//! What operators do: recorded, applied, answered, and listed.

use adapters::http::HttpSettings;
use application::codec::SequenceKeys;
use application::operations::OPERATIONS;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::faulty_store::LoadFault;
use tests::library::{RawEvent, book};

use super::Server;
use crate::answer::Answer;

const KEY: &str = "idempotency-key";

/// A service in which book 7 has an event that nobody can read, and one that waits behind it.
async fn with_a_broken_book() -> Option<Server> {
    let library = Server::library().await?;
    let keys = SequenceKeys { book: Some(book(7)), ..SequenceKeys::default() };
    let raw = |payload: &'static [u8]| RawEvent {
        kind: "book.book-entered",
        revision: 1,
        payload,
        keys: keys.clone(),
    };
    library.append_past_rules("book-7", raw(b"{\"broken\":")).await;
    let made_available = RawEvent {
        kind: "book.book-made-available",
        revision: 1,
        payload: "{\"no\":7,\"title\":\"무진기행\"}".as_bytes(),
        keys: keys.clone(),
    };
    library.append_past_rules("book-7", made_available).await;
    Some(Server::over(library, HttpSettings::default()).await)
}

/// The head of the letters of the catalogue, once there is one with a follower.
async fn head_letter(server: &Server) -> Value {
    let parked = |all: &Value| all["items"].as_array().unwrap().len() == 2;
    server.until("/v1/dead-letters?processor=catalogue", parked).await["items"][0].clone()
}

fn path_of(letter: &Value) -> String {
    format!("/v1/dead-letters/{}", letter["id"].as_str().unwrap())
}

/// Lets owners hear, with their next beat, what was said while one of them was writing.
fn beat(server: &Server) {
    server.stores.clock.advance(SignedDuration::from_secs(4));
}

async fn audit(server: &Server) -> Vec<Value> {
    server.get("/v1/audit").await.is(200).json()["items"].as_array().unwrap().clone()
}

async fn delete(server: &Server, path: &str) -> Answer {
    server.send(server.request(Method::DELETE, path)).await
}

#[tokio::test]
async fn a_processor_is_paused_and_started_and_both_stand_in_the_audit() {
    let Some(server) = Server::start().await else { return };
    let paused = server.post("/v1/processors/loans/pause", json!({"reason": "a look at the rows"})).await;
    let paused = paused.is(200).json();
    assert_eq!((&paused["state"], &paused["segments"][0]["owner"]), (&json!("PAUSED"), &Value::Null));
    assert!(paused["waiting"].as_str().unwrap().contains("a look at the rows"), "{paused}");
    server.join("jenny").await;
    server.shelve(1).await;
    server.rent("jenny", 1).await;
    let behind = server.until("/v1/processors/loans", |one| one["lagEvents"].as_u64().unwrap() > 0).await;
    assert_eq!(behind["state"], "PAUSED");
    let started =
        server.send(server.request(Method::POST, "/v1/processors/loans/start")).await.is(200).json();
    assert_eq!(started["state"], "RUNNING");
    server.stores.clock.advance(SignedDuration::from_secs(2));
    server.until("/v1/processors/loans", |one| one["lagEvents"] == 0).await;
    let listed = audit(&server).await;
    let said: Vec<_> = listed.iter().map(|line| (&line["what"], &line["outcome"])).collect();
    let applied = json!("APPLIED");
    assert_eq!(said, [(&json!("START"), &applied), (&json!("PAUSE"), &applied)]);
    assert_eq!(
        (&listed[1]["target"]["processor"], &listed[1]["reason"]),
        (&json!("loans"), &json!("a look at the rows"))
    );
    let event = server.get(&format!("/v1/events/{}", listed[1]["position"])).await.is(200).json();
    assert_eq!((&event["type"], &event["id"]), (&json!("operator.action-taken"), &listed[1]["id"]));
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_does_nothing_again() {
    let Some(server) = Server::start().await else { return };
    let (path, body) = ("/v1/processors/loans/pause", json!({"reason": "once"}));
    let first = server.post_with(path, (KEY, "k1"), body.clone()).await.is(200).json();
    server.post("/v1/processors/loans/start", json!({})).await.is(200);
    let again = server.post_with(path, (KEY, "k1"), body).await.is(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json()["action"], first["action"]);
    assert_eq!(server.get("/v1/processors/loans").await.json()["state"], "RUNNING");
    assert_eq!(audit(&server).await.len(), 2);
    let other = server.post_with(path, (KEY, "k1"), json!({"reason": "another"})).await;
    other.problem(422, "idempotency-key-reused");
}

/// T54.
#[tokio::test]
async fn an_edited_event_is_handled_as_it_reads_now_and_lets_its_followers_through() {
    let Some(server) = with_a_broken_book().await else { return };
    let letter = head_letter(&server).await;
    let path = format!("{}/edit", path_of(&letter));
    let details = |no: i64| json!({"details": {"no": no, "title": "무진기행"}});
    let without = json!({"payload": details(7)});
    server.post(&path, without).await.problem(422, "invalid-fields");
    let other_book = json!({"payload": details(8), "reason": "the payload was cut"});
    let refused = server.post(&path, other_book).await.problem(422, "payload-unusable");
    assert!(refused.text_of("detail").contains("another book"), "{}", refused.text);
    let unreadable = json!({"payload": {"details": {"no": 7}}, "reason": "the payload was cut"});
    server.post(&path, unreadable).await.problem(422, "payload-unusable");
    assert_eq!(audit(&server).await, Vec::<Value>::new());
    server.post(&path, json!({"payload": details(7), "reason": "the payload was cut"})).await.is(200);
    beat(&server);
    server.until("/v1/dead-letters?processor=catalogue", |all| all["items"] == json!([])).await;
    let shown = server.get("/v1/books?status=AVAILABLE").await.is(200).json();
    assert_eq!((&shown["items"][0]["no"], &shown["items"][0]["title"]), (&json!(7), &json!("무진기행")));
    assert_eq!(server.get("/v1/events/1").await.json()["data"], Value::Null);
    let listed = audit(&server).await;
    assert_eq!((&listed[0]["what"], &listed[0]["outcome"]), (&json!("EDIT"), &json!("APPLIED")));
}

/// T54.
#[tokio::test]
async fn an_evicted_event_is_passed_over_and_its_followers_go_on() {
    let Some(server) = with_a_broken_book().await else { return };
    let letter = head_letter(&server).await;
    delete(&server, &path_of(&letter)).await.problem(422, "invalid-fields");
    let reasoned = format!("{}?reason=never%20was%20a%20book", path_of(&letter));
    delete(&server, &reasoned).await.is(200);
    beat(&server);
    server
        .until("/v1/dead-letters?processor=catalogue", |all| {
            all["items"].as_array().unwrap().iter().all(|left| left["position"] != letter["position"])
        })
        .await;
    let listed = audit(&server).await;
    assert_eq!((&listed[0]["what"], &listed[0]["reason"]), (&json!("EVICT"), &json!("never was a book")));
    delete(&server, &reasoned).await.problem(404, "dead-letter-not-found");
}

/// T53.
#[tokio::test]
async fn a_retry_of_nothing_is_no_error() {
    let Some(server) = Server::start().await else { return };
    let answer = server.send(server.request(Method::POST, "/v1/processors/loans/dead-letters/retry")).await;
    assert_eq!(answer.is(200).json()["parked"], 0);
}

#[tokio::test]
async fn a_retry_tries_a_sequence_at_once() {
    let Some(server) = with_a_broken_book().await else { return };
    let letter = head_letter(&server).await;
    server.post(&format!("{}/retry", path_of(&letter)), json!({})).await.is(200);
    beat(&server);
    let tried = |one: &Value| one["attempts"].as_u64() > letter["attempts"].as_u64();
    server.until(&path_of(&letter), tried).await;
    server.post("/v1/processors/catalogue/dead-letters/retry", json!({"reason": "again"})).await.is(200);
    assert_eq!(audit(&server).await.len(), 2);
}

#[tokio::test]
async fn a_handler_goes_on_from_another_place_only_while_it_is_paused() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    server.rent("jenny", 1).await;
    server.settled().await;
    let (path, body) = ("/v1/processors/lend-books/reset", json!({"to": "beginning", "reason": "a look"}));
    server.post(path, body.clone()).await.problem(409, "processor-running");
    server.post("/v1/processors/lend-books/pause", json!({})).await.is(200);
    let reset = server.post(path, body).await.is(200).json();
    assert_eq!(reset["position"], 0);
    let beyond = json!({"to": 9999, "reason": "a look"});
    server.post(path, beyond).await.problem(409, "no-such-place");
    let at_two = server.post(path, json!({"to": 2, "reason": "a look"})).await.is(200).json();
    assert_eq!(at_two["position"], 2);
    server.post(path, json!({"to": "head", "reason": "a look"})).await.is(200);
    server.post(path, json!({"to": "1990-01-01T00:00:00Z", "reason": "a look"})).await.is(200);
    for wrong in [json!("yesterday"), json!(-1), json!(1.5), json!(true), json!("")] {
        server.post(path, json!({"to": wrong, "reason": "a look"})).await.problem(422, "invalid-fields");
    }
    let held = server.get("/v1/rental-cards/jenny").await.json()["held"].clone();
    server.post("/v1/processors/lend-books/start", json!({})).await.is(200);
    server.stores.clock.advance(SignedDuration::from_secs(2));
    server.until("/v1/processors/lend-books", |one| one["lagEvents"] == 0).await;
    assert_eq!(server.get("/v1/rental-cards/jenny").await.json()["held"], held);
}

#[tokio::test]
async fn an_event_is_redelivered_to_a_handler_and_its_effect_stays_single() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    let position = server.rent("jenny", 1).await.get("position");
    server.settled().await;
    let head = server.get("/v1/processors/lend-books").await.json()["head"].clone();
    let path = |processor: &str| format!("/v1/events/{position}/deliveries/{processor}/redeliver");
    let why = json!({"reason": "the first one was lost"});
    server.post(&path("lend-books"), why.clone()).await.is(200);
    beat(&server);
    server.until("/v1/dead-letters?processor=lend-books", |all| all["items"] == json!([])).await;
    let events = server.get(&format!("/v1/events?after={head}")).await.json();
    let types: Vec<_> = events["items"].as_array().unwrap().iter().map(|event| &event["type"]).collect();
    assert_eq!(types, [&json!("operator.action-taken"), &json!("operator.action-ended")]);
    server.post(&path("loans"), why.clone()).await.problem(409, "rebuild-instead");
    server.post(&path("nobody"), why.clone()).await.problem(404, "processor-not-found");
    server.post(&path("count-rentals"), json!({})).await.problem(422, "invalid-fields");
    server
        .post("/v1/events/1/deliveries/lend-books/redeliver", why.clone())
        .await
        .problem(409, "not-concerned");
    server.post("/v1/events/9999/deliveries/lend-books/redeliver", why).await.problem(404, "event-not-found");
}

#[tokio::test]
async fn what_cannot_be_divided_or_is_not_there_is_said() {
    let Some(server) = Server::start().await else { return };
    for action in ["pause", "start", "cancel-rebuild"] {
        let path = format!("/v1/processors/nobody/{action}");
        server.post(&path, json!({})).await.problem(404, "processor-not-found");
    }
    server.post("/v1/processors/loans/cancel-rebuild", json!({})).await.problem(409, "no-rebuild");
    let zero = json!({"segment": 0});
    server.post("/v1/processors/operations/split", zero.clone()).await.problem(409, "cannot-split");
    server.post("/v1/processors/loans/merge", zero.clone()).await.problem(409, "cannot-merge");
    server.post("/v1/processors/loans/split", json!({"segment": 5})).await.problem(409, "cannot-split");
    for wrong in [json!({}), json!({"segment": -1}), json!({"segment": "0"})] {
        server.post("/v1/processors/loans/split", wrong).await.problem(422, "invalid-fields");
    }
    server.post("/v1/processors/loans/pause", json!({"why": "x"})).await.problem(400, "unknown-field");
    assert_eq!(audit(&server).await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_action_waits_and_says_so_while_nobody_applies_it() {
    let Some(server) = Server::leaving_out(OPERATIONS.as_str(), HttpSettings::default()).await else {
        return;
    };
    let said = server.post("/v1/processors/loans/pause", json!({})).await.problem(503, "action-not-applied");
    assert!(said.get("position").as_u64().is_some(), "{}", said.text);
    assert_eq!(audit(&server).await[0]["outcome"], "WAITING");
}

/// Else an old pause would come back, and the same log would mean something else to a new token store.
#[tokio::test]
async fn an_old_action_is_not_applied_again_after_a_later_one() {
    let Some(server) = Server::start().await else { return };
    let paused = server.post("/v1/processors/loans/pause", json!({ "reason": "old" })).await.is(200);
    let position = paused.json()["action"]["position"].as_u64().unwrap();
    server.post("/v1/processors/loans/start", json!({})).await.is(200);

    let path = format!("/v1/events/{position}/deliveries/operations/redeliver");
    let refused = server.post(&path, json!({ "reason": "again" })).await.problem(409, "not-again");
    assert!(refused.text_of("detail").contains("the last word holds"), "{}", refused.text);
    assert_eq!(server.get("/v1/processors/loans").await.json()["state"], "RUNNING");
}

/// It is recorded and will be applied: nothing else may be said of it.
#[tokio::test]
async fn an_action_whose_record_cannot_be_read_back_is_not_said_to_have_written_nothing() {
    let Some(server) = Server::start().await else { return };
    server.settled().await;
    server.stores.log.next_load(LoadFault::None);
    server.stores.log.next_load(LoadFault::Away);
    let pause = "/v1/processors/loans/pause";
    let unseen = server.post_with(pause, (KEY, "k"), json!({})).await.problem(503, "action-not-applied");
    assert!(unseen.get("position").is_u64() && !unseen.text.contains("wrote nothing"), "{}", unseen.text);
    server.stores.log.no_more_faults();

    let done = server.post_with(pause, (KEY, "k"), json!({})).await.is(200);
    assert_eq!(done.header("idempotency-replayed"), Some("true"));
    assert_eq!(audit(&server).await.len(), 1);
}

#[tokio::test]
async fn the_audit_comes_in_pieces_newest_first() {
    let Some(server) = Server::start().await else { return };
    for _ in 0..3 {
        server.post("/v1/processors/loans/dead-letters/retry", json!({})).await.is(200);
    }
    let all = audit(&server).await;
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let piece = server.get(&format!("/v1/audit?limit=1{cursor}")).await.is(200).json();
        seen.extend(piece["items"].as_array().unwrap().clone());
        let Some(next) = piece["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((seen.len(), seen), (3, all));
    server.get("/v1/audit?cursor=0000000000000000").await.problem(400, "invalid-cursor");
    server.get("/v1/audit?limit=0").await.problem(400, "invalid-query");
}
