//! Processors, health and numbers.

use serde_json::{Value, json};

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
