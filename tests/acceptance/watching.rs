//! A card as it changes: the subscription query.

use std::time::Duration;

use adapters::http::HttpSettings;
use application::codec::SequenceKeys;
use reqwest::Method;
use serde_json::json;
use tests::library::{Library, RawEvent};

use super::Server;
use super::disconnects::sent;
use super::slow::read_until;
use crate::server::card;
use crate::sse::Sse;

async fn watch(server: &Server, member: &str) -> Sse {
    let request = server.request(Method::GET, &card(member, ""));
    Sse::open(request.header("accept", "text/event-stream")).await
}

#[tokio::test]
async fn the_card_is_sent_as_it_is_and_then_as_it_becomes() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    let mut states = watch(&server, "jenny").await;
    let first = states.take(1).await.remove(0);
    assert_eq!((first.name.as_str(), first.id.as_str()), ("state", "1"));
    assert_eq!(first.json(), server.get(&card("jenny", "")).await.json());
    server.rent("jenny", 1).await;
    let mut last = first;
    while last.json()["held"][0]["state"] != "RENTED" {
        let next = states.take(1).await.remove(0);
        assert!(next.id.parse::<u64>().unwrap() > last.id.parse::<u64>().unwrap(), "{next:?}");
        assert_eq!(next.json()["version"].to_string(), next.id);
        last = next;
    }
    server.settled().await;
    assert_eq!(last.json(), server.get(&card("jenny", "")).await.json());
}

#[tokio::test]
async fn what_happens_elsewhere_is_not_sent() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let mut states = watch(&server, "jenny").await;
    states.take(1).await;
    server.join("tom").await;
    server.shelve(1).await;
    server.rent("tom", 1).await;
    assert!(states.is_silent_for(Duration::from_millis(50)).await);
}

#[tokio::test]
async fn no_change_is_missed_between_the_first_state_and_the_next() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    for no in 1..=5 {
        server.shelve(no).await;
        let (mut states, _) = tokio::join!(watch(&server, "jenny"), server.rent("jenny", no));
        loop {
            let state = states.take(1).await.remove(0).json();
            let held = state["held"].as_array().unwrap();
            if held.iter().filter(|item| item["state"] == "RENTED").count() == usize::try_from(no).unwrap() {
                break;
            }
        }
    }
}

/// Many changes while nobody reads: what is sent then is the latest, not each of them.
#[tokio::test]
async fn a_slow_reader_gets_the_latest_state_and_not_an_ever_longer_queue() {
    let Some(library) = Server::library().await else { return };
    library.join("jenny", 0).await;
    // A card so large that a few of its states fill what a connection holds.
    for no in 1..=600 {
        put_on_the_card(&library, no).await;
    }
    let server = Server::beside(&library, HttpSettings::default()).await;
    let head =
        format!("GET {} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n", card("jenny", ""));
    let slow = sent(&server, head.as_bytes()).await;
    slow.readable().await.unwrap();
    for no in 601..=800 {
        put_on_the_card(&library, no).await;
        server.get("/livez").await.is(200);
    }
    let text = read_until(&slow, "id: 801\n").await;
    let states = text.matches("event: state").count();
    assert!(states < 150, "{states} states of 201 were kept for one who did not read");
}

async fn put_on_the_card(library: &Library, no: i64) {
    let rented = json!({
        "member": { "id": "jenny", "name": { "plain": "Jenny" } },
        "rentalId": format!("01955f3a-6c00-7000-8000-{no:012}"),
        "item": { "no": no, "title": "T".repeat(200) },
        "rentedOn": "2026-03-02",
        "dueOn": "2026-03-16",
        "points": 10,
    });
    let payload = rented.to_string().into_bytes();
    let keys = SequenceKeys::default();
    let raw = RawEvent { kind: "rental-card.item-rented", revision: 1, payload: &payload, keys };
    library.append_past_rules("rental-card-jenny", raw).await;
}

#[tokio::test]
async fn before_any_card_there_is_nothing_to_watch() {
    let Some(server) = Server::with(HttpSettings { streams_max: 1, ..HttpSettings::default() }).await else {
        return;
    };
    for _ in 0..2 {
        let request = server.request(Method::GET, &card("nobody", ""));
        server.send(request.header("accept", "text/event-stream")).await.problem(404, "card-not-found");
    }
    server.post("/v1/rental-cards", json!({ "memberId": "nobody" })).await.is(201);
    watch(&server, "nobody").await.take(1).await;
}

#[tokio::test]
async fn the_card_is_one_document_for_everybody_else() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    for accept in ["*/*", "application/json", "application/json, text/event-stream"] {
        let request = server.request(Method::GET, &card("jenny", "")).header("accept", accept);
        let answer = server.send(request).await.is(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!((answer.header("etag"), answer.header("vary")), (Some("\"1\""), Some("accept")));
    }
}
