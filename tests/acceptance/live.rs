//! The log as it grows: nothing left out, nothing twice, and nobody held up by those who do not read.

use std::time::Duration;

use adapters::http::HttpSettings;
use application::codec::SequenceKeys;
use application::ports::event_store::{EventId, Position};
use application::ports::message_source::Token;
use reqwest::Method;
use serde_json::{Value, json};
use tests::library::RawEvent;
use tokio::net::TcpStream;
use uuid::Uuid;

use super::Server;
use super::disconnects::sent;
use super::slow::read_to_end;
use crate::server::LIMIT;
use crate::sse::{Event, Sse};

const LIVE: &str = "/v1/events/live";

fn short() -> HttpSettings {
    HttpSettings { heartbeat: Duration::from_millis(20), ..HttpSettings::default() }
}

async fn open(server: &Server, path: &str) -> Sse {
    Sse::open(server.request(Method::GET, path)).await
}

async fn resumed(server: &Server, path: &str, last: &str) -> Sse {
    Sse::open(server.request(Method::GET, path).header("last-event-id", last)).await
}

/// An event as lists show it, with the log beside all of them.
fn without_log(mut event: Value) -> Value {
    event.as_object_mut().unwrap().remove("logId");
    event
}

/// Waits until a stream finds a place.
async fn until_open(server: &Server) {
    let mut again = tokio::time::interval(Duration::from_millis(5));
    let looking = async {
        while server.request(Method::GET, LIVE).send().await.unwrap().status() != 200 {
            again.tick().await;
        }
    };
    tokio::time::timeout(LIMIT, looking).await.expect("a free place");
}

#[tokio::test]
async fn events_are_sent_as_they_happen_each_as_the_log_shows_it() {
    let Some(server) = Server::start().await else { return };
    server.shelve(1).await;
    let mut live = open(&server, LIVE).await;
    server.shelve(2).await;
    let seen = live.take(2).await;
    let names: Vec<_> = seen.iter().map(|event| (event.position(), event.name.as_str())).collect();
    assert_eq!(names, [("3", "book.book-entered"), ("4", "book.book-made-available")]);
    for event in seen {
        let shown = server.get(&format!("/v1/events/{}", event.position())).await.is(200).json();
        assert_eq!(event.json(), shown);
        let marks = (shown["logId"].as_str().unwrap(), shown["id"].as_str().unwrap());
        assert_eq!(event.id, format!("{}:{}:{}", event.position(), marks.0, marks.1));
    }
}

#[tokio::test]
async fn a_client_that_comes_back_misses_nothing_while_others_write() {
    let Some(server) = Server::start().await else { return };
    let writing = async {
        for no in 1..=60 {
            server.shelve(no).await;
        }
    };
    let reading = async {
        let (mut seen, mut last): (Vec<u64>, _) = (vec![], "0".to_owned());
        while seen.len() < 120 {
            let mut live = resumed(&server, LIVE, &last).await;
            let piece = live.take(7.min(120 - seen.len())).await;
            seen.extend(piece.iter().map(|event| event.position().parse::<u64>().unwrap()));
            last.clone_from(&piece[piece.len() - 1].id);
        }
        seen
    };
    let ((), seen) = tokio::join!(writing, reading);
    assert_eq!(seen, (1..=120).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_long_log_is_sent_whole_and_in_order() {
    let Some(library) = Server::library().await else { return };
    for no in 1..=400 {
        library.shelve(no).await;
    }
    let server = Server::beside(&library, HttpSettings::default()).await;
    for (filter, step) in [("", 1), ("&type=book.book-made-available", 2)] {
        let mut live = open(&server, &format!("{LIVE}?after=0{filter}")).await;
        let wanted: Vec<String> = (step..=800).step_by(step).map(|position| position.to_string()).collect();
        let seen = live.take(wanted.len()).await;
        let seen: Vec<&str> = seen.iter().map(Event::position).collect();
        assert_eq!(seen, wanted);
    }
}

#[tokio::test]
async fn where_to_begin_is_said_by_the_last_event_before_the_query() {
    let Some(server) = Server::start().await else { return };
    server.shelve(1).await;
    server.shelve(2).await;
    let first = |mut live: Sse| async move { live.take(1).await[0].position().to_owned() };
    assert_eq!(first(open(&server, "/v1/events/live?after=0").await).await, "1");
    assert_eq!(first(open(&server, "/v1/events/live?after=2").await).await, "3");
    assert_eq!(first(resumed(&server, "/v1/events/live?after=0", "3").await).await, "4");
}

#[tokio::test]
async fn the_stream_is_filtered_by_type_stream_and_process() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    let process = server.rent("jenny", 1).await.text_of("id");
    server.settled().await;
    let log = server.get("/v1/events?limit=200").await.json();
    for (filter, belongs) in [
        ("type=book.book-lent".to_owned(), ("/type", "book.book-lent")),
        ("stream=book-1".to_owned(), ("/stream", "book-1")),
        (format!("correlation={process}"), ("/metadata/correlation", process.as_str())),
    ] {
        let (pointer, value) = belongs;
        let belongs = |event: &&Value| event.pointer(pointer).is_some_and(|found| found == value);
        let wanted: Vec<_> = log["items"].as_array().unwrap().iter().filter(belongs).cloned().collect();
        assert!(!wanted.is_empty(), "{filter}");
        let mut live = open(&server, &format!("{LIVE}?after=0&{filter}")).await;
        let seen: Vec<_> = live.take(wanted.len()).await.iter().map(Event::json).map(without_log).collect();
        assert_eq!(seen, wanted);
        server.post("/v1/members/jenny/points/save", json!({ "amount": 1 })).await.is(200);
        assert!(live.is_silent_for(Duration::from_millis(50)).await, "{filter}");
    }
}

#[tokio::test]
async fn what_cannot_be_followed_is_refused() {
    let Some(server) = Server::start().await else { return };
    server.shelve(1).await;
    let sent = open(&server, "/v1/events/live?after=0").await.take(1).await[0].id.clone();
    for wrong in [
        "",
        "abc",
        "-1",
        "1.0",
        "3",
        "99999999999999999999",
        "9223372036854775808",
        "1:",
        "1::",
        "1:x:y",
        &format!("{sent}:"),
        &sent.replacen("1:", "3:", 1),
    ] {
        let request = server.request(Method::GET, LIVE).header("last-event-id", wrong);
        server.send(request).await.problem(400, "invalid-query");
    }
    for wrong in ["after=x", "after=3", "before=", "limit=5", "type=", "stream=%20", "correlation=x"] {
        server.get(&format!("{LIVE}?{wrong}")).await.problem(400, "invalid-query");
    }
    let twice = server.request(Method::GET, LIVE).header("last-event-id", "1").header("last-event-id", "1");
    server.send(twice).await.problem(400, "invalid-query");
    server.send(server.request(Method::POST, LIVE)).await.problem(405, "method-not-allowed");
}

#[tokio::test]
async fn a_stream_on_which_nothing_happens_shows_that_it_lives() {
    let Some(server) = Server::with(short()).await else { return };
    let mut live = open(&server, LIVE).await;
    for _ in 0..3 {
        assert_eq!(live.next_of_any_kind().await.unwrap().comment, "heartbeat");
    }
    server.shelve(1).await;
    assert_eq!(live.take(2).await[1].position(), "2");
}

#[tokio::test]
async fn streams_end_when_the_service_drains_and_no_more_are_begun() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let live = open(&server, LIVE).await;
    let mut card = Sse::open(
        server.request(Method::GET, "/v1/rental-cards/jenny").header("accept", "text/event-stream"),
    )
    .await;
    card.take(1).await;
    server.draining.send_replace(true);
    live.ends().await;
    card.ends().await;
    let refused = server.get(LIVE).await.problem(503, "stopping");
    assert!(refused.header("retry-after").is_some());
}

