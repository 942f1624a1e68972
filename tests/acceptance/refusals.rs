//! Each refusal has a type of its own and leaves nothing in the log. T75.

use serde_json::json;

use super::Server;
use crate::server::card;

#[tokio::test]
async fn refusals_of_members_have_their_types_and_leave_no_event() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let other = json!({ "id": "jenny", "name": "Robin" });
    server.refuses(server.post("/v1/members", other), 409, "member-exists").await;
    server.refuses(server.get("/v1/members/robin"), 404, "member-not-found").await;
    server.refuses(server.get("/v1/members/robin/points"), 404, "member-not-found").await;
    let one = json!({ "amount": 1 });
    for below in ["save", "use"] {
        let path = format!("/v1/members/robin/points/{below}");
        server.refuses(server.post(&path, one.clone()), 404, "member-not-found").await;
    }
    let refused =
        server.refuses(server.post("/v1/members/jenny/points/use", one), 409, "not-enough-points").await;
    assert_eq!((refused.get("balance"), refused.get("wanted")), (json!(0), json!(1)));
}

#[tokio::test]
async fn refusals_of_books_have_their_types_and_leave_no_event() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    let other = json!({ "no": 1, "title": "Another" });
    server.refuses(server.post("/v1/books", other), 409, "book-exists").await;
    server.refuses(server.get("/v1/books/2"), 404, "book-not-found").await;
    let misread = server.refuses(server.get("/v1/books/1e1"), 404, "book-not-found").await.text_of("detail");
    assert!(misread.contains("must look like `12`"), "{misread}");
    server.rent("jenny", 1).await;
    for below in ["available", "unavailable"] {
        let (unknown, lent) = (format!("/v1/books/2/{below}"), format!("/v1/books/1/{below}"));
        server.refuses(server.post_empty(&unknown), 404, "book-not-found").await;
        server.refuses(server.post_empty(&lent), 409, "book-is-lent").await;
    }
}

#[tokio::test]
async fn a_card_that_was_not_issued_is_not_found_on_every_route_of_cards() {
    let Some(server) = Server::start().await else { return };
    server.refuses(server.get(&card("jenny", "")), 404, "card-not-found").await;
    let one = json!({ "bookNo": 1 });
    for (below, body) in [
        ("/rent", one.clone()),
        ("/return", one.clone()),
        ("/overdue", one),
        ("/clear-overdue", json!({ "points": 1 })),
    ] {
        server.refuses(server.post(&card("jenny", below), body), 404, "card-not-found").await;
    }
}

#[tokio::test]
async fn refusals_of_renting_have_their_types_and_leave_no_event() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let other = json!({ "memberId": "jenny", "memberName": "Robin" });
    server.refuses(server.post("/v1/rental-cards", other), 409, "card-exists").await;
    for no in 1..=6 {
        server.shelve(no).await;
    }
    let renting = card("jenny", "/rent");
    let rent = |no: i64| server.post(&renting, json!({ "bookNo": no }));
    server.rent("jenny", 1).await;
    server.refuses(rent(1), 409, "book-already-held").await;
    for no in 2..=5 {
        server.rent("jenny", no).await;
    }
    // Defect 1.
    let refused = server.refuses(rent(6), 409, "too-many-books").await;
    assert_eq!((refused.get("held"), refused.get("limit")), (json!(5), json!(5)));
}

#[tokio::test]
async fn refusals_of_returning_have_their_types_and_leave_no_event() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    let (returning, overdue) = (card("jenny", "/return"), card("jenny", "/overdue"));
    let one = json!({ "bookNo": 1 });
    server.refuses(server.post(&returning, one.clone()), 409, "book-not-held").await;
    server.refuses(server.post(&overdue, one.clone()), 409, "book-not-held").await;
    server.rent("jenny", 1).await;
    server.refuses(server.post(&overdue, one.clone()), 409, "not-yet-due").await;
    let early = json!({ "bookNo": 1, "on": "2026-03-01" });
    server.refuses(server.post(&returning, early), 409, "return-before-rent").await;
}

