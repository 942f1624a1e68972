//! Waiting for the end of a process with `Prefer: wait=N`.

use adapters::http::HttpSettings;
use application::codec::{Actor, Fingerprint};
use application::commands::Context;
use application::ports::event_store::CommandId;
use domain::book::{Book, BookCommand};
use domain::{
    Amount, BookNo, Date, Item, MemberId, Person, PersonName, Rent, RentalId, Request, RequestKind, Title,
};
use serde_json::json;

use super::Server;
use crate::server::card;

/// Settings that allow given dates.
pub(crate) fn given_dates() -> HttpSettings {
    HttpSettings { allow_given_dates: true, ..HttpSettings::default() }
}

#[tokio::test]
async fn a_rent_that_the_book_refuses_is_answered_as_cancelled_and_the_card_shows_it() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.join("robin").await;
    server.shelve(1).await;
    server.rent("jenny", 1).await;
    let refused = server.post_waiting(&card("robin", "/rent"), json!({ "bookNo": 1 })).await;
    let refused = refused.problem(409, "rental-cancelled");
    assert_eq!(refused.get("reason"), "not available: lent to another rental");
    assert_eq!(server.get(&card("robin", "")).await.get("held"), json!([]));
    server.settled().await;
    // Defect 9: the first still has it.
    assert_eq!(server.get(&card("jenny", "")).await.get("held")[0]["state"], "RENTED");
    assert_eq!(server.get("/v1/books/1").await.get("status"), "UNAVAILABLE");
    assert_eq!(server.get("/v1/members/robin").await.get("points"), 0);
}

/// What is still to be undone elsewhere is not waited for.
#[tokio::test]
async fn a_rent_is_answered_as_cancelled_while_somebody_still_has_to_answer() {
    let Some(server) = Server::leaving_out("keep-points", given_dates()).await else { return };
    server.join("jenny").await;
    let refused = server.post_waiting(&card("jenny", "/rent"), json!({ "bookNo": 404 })).await;
    let process = refused.problem(409, "rental-cancelled").text_of("processId");
    let shown = server.get(&format!("/v1/processes/{process}")).await.json();
    assert_eq!(
        (&shown["status"], &shown["participants"]["MEMBER"]["state"]),
        (&json!("COMPENSATING"), &json!("WAITING"))
    );
}

#[tokio::test]
async fn a_payment_without_points_is_answered_as_refused_and_the_fee_stays() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    server.rent("jenny", 1).await;
    let late = json!({ "bookNo": 1, "on": "2026-04-02" });
    server.post_waiting(&card("jenny", "/return"), late).await.is(200);
    let refused = server.post_waiting(&card("jenny", "/clear-overdue"), json!({ "points": 170 })).await;
    assert!(!refused.problem(409, "clearing-refused").text_of("reason").is_empty());
    let shown = server.get(&card("jenny", "")).await.json();
    assert_eq!((&shown["lateFee"], &shown["status"]), (&json!(170), &json!("SUSPENDED")));
    assert_eq!(shown.get("clearing"), None);
}

#[tokio::test]
async fn a_return_that_the_book_refuses_is_answered_as_cancelled_and_the_book_stays_on_the_card() {
    let Some(server) = Server::start().await else { return };
    server.post("/v1/rental-cards", json!({ "memberId": "jenny" })).await.is(201);
    server.post("/v1/members", json!({ "id": "jenny", "name": "jenny" })).await.is(201);
    server.shelve(1).await;
    let rental = server.rent("jenny", 1).await.text_of("id").replace("rent-", "");
    take_away(&server, 1, &rental).await;
    let refused = server.post_waiting(&card("jenny", "/return"), json!({ "bookNo": 1 })).await;
    refused.problem(409, "return-cancelled");
    assert_eq!(server.get(&card("jenny", "")).await.get("held")[0]["state"], "RENTED");
}

#[tokio::test]
async fn a_wait_that_is_over_before_the_end_is_answered_as_accepted() {
    let Some(server) = Server::at_a_standstill(given_dates()).await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    let path = card("jenny", "/rent");
    let accepted = server.post_with(&path, ("prefer", "wait=1"), json!({ "bookNo": 1 })).await.is(202);
    assert_eq!(accepted.header("preference-applied"), Some("wait=1"));
    assert!(accepted.text_of("processId").starts_with("rent-"));
}

#[tokio::test]
async fn a_repeat_that_waits_gets_the_end_of_the_first() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    let path = card("jenny", "/rent");
    let started = server.post_with(&path, ("idempotency-key", "k"), json!({ "bookNo": 1 })).await.is(202);
    let request = server.request(reqwest::Method::POST, &path).header("idempotency-key", "k");
    let ended = server.send(request.header("prefer", "wait=10").json(&json!({ "bookNo": 1 }))).await.is(200);
    assert_eq!(ended.get("id"), started.get("processId"));
    assert_eq!(ended.header("idempotency-replayed"), Some("true"));
}

#[tokio::test]
async fn who_waits_takes_no_place_from_those_who_do_not() {
    let settings = HttpSettings { running_max: 1, waiting_max: 1, ..given_dates() };
    let Some(server) = Server::at_a_standstill(settings).await else { return };
    server.join("jenny").await;
    let path = card("jenny", "/rent");
    let waits = server.post_with(&path, ("prefer", "wait=2"), json!({ "bookNo": 1 }));
    let reads = async {
        let mut held = 0;
        while held == 0 {
            let answer = server.get(&card("jenny", "")).await;
            held = if answer.status == 200 { answer.get("held").as_array().unwrap().len() } else { 0 };
        }
    };
    let (waited, ()) = tokio::join!(waits, reads);
    waited.is(202);
}

/// Undoes a lending behind the card's back, so that the book will not take back what it does not miss.
async fn take_away(server: &Server, no: i64, rental: &str) {
    let (no, rental_id) = (BookNo::parse(no).unwrap(), RentalId::new(rental.parse().unwrap()));
    let member = Person { id: MemberId::parse("jenny").unwrap(), name: PersonName::parse("jenny").unwrap() };
    let item = Item { no, title: Title::parse("Title 1").unwrap() };
    let what = RequestKind::Rent(Rent { rental_id, item, rented_on: Date::constant(2026, 3, 2) });
    let asked = Request { member, points: Amount::parse(10).unwrap(), what };
    let context = Context {
        command: CommandId::new(rental_id.uuid()),
        fingerprint: Fingerprint::of(b""),
        former_fingerprint: None,
        actor: Actor::Anonymous,
        causation: None,
        traceparent: None,
        if_version: None,
    };
    server.commands.execute::<Book>(&no, BookCommand::UndoLend { asked }, context).await.unwrap();
}
