//! How streams stood, what each event changed, and what became of it at each processor.

use serde_json::{Value, json};

use super::Server;

/// A service in which jenny has rented a book and brought it back.
async fn with_a_return() -> Option<Server> {
    let server = Server::start().await?;
    server.join("jenny").await;
    server.shelve(1).await;
    server.rent("jenny", 1).await;
    server.post_waiting("/v1/rental-cards/jenny/return", json!({"bookNo": 1})).await.is(200);
    server.settled().await;
    Some(server)
}

async fn state(server: &Server, query: &str) -> Value {
    server.get(&format!("/v1/streams/rental-card-jenny/state{query}")).await.is(200).json()
}

#[tokio::test]
async fn a_stream_is_shown_as_it_stood_at_each_of_its_versions() {
    let Some(server) = with_a_return().await else { return };
    let now = state(&server, "").await;
    let head = now["headVersion"].as_u64().unwrap();
    assert_eq!(
        (now["version"].as_u64(), now["changes"].as_array().unwrap().len() as u64),
        (Some(head), head)
    );
    assert_eq!(now["state"]["items"], json!([]));
    let start = state(&server, "?version=0").await;
    assert_eq!((&start["version"], &start["changes"], &start["at"]), (&json!(0), &json!([]), &Value::Null));
    let events = server.get("/v1/streams/rental-card-jenny/events?limit=200").await.is(200).json();
    for event in events["items"].as_array().unwrap() {
        let version = event["version"].as_u64().unwrap();
        let then = state(&server, &format!("?version={version}&limit=1")).await;
        let change = &then["changes"][0];
        assert_eq!(
            (&change["version"], &change["position"], &change["type"]),
            (&event["version"], &event["position"], &event["type"])
        );
        // What an event changed leads from the state before it to the one after it.
        let mut before = state(&server, &format!("?version={}", version - 1)).await["state"].clone();
        for field in change["changed"].as_array().unwrap() {
            let path = field["path"].as_str().unwrap();
            if path.is_empty() {
                before = field["after"].clone();
            } else if let Some(place) = before.pointer_mut(path) {
                assert_eq!(*place, field["before"], "{path}");
                *place = field["after"].clone();
            } else {
                let (parent, name) = path.rsplit_once('/').unwrap();
                before.pointer_mut(parent).unwrap()[name] = field["after"].clone();
            }
        }
        let after = without_nulls(then["state"].clone());
        assert_eq!(without_nulls(before), after, "version {version}");
    }
    let rented = state(&server, "?version=2").await;
    assert_eq!(rented["state"]["items"][0]["item"]["no"], 1);
}

/// A field that is gone is null where it was.
fn without_nulls(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(|value| *value = without_nulls(value.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| *value = without_nulls(value.take())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    value
}

#[tokio::test]
async fn a_stream_is_shown_as_it_stood_at_a_time() {
    let Some(server) = with_a_return().await else { return };
    assert_eq!(state(&server, "?at=2000-01-01T00:00:00Z").await["version"], 0);
    let now = state(&server, "").await;
    assert_eq!(state(&server, "?at=2100-01-01T00:00:00Z").await["state"], now["state"]);
}

#[tokio::test]
async fn what_no_stream_has_and_what_cannot_be_asked_is_said() {
    let Some(server) = with_a_return().await else { return };
    for stream in ["rental-card-nobody", "wizard-1", "member-", "operations-2026-11"] {
        server.get(&format!("/v1/streams/{stream}/state")).await.problem(404, "stream-not-found");
    }
    for wrong in ["version=x", "version=-1", "at=yesterday", "version=1&at=2026-01-01T00:00:00Z", "limit=0"] {
        let path = format!("/v1/streams/rental-card-jenny/state?{wrong}");
        server.get(&path).await.problem(400, "invalid-query");
    }
    let beyond = state(&server, "?version=9000").await;
    assert_eq!(beyond["version"], beyond["headVersion"]);
}

#[tokio::test]
async fn each_processor_says_what_became_of_an_event() {
    let Some(server) = with_a_return().await else { return };
    let events = server.get("/v1/events?type=rental-card.item-rented").await.is(200).json();
    let position = events["items"][0]["position"].clone();
    let path = format!("/v1/events/{position}/deliveries");
    let said = server.get(&path).await.is(200).json();
    let of = |name: &str| {
        let mut items = said["items"].as_array().unwrap().iter();
        items.find(|one| one["processor"] == name).unwrap_or_else(|| panic!("{name} in {said}"))["state"]
            .clone()
    };
    for name in ["lend-books", "keep-points", "count-rentals", "loans", "processes"] {
        assert_eq!(of(name), "HANDLED", "{name}");
    }
    for name in ["catalogue", "operations"] {
        assert_eq!(of(name), "IGNORED", "{name}");
    }
    server.get("/v1/events/9999/deliveries").await.problem(404, "event-not-found");
    server.get("/v1/events/0/deliveries").await.problem(404, "event-not-found");
    server.get("/v1/events/x/deliveries").await.problem(404, "event-not-found");
}

#[tokio::test]
async fn an_event_that_nobody_has_come_to_waits() {
    let Some(server) = Server::at_a_standstill(super::waiting::given_dates()).await else { return };
    server.shelve(1).await;
    let said = server.get("/v1/events/1/deliveries").await.is(200).json();
    let items = said["items"].as_array().unwrap();
    let catalogue = items.iter().find(|one| one["processor"] == "catalogue").unwrap();
    assert_eq!((&catalogue["state"], &catalogue["attempts"]), (&json!("WAITING"), &json!(0)));
}
