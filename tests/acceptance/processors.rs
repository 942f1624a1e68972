//! Processors, health and numbers.

use std::sync::Arc;

use application::ports::ProcessorAdmin;
use application::ports::processor_admin::Desired;
use application::ports::token_store::Segment;
use application::reactions::CATALOGUE;
use serde_json::{Value, json};
use tests::library::{Library, Node, Stores};

use super::Server;

#[tokio::test]
async fn every_processor_says_how_far_it_is_and_why_it_waits() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    server.rent("jenny", 1).await;
    server.settled().await;
    let all = server.until("/v1/processors", |all| {
        all["items"].as_array().unwrap().iter().all(|it| it["waiting"] == "caught up")
    });
    let all = all.await;
    let names: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    for name in [
        "catalogue",
        "loans",
        "best-sellers",
        "processes",
        "lend-books",
        "keep-points",
        "count-rentals",
        "record-answers",
    ] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
        let one = server.get(&format!("/v1/processors/{name}")).await.is(200).json();
        assert_eq!(
            (&one["state"], &one["lagEvents"], &one["parked"]),
            (&json!("RUNNING"), &json!(0), &json!(0))
        );
        assert_eq!((&one["segments"][0]["id"], &one["segments"][0]["mask"]), (&json!(0), &json!(0)));
        assert_eq!(one["position"], one["head"]);
    }
}

#[tokio::test]
async fn a_processor_that_does_not_run_falls_behind_visibly() {
    let Some(server) = Server::at_a_standstill(super::waiting::given_dates()).await else { return };
    server.shelve(1).await;
    let one = server.get("/v1/processors/catalogue").await.is(200).json();
    assert_eq!((&one["lagEvents"], &one["head"], &one["position"]), (&json!(2), &json!(2), &json!(0)));
    assert_eq!(one["lagSeconds"], 0);
}

#[tokio::test]
async fn a_service_that_is_stopping_lives_and_is_not_ready() {
    let Some(server) = Server::start().await else { return };
    let checks = |text: &str| {
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    let ready = server.get("/readyz").await.is(200);
    assert!(checks(&ready.text).len() >= 4 && checks(&ready.text).iter().all(|check| check["ok"] == true));
    server.draining.send_replace(true);
    let not_ready = server.get("/readyz").await.is(503);
    let failed: Vec<Value> =
        checks(&not_ready.text).into_iter().filter(|check| check["ok"] == false).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["check"], "draining");
    server.get("/livez").await.is(200);
}

/// T92.
#[tokio::test]
async fn requests_are_counted_by_the_pattern_of_their_route_and_never_by_what_was_sent() {
    let Some(server) = Server::start().await else { return };
    for at in 0..20 {
        server.get(&format!("/v1/members/nobody-{at}")).await.is(404);
        server.get(&format!("/nowhere/{at}")).await.is(404);
    }
    let numbers = server.get("/metrics").await.is(200).text;
    assert!(
        numbers
            .contains("rental_http_requests_total{route=\"/v1/members/{id}\",method=\"GET\",status=\"404\"}")
    );
    assert!(numbers.contains("route=\"unmatched\"") && numbers.contains("http_request_seconds_bucket"));
    assert!(!numbers.contains("nobody-") && !numbers.contains("nowhere"));
}

/// T85.
#[tokio::test]
async fn no_name_and_no_address_of_a_member_is_in_the_numbers() {
    let Some(server) = Server::start().await else { return };
    let member = json!({ "id": "m-77", "name": "Zerubbabel", "email": "zerubbabel@example.org" });
    server.post("/v1/members", member).await.is(201);
    let numbers = server.get("/metrics").await.is(200).text;
    assert!(!numbers.to_lowercase().contains("zerubbabel") && !numbers.contains("m-77"));
}

/// T107.
#[tokio::test]
async fn views_of_another_log_make_the_service_not_ready_and_are_not_answered_from() {
    let Some(mut before) = Server::library().await else { return };
    let Some(other) = Server::library().await else { return };
    for no in 1..=3 {
        before.shelve(no).await;
    }
    before.settle().await;
    for processor in &mut before.processors {
        processor.close().await;
    }
    other.shelve(1).await;
    let stores = Stores { log: Arc::clone(&other.stores.log), ..before.stores.clone() };
    let mut library = Library::over(stores, Node { seed: 3, ..Node::default() });
    let server = Server::beside(&library, super::waiting::given_dates()).await;

    for _ in 0..2 {
        let answer = server.get("/readyz").await.is(503);
        let line = answer.text.lines().find(|line| line.contains("\"processors\"")).unwrap();
        for said in [
            "8 of 8 cannot go on; catalogue, ",
            " and 3 more: the token is of another log",
            "`rental rebuild-views`",
        ] {
            assert!(line.contains(said), "{said} is not in {line}");
        }
        let all = server.get("/v1/processors").await.is(200).json();
        for one in all["items"].as_array().unwrap() {
            assert_eq!(
                (&one["state"], &one["lagEvents"], &one["head"]),
                (&json!("FAILED"), &json!(2), &json!(2))
            );
            assert_eq!((&one["position"], &one["lagSeconds"]), (&json!(6), &json!(0)));
            assert!(one["waiting"].as_str().unwrap().contains("`rental rebuild-views`"));
        }
        for list in ["/v1/books", "/v1/books?minPosition=1", "/v1/best-sellers", "/v1/processes"] {
            let refused = server.get(list).await.problem(503, "view-of-another-log");
            let detail = refused.get("detail");
            assert!(detail.as_str().unwrap().contains("`rental rebuild-views`"), "{detail}");
        }
        // What is read from the log itself is as good as ever.
        assert_eq!(server.get("/v1/books/1").await.is(200).get("title"), "Title 1");
        server.get("/v1/books/2").await.problem(404, "book-not-found");
        library.settle().await;
    }
}

#[tokio::test]
async fn a_view_without_one_of_its_segments_is_not_answered_from_and_what_helps_is_said() {
    let Some(mut library) = Server::library().await else { return };
    library.shelve(1).await;
    library.settle().await;
    for processor in &mut library.processors {
        processor.close().await;
    }
    library.stores.tokens.lose_segment(&CATALOGUE, Segment::WHOLE);
    let server = Server::beside(&library, super::waiting::given_dates()).await;

    let refused = server.get("/v1/books").await.problem(503, "store-unavailable");
    let detail = refused.get("detail");
    assert!(detail.as_str().unwrap().contains("`rental rebuild-views`"), "{detail}");
    // The book itself is in the log.
    server.get("/v1/books/1").await.is(200);
}

#[tokio::test]
async fn a_paused_processor_leaves_the_service_ready() {
    let Some(mut library) = Server::library().await else { return };
    let desired = Desired::Paused { by: "me".to_owned(), reason: "a look".to_owned() };
    library.settle().await;
    library.stores.tokens.set_desired(&CATALOGUE, desired).await.unwrap();
    let server = Server::beside(&library, super::waiting::given_dates()).await;
    let ready = server.get("/readyz").await.is(200);
    assert!(ready.text.contains("9 here, 1 paused"), "{}", ready.text);
    assert_eq!(server.get("/v1/processors/catalogue").await.is(200).get("state"), "PAUSED");
}
