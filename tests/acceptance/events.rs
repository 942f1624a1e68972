//! The log over HTTP.

use application::ports::EventStore;
use application::ports::event_store::{
    CommandEvents, CommandId, EventId, NewEvent, StreamAppend, StreamName, TypeName, Version,
};
use application::queries::SCAN_MAX;
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tests::library::{Library, Node, RawEvent};
use uuid::Uuid;

use super::Server;
use crate::answer::Answer;
use crate::server::card;

fn places(answer: &Value) -> Vec<u64> {
    answer["items"].as_array().unwrap().iter().map(|event| event["position"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn the_log_is_read_upwards_and_downwards_and_event_by_event() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    assert_eq!(places(&server.get("/v1/events").await.is(200).json()), [1, 2, 3, 4]);
    assert_eq!(places(&server.get("/v1/events?after=2").await.is(200).json()), [3, 4]);
    assert_eq!(places(&server.get("/v1/events?before=").await.is(200).json()), [4, 3, 2, 1]);
    assert_eq!(places(&server.get("/v1/events?before=3").await.is(200).json()), [2, 1]);
    server.get("/v1/events?before=3&after=1").await.problem(400, "invalid-query");
    let event = server.get("/v1/events/3").await.is(200).json();
    let shown = (&event["type"], &event["stream"], &event["version"], &event["revision"]);
    assert_eq!(shown, (&json!("book.book-entered"), &json!("book-1"), &json!(1), &json!(1)));
    assert_eq!(event["data"]["details"]["title"], "Title 1");
    assert!(event["metadata"].is_object() && event["id"].is_string() && event["at"].is_string());
}

/// T116.
#[tokio::test]
async fn a_position_beyond_the_log_is_refused_alike_by_the_log_and_the_live_feed() {
    let Some(server) = Server::start().await else { return };
    server.shelve(1).await;
    let at_the_end = server.get("/v1/events?after=2").await.is(200).json();
    assert_eq!(places(&at_the_end), [0; 0]);
    assert_eq!(places(&server.get("/v1/events?before=3").await.is(200).json()), [2, 1]);
    let refused =
        ["/v1/events?after=3", "/v1/events?type=x&after=9", "/v1/events/live?after=3", "/v1/events?before=4"];
    for path in refused {
        let answer = server.get(path).await.problem(400, "invalid-query");
        assert!(answer.text_of("detail").contains("the log ends at 2"), "{}", answer.text);
        assert_eq!(answer.get("head"), 2);
    }
    let resumed = server.request(Method::GET, "/v1/events/live").header("last-event-id", "3");
    server.send(resumed).await.problem(400, "invalid-query");
}

/// T116.
#[tokio::test]
async fn answers_that_carry_positions_say_of_which_log_and_refuse_those_of_another() {
    let Some(server) = Server::start().await else { return };
    let log = server.stores.log.head().await.unwrap().log.to_string();
    let named = |answer: &Answer| assert_eq!(answer.text_of("logId"), log, "{}", answer.text);
    named(&server.post("/v1/members", json!({ "id": "jenny", "name": "Jenny" })).await.is(201));
    named(&server.post("/v1/members/jenny/points/save", json!({ "amount": 1 })).await.is(200));
    named(&server.post("/v1/books", json!({ "no": 1, "title": "One", "available": true })).await.is(201));
    named(&server.post_empty("/v1/books/1/available").await.is(200));
    named(&server.post("/v1/rental-cards", json!({ "memberId": "jenny" })).await.is(201));
    let rent = server.post(&card("jenny", "/rent"), json!({ "bookNo": 1 })).await.is(202);
    named(&rent);
    let process = format!("/v1/processes/{}", rent.text_of("processId"));
    server.until(&process, |process| process["status"] == "COMPLETED").await;
    let returned = server.post_waiting(&card("jenny", "/return"), json!({ "bookNo": 1 })).await.is(200);
    named(&returned);
    for path in [
        "/v1/events",
        "/v1/events?before=",
        "/v1/events/1",
        "/v1/streams/member-jenny/events",
        "/v1/members/jenny/points",
        "/v1/processes",
        &process,
        "/v1/processors",
        "/v1/processors/catalogue",
        "/v1/dead-letters",
    ] {
        named(&server.get(path).await.is(200));
    }
    let other = Uuid::from_u128(7);
    for path in [
        "/v1/events",
        "/v1/streams/member-jenny/events",
        "/v1/members/jenny/points",
        "/v1/processes",
        "/v1/books",
        "/v1/best-sellers",
    ] {
        server.get(&format!("{path}?minPosition=1&logId={log}")).await.is(200);
        let refused = server.get(&format!("{path}?minPosition=1&logId={other}")).await;
        named(&refused.problem(400, "foreign-position"));
        server.get(&format!("{path}?logId=x")).await.problem(400, "invalid-query");
    }
    server.get(&format!("/v1/events/live?after=1&logId={other}")).await.problem(400, "foreign-position");
}

#[tokio::test]
async fn following_the_cursors_gives_every_event_once_in_both_directions() {
    let Some(server) = Server::start().await else { return };
    for no in 1..=10 {
        server.shelve(no).await;
    }
    for (from, mut wanted) in
        [("after=0", (1..=20).collect::<Vec<u64>>()), ("before=", (1..=20).rev().collect())]
    {
        let (mut seen, mut cursor) = (vec![], String::new());
        loop {
            let piece = server.get(&format!("/v1/events?{from}&limit=3{cursor}")).await.is(200).json();
            seen.extend(places(&piece));
            let Some(next) = piece["nextCursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(std::mem::take(&mut wanted), seen);
    }
}

#[tokio::test]
async fn a_piece_that_ends_with_the_log_has_no_cursor() {
    let Some(server) = Server::start().await else { return };
    server.shelve(1).await;
    server.shelve(2).await;
    for (last, place) in [
        ("after=3&limit=1", 4),
        ("after=0&limit=4", 4),
        ("stream=book-2&after=0&limit=2", 4),
        ("before=2&limit=1", 1),
        ("before=&limit=4", 1),
    ] {
        let piece = server.get(&format!("/v1/events?{last}")).await.is(200).json();
        assert_eq!((places(&piece).last(), &piece["nextCursor"]), (Some(&place), &json!(null)), "{last}");
    }
    for more in ["after=2&limit=1", "stream=book-2&limit=1", "before=3&limit=1"] {
        server.get(&format!("/v1/events?{more}")).await.is(200).text_of("nextCursor");
    }
}

#[tokio::test]
async fn the_log_is_filtered_by_type_stream_and_process() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    server.shelve(2).await;
    let process = server.rent("jenny", 1).await.text_of("id");
    server.settled().await;
    let of_type = server.get("/v1/events?type=book.book-entered").await.is(200).json();
    assert_eq!(places(&of_type), [3, 5]);
    let of_stream = server.get("/v1/events?stream=book-2").await.is(200).json();
    assert_eq!(places(&of_stream), [5, 6]);
    let of_process = server.get(&format!("/v1/events?correlation={process}")).await.is(200).json();
    let types: Vec<&str> =
        of_process["items"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert!(types.starts_with(&["rental-card.item-rented"]), "{types:?}");
    assert!(types.contains(&"book.book-lent") && types.contains(&"rental-card.rent-confirmed"), "{types:?}");
}

#[tokio::test]
async fn a_stream_is_read_in_pieces_from_a_version() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    for _ in 0..4 {
        server.post("/v1/members/jenny/points/save", json!({ "amount": 1 })).await.is(200);
    }
    let versions = |answer: &Value| {
        answer["items"].as_array().unwrap().iter().map(|e| e["version"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let first = server.get("/v1/streams/member-jenny/events?limit=3").await.is(200).json();
    assert_eq!(versions(&first), [1, 2, 3]);
    let next = first["nextCursor"].as_str().unwrap();
    let rest =
        server.get(&format!("/v1/streams/member-jenny/events?limit=3&cursor={next}")).await.is(200).json();
    assert_eq!((versions(&rest), &rest["nextCursor"]), (vec![4, 5], &json!(null)));
    let after = server.get("/v1/streams/member-jenny/events?after=4").await.is(200).json();
    assert_eq!(versions(&after), [5]);
    assert_eq!(server.get("/v1/streams/member-jenny/events?after=5").await.is(200).get("items"), json!([]));
}

#[tokio::test]
async fn an_event_tells_who_asked_and_what_for() {
    let Some(server) = Server::start().await else { return };
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let member = json!({ "id": "jenny", "name": "제니" });
    server.post_with("/v1/members", ("traceparent", trace), member).await.is(201);
    let metadata = server.get("/v1/events/1").await.is(200).get("metadata");
    assert_eq!(metadata["traceparent"], trace);
}

/// T16.
#[tokio::test]
async fn a_stream_that_cannot_be_read_is_said_to_be_with_its_place_and_others_go_on() {
    let Some(server) = Server::start().await else { return };
    let library = Library::over(server.stores.clone(), Node { seed: 2, ..Node::default() });
    let raw =
        RawEvent { kind: "book.book-burnt", revision: 1, payload: b"{\"broken", keys: Default::default() };
    let position = library.append_past_rules("book-1", raw).await.value();
    let answer = reqwest::get(format!("http://{}/v1/books/1", server.address)).await.unwrap();
    assert_eq!(answer.status(), 500);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["type"], "/problems/stream-unreadable");
    assert_eq!((&problem["stream"], &problem["position"]), (&json!("book-1"), &json!(position)));
    let event = server.get(&format!("/v1/events/{position}")).await.is(200).json();
    assert_eq!((&event["data"], &event["dataError"]), (&json!(null), &json!("what is stored is not JSON")));
    server.shelve(2).await;
    server.get("/v1/books/2").await.is(200);
}

#[tokio::test]
async fn a_filtered_read_looks_at_a_bounded_piece_and_says_where_to_go_on() {
    let Some(server) = Server::at_a_standstill(super::waiting::given_dates()).await else { return };
    let command = CommandId::new(Uuid::from_u128(1));
    let events = (0..SCAN_MAX as u128 + 5).map(noise).collect();
    let stream = StreamName::parse("noise-1").unwrap();
    let proposal = StreamAppend {
        stream,
        expected: Version::START,
        expected_event: None,
        parts: vec![CommandEvents { command, events }],
    };
    server.stores.log.append(vec![proposal]).await.unwrap();
    server.shelve(1).await;
    for from in ["after=0", "after=3&limit=1"] {
        let path = format!("/v1/events?type=book.book-entered&{from}");
        let first = server.get(&path).await.is(200).json();
        assert_eq!(first["items"], json!([]), "{from}");
        let next = first["nextCursor"].as_str().unwrap();
        let second = server.get(&format!("{path}&cursor={next}")).await.is(200).json();
        assert_eq!(places(&second), [SCAN_MAX as u64 + 6], "{from}");
    }
}

fn noise(number: u128) -> NewEvent {
    NewEvent {
        id: EventId::new(Uuid::from_u128(number + 1)),
        kind: TypeName::of("noise.made"),
        revision: 1,
        payload: Bytes::from_static(b"{}"),
        metadata: Bytes::from_static(b"{}"),
        occurred_at: Timestamp::UNIX_EPOCH,
    }
}