#[tokio::test]
async fn a_stream_too_many_is_turned_away_and_other_requests_are_not() {
    let Some(server) = Server::with(HttpSettings { streams_max: 2, ..short() }).await else { return };
    server.join("jenny").await;
    let first = open(&server, LIVE).await;
    let _second = open(&server, LIVE).await;
    let refused = server.get(LIVE).await.problem(503, "too-busy");
    assert_eq!(refused.header("retry-after"), Some("1"));
    server.get("/v1/rental-cards/jenny").await.is(200);
    drop(first);
    // Its place is free as soon as the service has noticed; heartbeats make it notice.
    until_open(&server).await;
}

/// T33: nothing is read for it beyond what its connection holds, it is given up, and nobody else notices.
#[tokio::test]
async fn a_client_that_stops_reading_is_given_up_and_holds_up_nobody() {
    let settings =
        HttpSettings { streams_max: 1, write_limit: Duration::from_millis(300), ..HttpSettings::default() };
    let Some(library) = Server::library().await else { return };
    let payload = format!("\"{}\"", "x".repeat(1_000_000)).into_bytes();
    for _ in 0..40 {
        let raw =
            RawEvent { kind: "test.large", revision: 1, payload: &payload, keys: SequenceKeys::default() };
        library.append_past_rules("test-1", raw).await;
    }
    let server = Server::beside(&library, settings).await;
    let stuck = sent(&server, b"GET /v1/events/live?after=0 HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    stuck.readable().await.unwrap();
    server.get(LIVE).await.problem(503, "too-busy");
    server.join("jenny").await;
    server.get("/v1/members/jenny").await.is(200);
    until_open(&server).await;
    let taken = read_to_end(stuck).await;
    assert!(taken.len() < 39_000_000, "everything was put into the connection: {} bytes", taken.len());
    let reads = server.stores.log.take_calls().log_reads;
    assert!(reads < 10, "the log was read ahead of the client: {reads} times");
}

#[tokio::test]
async fn a_log_that_ends_before_what_was_read_is_not_followed() {
    let Some(library) = Server::library().await else { return };
    library.shelve(1).await;
    let log = library.queries.head().await.unwrap().log;
    let event = Some(EventId::new(Uuid::from_u128(5)));
    let beyond = Token { log, position: Position::new(5), event };
    let mut following = library.queries.follow(beyond, application::queries::EventQuery::default());
    assert!(following.next().await.is_err());
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_its_place() {
    let Some(server) = Server::with(HttpSettings { streams_max: 1, ..short() }).await else { return };
    for _ in 0..20 {
        let gone: TcpStream = sent(&server, b"GET /v1/events/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        gone.readable().await.unwrap();
        drop(gone);
        until_open(&server).await;
    }
}
