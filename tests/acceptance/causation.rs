//! What follows from what, found without a search.

use serde_json::{Value, json};

use super::Server;

/// The types of what belongs to the event at a position, each with the type of what it follows from.
async fn causes(server: &Server, position: u64) -> Vec<(String, Option<String>)> {
    let found = server.get(&format!("/v1/events/{position}/causation")).await.is(200).json();
    assert_eq!(found["whole"], true, "{found:#}");
    let events = found["events"].as_array().unwrap().clone();
    let kind = |event: &Value| event["type"].as_str().unwrap().to_owned();
    let at = |position: &Value| events.iter().find(|event| event["position"] == *position).map(kind);
    events.iter().map(|event| (kind(event), at(&event["causedBy"]))).collect()
}

#[tokio::test]
async fn an_attempt_is_shown_from_any_of_its_events_with_what_each_follows_from() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    server.rent("jenny", 1).await;
    server.settled().await;
    let head = server.head().await;
    let rented = (1..=head).rev();
    let mut of_rent = None;
    for position in rented {
        let event = server.get(&format!("/v1/events/{position}")).await.is(200).json();
        if event["type"] == "rental-card.item-rented" {
            of_rent = Some(position);
        }
    }
    let found = causes(&server, of_rent.unwrap()).await;
    let rented = || Some("rental-card.item-rented".to_owned());
    let has = |kind: &str, cause: Option<String>| {
        assert!(
            found.contains(&(kind.to_owned(), cause.clone())),
            "{kind} after {cause:?} is not in {found:#?}"
        );
    };
    assert_eq!(found[0], ("rental-card.item-rented".to_owned(), None));
    has("book.book-lent", rented());
    has("member.points-saved", rented());
    has("best-seller.rental-counted", rented());
    let confirmed = found.iter().find(|(kind, _)| kind == "rental-card.rent-confirmed").unwrap();
    let cause = confirmed.1.as_deref();
    assert!(matches!(cause, Some("book.book-lent" | "member.points-saved")), "{found:#?}");
    assert!(
        found.iter().all(|(kind, cause)| cause.is_some() || kind == "rental-card.item-rented"),
        "{found:#?}"
    );

    // The last event of it leads to the same.
    let rows = server.get(&format!("/v1/events/{}/causation", of_rent.unwrap())).await.is(200).json();
    let last = rows["events"].as_array().unwrap().last().unwrap()["position"].as_u64().unwrap();
    assert_eq!(causes(&server, last).await, found);
}

#[tokio::test]
async fn an_action_leads_to_how_it_ended() {
    let Some(server) = Server::start().await else { return };
    let paused =
        server.post("/v1/processors/loans/pause", json!({ "reason": "a look" })).await.is(200).json();
    let position = paused["action"]["position"].as_u64().unwrap();
    let taken = "operator.action-taken".to_owned();
    let ended = ("operator.action-ended".to_owned(), Some(taken.clone()));
    assert_eq!(causes(&server, position).await, [(taken, None), ended]);
}

#[tokio::test]
async fn an_event_that_is_not_there_has_no_causes() {
    let Some(server) = Server::at_a_standstill(super::waiting::given_dates()).await else { return };
    server.shelve(1).await;
    assert_eq!(causes(&server, 1).await, [("book.book-entered".to_owned(), None)]);
    for position in ["0", "3", "-1", "x", "99999999999999999999"] {
        server.get(&format!("/v1/events/{position}/causation")).await.problem(404, "event-not-found");
    }
}