#[tokio::test]
async fn refusals_of_paying_have_their_types_and_leave_no_event() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    server.shelve(2).await;
    let (renting, paying) = (card("jenny", "/rent"), card("jenny", "/clear-overdue"));
    let pay = |points: i64| server.post(&paying, json!({ "points": points }));
    server.refuses(pay(10), 409, "no-fee").await;
    server.rent("jenny", 1).await;
    server.rent("jenny", 2).await;
    let late = json!({ "bookNo": 1, "on": "2026-03-17" });
    server.post_waiting(&card("jenny", "/return"), late).await.is(200);
    let refused = server.refuses(server.post(&renting, json!({ "bookNo": 1 })), 409, "card-suspended").await;
    assert_eq!(refused.get("lateFee"), 10);
    server.refuses(pay(10), 409, "books-still-held").await;
    server.post_waiting(&card("jenny", "/return"), json!({ "bookNo": 2 })).await.is(200);
    let refused = server.refuses(pay(9), 409, "fee-mismatch").await;
    assert_eq!((refused.get("lateFee"), refused.get("offered")), (json!(10), json!(9)));
}

#[tokio::test]
async fn a_card_suspended_by_a_late_book_names_the_book_and_shows_the_fee_that_accrues() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    server.shelve(2).await;
    let rent = json!({ "bookNo": 1, "on": "2026-02-10" });
    server.post_waiting(&card("jenny", "/rent"), rent).await.is(200);
    server.post(&card("jenny", "/overdue"), json!({ "bookNo": 1 })).await.is(200);
    let path = card("jenny", "/rent");
    let refused = server.post(&path, json!({ "bookNo": 2 }));
    let refused = server.refuses(refused, 409, "card-suspended").await;
    assert_eq!((refused.get("lateFee"), refused.get("overdue")), (json!(0), json!([1])));
    let detail = refused.text_of("detail");
    assert!(detail.contains("book 1 is overdue") && !detail.contains("fee of 0"), "{detail}");
    let shown = server.get(&card("jenny", "")).await.is(200).json();
    // Due on 24 February; the clock stands on 2 March.
    assert_eq!((&shown["lateFee"], &shown["accruingFee"]), (&json!(0), &json!(60)));
    assert_eq!((&shown["held"][0]["accruingFee"], &shown["held"][0]["lateFee"]), (&json!(60), &json!(null)));
}

#[tokio::test]
async fn what_is_not_confirmed_yet_is_refused_with_the_process_to_wait_for() {
    let Some(server) = Server::at_a_standstill(super::waiting::given_dates()).await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    let one = json!({ "bookNo": 1 });
    let started = server.post(&card("jenny", "/rent"), one.clone()).await.is(202);
    let before = server.head().await;
    let refused = server.post(&card("jenny", "/return"), one).await.problem(409, "rental-pending");
    assert_eq!(refused.get("processId"), started.get("processId"));
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn what_is_not_there_is_not_found_by_its_own_type() {
    let Some(server) = Server::start().await else { return };
    let nobody = "rent-018f2f6e-0000-7000-8000-000000000000";
    server.refuses(server.get(&format!("/v1/processes/{nobody}")), 404, "process-not-found").await;
    server.refuses(server.get("/v1/processes/lend-1"), 404, "process-not-found").await;
    server.refuses(server.get("/v1/events/1"), 404, "event-not-found").await;
    server.refuses(server.get("/v1/events/first"), 404, "event-not-found").await;
    server.refuses(server.get("/v1/streams/book-1/events"), 404, "stream-not-found").await;
    server.refuses(server.get("/v1/processors/nobody"), 404, "processor-not-found").await;
    server.refuses(server.get("/v1/nothing"), 404, "not-found").await;
    server.refuses(server.get("/v1/members/%FF"), 404, "not-found").await;
    let other = server.refuses(server.post("/v1/members/jenny", json!({})), 405, "method-not-allowed").await;
    assert!(other.header("allow").unwrap().contains("GET"));
}
