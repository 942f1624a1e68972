//! A request sent again with its key gets its first answer. T73.

use adapters::http::HttpSettings;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::library::{Library, Node};

use super::Server;
use crate::answer::Answer;
use crate::server::card;

const KEY: &str = "idempotency-key";

#[tokio::test]
async fn the_same_key_and_body_give_the_first_answer_and_one_event() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let save = |amount: i64| {
        server.post_with("/v1/members/jenny/points/save", (KEY, "k-1"), json!({ "amount": amount }))
    };
    let first = save(10).await.is(200);
    let head = server.head().await;
    let again = save(10).await.is(200);
    assert_eq!(again.text, first.text);
    assert_eq!(
        (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
        (None, Some("true"))
    );
    assert_eq!(server.head().await, head);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let path = "/v1/members/jenny/points/save";
    server.post_with(path, (KEY, "k-1"), json!({ "amount": 10 })).await.is(200);
    let other = server.post_with(path, (KEY, "k-1"), json!({ "amount": 11 }));
    server.refuses(other, 422, "idempotency-key-reused").await;
}

#[tokio::test]
async fn the_same_json_in_another_order_and_spacing_is_the_same_body() {
    let Some(server) = Server::start().await else { return };
    let enter = |body: &'static str| {
        let request = server.request(Method::POST, "/v1/books").header(KEY, "k-1");
        server.send(request.header("content-type", "application/json").body(body))
    };
    let first = enter(r#"{"no":1,"title":"One","available":true}"#).await.is(201);
    for same in [
        "{ \"no\": 1,\n  \"title\": \"One\", \"available\": true }",
        r#"{"available":true,"title":"One","no":1}"#,
        r#"{"no":1.0,"title":"\u004fne","available":true}"#,
    ] {
        let again = enter(same).await.is(201);
        assert_eq!(
            (&again.text, again.header("idempotency-replayed")),
            (&first.text, Some("true")),
            "{same}"
        );
    }
    let other = enter(r#"{"no":1,"title":"one","available":true}"#);
    server.refuses(other, 422, "idempotency-key-reused").await;
}

#[tokio::test]
async fn the_same_key_on_another_route_or_for_another_member_is_another_command() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.join("robin").await;
    let ten = json!({ "amount": 10 });
    for path in
        ["/v1/members/jenny/points/save", "/v1/members/robin/points/save", "/v1/members/jenny/points/use"]
    {
        let done = server.post_with(path, (KEY, "k-1"), ten.clone()).await.is(200);
        assert_eq!(done.header("idempotency-replayed"), None, "{path}");
    }
    // The same member, written in another way.
    let again = server.post_with("/v1/members/%6Aenny/points/save", (KEY, "k-1"), ten).await.is(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
}

#[tokio::test]
async fn a_hundred_at_once_with_one_key_do_it_once_and_get_one_answer() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let path = "/v1/members/jenny/points/save";
    let save = || server.post_with(path, (KEY, "k-1"), json!({ "amount": 10 }));
    let answers = join_all((0..100).map(|_| save())).await;
    let first: Value = answers[0].json();
    for answer in answers {
        assert_eq!(answer.is(200).json(), first);
    }
    assert_eq!(server.get("/v1/members/jenny").await.get("points"), 10);
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_after_the_state_has_moved_on() {
    let Some(server) = Server::start().await else { return };
    let register = || server.post_with("/v1/members", (KEY, "m"), json!({ "id": "jenny", "name": "제니" }));
    let issue = || server.post_with("/v1/rental-cards", (KEY, "c"), json!({ "memberId": "jenny" }));
    let enter =
        || server.post_with("/v1/books", (KEY, "b"), json!({ "no": 1, "title": "One", "available": true }));
    let path = card("jenny", "/rent");
    let rent = || server.post_with(&path, (KEY, "r"), json!({ "bookNo": 1 }));
    let first =
        [register().await.is(201), issue().await.is(201), enter().await.is(201), rent().await.is(202)];
    server.settled().await;
    server.post("/v1/members/jenny/points/save", json!({ "amount": 500 })).await.is(200);
    // All of these would now be refused or give another answer.
    let again =
        [register().await.is(201), issue().await.is(201), enter().await.is(201), rent().await.is(202)];
    for (first, again) in first.iter().zip(again) {
        assert_eq!(again.text, first.text);
        assert_eq!(again.header("location"), first.header("location"));
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
    }
}

/// T97: whichever of them comes first, as many as fit are done once and those with another body are refused.
#[tokio::test]
async fn many_at_once_with_one_key_and_two_bodies_do_one_of_them_once() {
    let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    server.join("jenny").await;
    let path = "/v1/members/jenny/points/save";
    let save = |amount: i64| server.post_with(path, (KEY, "k"), json!({ "amount": amount }));
    let (one, two) = tokio::join!(join_all((0..20).map(|_| save(1))), join_all((0..20).map(|_| save(2))));
    let done = |answers: &[Answer]| answers.iter().filter(|answer| answer.status == 200).count();
    let refused = |answers: &[Answer]| answers.iter().filter(|answer| answer.status == 422).count();
    let counts = [done(&one), refused(&one), done(&two), refused(&two)];
    assert!(counts == [20, 0, 0, 20] || counts == [0, 20, 20, 0], "{counts:?}");
    let points = server.get("/v1/members/jenny").await.get("points");
    assert_eq!(points, if counts[0] == 20 { 1 } else { 2 });
}

/// T99: the other node has seen that there was no such thing, and remembers it.
#[tokio::test]
async fn a_repeat_at_another_node_that_remembers_an_older_state_gets_the_first_answer() {
    let Some(one) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    let node = Library::over(one.stores.clone(), Node { seed: 2, ..Node::default() });
    let two = Server::beside(&node, HttpSettings::default()).await;
    let enter = |server| {
        let book = json!({ "no": 1, "title": "One", "available": true });
        Server::post_with(server, "/v1/books", (KEY, "b"), book)
    };
    two.get("/v1/books/1").await.problem(404, "book-not-found");
    let first = enter(&one).await.is(201);
    let head = one.head().await;
    let again = enter(&two).await.is(201);
    assert_eq!(again.text, first.text);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(one.head().await, head);
}

#[tokio::test]
async fn a_request_that_was_refused_is_decided_anew() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let path = card("jenny", "/clear-overdue");
    let pay = || server.post_with(&path, (KEY, "p"), json!({ "points": 10 }));
    pay().await.problem(409, "no-fee");
    server.shelve(1).await;
    server.rent("jenny", 1).await;
    let late = json!({ "bookNo": 1, "on": "2026-03-17" });
    server.post_waiting(&card("jenny", "/return"), late).await.is(200);
    pay().await.is(202);
}

#[tokio::test]
async fn a_key_that_cannot_be_used_is_refused() {
    let Some(server) = Server::start().await else { return };
    let member = json!({ "id": "jenny", "name": "제니" });
    let long = "k".repeat(256);
    for key in ["", " ", "a b", "a\tb", "\u{e9}", long.as_str()] {
        let refused = server.post_with("/v1/members", (KEY, key), member.clone());
        server.refuses(refused, 400, "invalid-idempotency-key").await;
    }
    let twice = server.request(Method::POST, "/v1/members").header(KEY, "a").header(KEY, "b");
    server.refuses(server.send(twice.json(&member)), 400, "invalid-idempotency-key").await;
    server.post_with("/v1/members", (KEY, &long[..255]), member).await.is(201);
}
