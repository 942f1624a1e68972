//! What operators watch: one document about the whole, and one stream of what changes.

use adapters::http::HttpSettings;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::faulty_store::ReadFault;

use super::Server;
use crate::sse::Sse;

const OVERVIEW: &str = "/v1/overview";

/// Lets time pass, and has it looked how the service does.
async fn look_later(server: &Server, seconds: i64) {
    server.stores.clock.advance(SignedDuration::from_secs(seconds));
    server.monitor.look().await.unwrap();
}

async fn overview(server: &Server) -> Value {
    server.get(OVERVIEW).await.is(200).json()
}

async fn watched(server: &Server, topics: &str) -> Sse {
    Sse::open(server.request(Method::GET, &format!("/v1/live?topics={topics}"))).await
}

#[tokio::test]
async fn the_overview_says_what_happens_and_how_fast() {
    let Some(server) = Server::at_a_standstill(super::waiting::given_dates()).await else { return };
    let first = overview(&server).await;
    assert_eq!(
        (&first["head"], &first["eventsPerSecond"], &first["commandP99Ms"]),
        (&json!(0), &Value::Null, &Value::Null)
    );
    assert_eq!((&first["health"]["ready"], &first["processesInReview"]), (&json!(true), &json!(0)));
    assert_eq!(first["services"], json!(["rental", "book", "member", "best-seller"]));
    server.join("jenny").await;
    server.shelve(1).await;
    server.post("/v1/rental-cards/jenny/rent", json!({ "bookNo": 1 })).await.is(202);
    look_later(&server, 5).await;

    let second = overview(&server).await;

    let head = server.head().await;
    assert_eq!((&second["head"], &second["lagEvents"]), (&json!(head), &json!(head)));
    let rate = second["eventsPerSecond"].as_f64().unwrap();
    assert!((rate * 5.0 - f64::from(u32::try_from(head).unwrap())).abs() < 0.3, "{second:#}");
    assert!(second["commandsPerSecond"].as_f64().unwrap() > 0.5, "{second:#}");
    assert!(second["commandP99Ms"].as_f64() >= second["commandP50Ms"].as_f64(), "{second:#}");
    let points = second["series"]["points"].as_array().unwrap();
    let sum = |field: &str| points.iter().map(|point| point[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("events"), points.last().unwrap()["lagEvents"].as_u64()), (head, Some(head)));
    let names = |document: &Value, list: &str| {
        let all = document[list].as_array().unwrap();
        all.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let listed = server.get("/v1/processors").await.is(200).json();
    assert_eq!(names(&second, "processors"), names(&listed, "items"));
}

#[tokio::test]
async fn a_processor_says_how_fast_it_goes_on() {
    let Some(server) = Server::start().await else { return };
    server.monitor.look().await.unwrap();
    assert_eq!(server.get("/v1/processors/catalogue").await.is(200).json()["rate"], Value::Null);
    for no in 1..=5 {
        server.shelve(no).await;
    }
    server.settled().await;
    look_later(&server, 4).await;
    let one = server.get("/v1/processors/catalogue").await.is(200).json();
    assert_eq!(one["rate"], json!(2.5), "{one:#}");
}

#[tokio::test]
async fn what_was_seen_last_is_shown_while_the_store_is_away() {
    let Some(server) = Server::start().await else { return };
    server.shelve(1).await;
    server.monitor.look().await.unwrap();
    server.stores.log.fail_reads(Some(ReadFault::Away));
    server.stores.clock.advance(SignedDuration::from_secs(60));
    let shown = overview(&server).await;
    assert_eq!(shown["head"], 2);
    server.stores.log.fail_reads(None);
}

#[tokio::test]
async fn how_processors_stood_is_shown_with_when_while_the_stores_cannot_be_asked() {
    let Some(server) = Server::start().await else { return };
    server.shelve(1).await;
    server.settled().await;
    server.monitor.look().await.unwrap();
    let now = server.get("/v1/processors/catalogue").await.is(200).json();
    assert_eq!((&now["waiting"], now.get("asOf")), (&json!("caught up"), None));

    server.stores.log.fail_heads(10_000);
    let then = server.get("/v1/processors/catalogue").await.is(200).json();
    let all = server.get("/v1/processors").await.is(200).json();
    server.stores.log.fail_heads(0);

    for shown in [&then, &all["items"][0]] {
        let said = shown["waiting"].as_str().unwrap();
        assert!(
            said.starts_with("the stores cannot be asked now; at ") || said.contains(" (since "),
            "{said}"
        );
        assert!(shown["asOf"].is_string());
        assert_eq!((&shown["position"], &shown["head"]), (&now["position"], &now["head"]));
    }
    server.get("/v1/processors/nobody").await.problem(404, "processor-not-found");
}

#[tokio::test]
async fn a_screen_is_told_by_one_stream_what_has_changed() {
    let Some(server) = Server::start().await else { return };
    server.monitor.look().await.unwrap();
    let mut live = watched(&server, "overview,processors,audit").await;
    let mut names: Vec<_> = live.take(2).await.into_iter().map(|event| event.name).collect();
    names.sort();
    assert_eq!(names, ["overview", "processors"]);
    let reason = json!({ "reason": "a look at the rows" });
    server.post("/v1/processors/loans/pause", reason).await.is(200);
    look_later(&server, 1).await;

    let told = live.take(3).await;

    let of = |name: &str| told.iter().find(|event| event.name == name).map(crate::sse::Event::json).unwrap();
    let items = of("processors")["items"].clone();
    let loans = items.as_array().unwrap().iter().find(|it| it["name"] == "loans").unwrap().clone();
    assert_eq!(loans["state"], "PAUSED");
    assert_eq!(
        (of("audit"), of("overview")["head"].as_u64()),
        (json!({ "changed": true }), Some(server.head().await))
    );
    assert_eq!(of("overview")["series"]["points"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn events_are_told_of_without_what_they_say_and_the_newest_of_many() {
    let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    server.monitor.look().await.unwrap();
    let mut live = watched(&server, "events").await;
    for no in 1..=105 {
        server.shelve(no).await;
    }
    look_later(&server, 1).await;
    let told = live.next().await.unwrap();
    let (items, skipped) = (told.json()["items"].clone(), told.json()["skipped"].clone());
    let items = items.as_array().unwrap();
    assert_eq!((items.len(), &skipped, told.position()), (200, &json!(10), "210"));
    assert_eq!((&items[0]["position"], &items[199]["position"]), (&json!(11), &json!(210)));
    assert_eq!((&items[199]["type"], items[199].get("data")), (&json!("book.book-made-available"), None));
}

#[tokio::test]
async fn whoever_comes_back_is_told_of_what_came_meanwhile() {
    let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    let mut live = watched(&server, "events").await;
    server.shelve(1).await;
    look_later(&server, 1).await;
    let last = live.next().await.unwrap().id;
    drop(live);
    server.shelve(2).await;
    look_later(&server, 1).await;
    let again = server.request(Method::GET, "/v1/live?topics=events").header("last-event-id", &last);
    let told = Sse::open(again).await.next().await.unwrap().json();
    let positions: Vec<_> =
        told["items"].as_array().unwrap().iter().map(|it| it["position"].clone()).collect();
    assert_eq!(positions, [json!(3), json!(4)]);
}

#[tokio::test]
async fn a_topic_that_is_not_known_and_an_id_that_is_none_are_refused() {
    let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    let refused = server.get("/v1/live?topics=overview,weather").await.problem(400, "invalid-query");
    assert!(refused.text.contains("dead-letters"), "{}", refused.text);
    server.get("/v1/live?topics=").await.problem(400, "invalid-query");
    let wrong = server.request(Method::GET, "/v1/live").header("last-event-id", "nonsense");
    server.send(wrong).await.problem(400, "invalid-query");
}
