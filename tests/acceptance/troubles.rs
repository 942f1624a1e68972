//! What a client sees when the store is away or slow, or too much is going on.

use std::sync::Arc;
use std::time::Duration;

use adapters::http::HttpSettings;
use reqwest::Method;
use serde_json::{Value, json};
use tests::faulty_store::{AppendFault, LoadFault, ReadFault};
use tokio::sync::Notify;

use super::Server;
use crate::said::Said;
use crate::server::LIMIT;

const KEY: (&str, &str) = ("idempotency-key", "k");
const SAVE: &str = "/v1/members/jenny/points/save";

fn member() -> Value {
    json!({ "id": "jenny", "name": "Zerubbabel" })
}

#[tokio::test]
async fn a_store_that_is_away_is_answered_as_such_and_the_same_request_goes_through_later() {
    let Some(server) = Server::start().await else { return };
    server.stores.log.next_append(AppendFault::Away);
    let refused = server.post_with("/v1/members", KEY, member()).await.problem(503, "store-unavailable");
    assert!(refused.header("retry-after").is_some());
    assert!(!refused.text.contains("Zerubbabel"));
    assert_eq!(server.head().await, 0);
    let done = server.post_with("/v1/members", KEY, member()).await.is(201);
    assert_eq!(done.header("idempotency-replayed"), None);
}

/// T3.
#[tokio::test]
async fn a_reply_of_the_store_that_is_lost_does_not_show() {
    let Some(server) = Server::start().await else { return };
    server.stores.log.next_append(AppendFault::ReplyLost);
    server.post("/v1/members", member()).await.is(201);
    server.settled().await;
    assert_eq!(server.head().await, 1);
}

/// T98: what was sent may be stored, so it is not said that nothing was written.
#[tokio::test]
async fn a_reply_that_is_lost_before_the_store_goes_away_leaves_the_outcome_unknown() {
    for then in [AppendFault::Away, AppendFault::Corrupt] {
        let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
        server.stores.log.next_append(AppendFault::ReplyLost);
        server.stores.log.next_append(then);
        let unknown = server.post_with("/v1/members", KEY, member()).await.problem(503, "outcome-unknown");
        assert!(!unknown.text.contains("nothing was written"), "{}", unknown.text);
        let again = server.post_with("/v1/members", KEY, member()).await.is(201);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(server.head().await, 1);
    }
}

/// T98: the first answer may have meant that it was done, so a repeat speaks of itself only.
#[tokio::test]
async fn a_repeat_that_meets_no_store_does_not_say_that_nothing_was_written() {
    let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    server.stores.log.next_append(AppendFault::ReplyLost);
    server.stores.log.next_append(AppendFault::Away);
    server.post_with("/v1/members", KEY, member()).await.problem(503, "outcome-unknown");
    server.stores.log.next_append(AppendFault::Away);
    let away = server.post_with("/v1/members", KEY, member()).await.problem(503, "store-unavailable");
    assert!(away.text.contains("this request wrote nothing"), "{}", away.text);
    assert!(!away.text.contains("nothing was"), "{}", away.text);
    let again = server.post_with("/v1/members", KEY, member()).await.is(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
}

/// T98.
#[tokio::test]
async fn a_repeat_whose_first_answer_cannot_be_read_is_said_to_have_been_done() {
    let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    server.join("jenny").await;
    server.post_with(SAVE, KEY, json!({ "amount": 3 })).await.is(200);
    for fault in [LoadFault::Away, LoadFault::Corrupt] {
        server.stores.log.next_load(fault);
        let unread =
            server.post_with(SAVE, KEY, json!({ "amount": 3 })).await.problem(503, "outcome-unknown");
        assert!(unread.text.contains("was done before"), "{}", unread.text);
    }
    let again = server.post_with(SAVE, KEY, json!({ "amount": 3 })).await.is(200);
    assert_eq!(again.get("points"), json!(3));
}

#[tokio::test]
async fn processors_are_shown_beside_a_log_with_a_hole() {
    let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    server.join("jenny").await;
    server.stores.log.fail_reads(Some(ReadFault::Torn));
    let all = server.get("/v1/processors").await.is(200).get("items");
    for processor in all.as_array().unwrap() {
        assert_eq!((&processor["lagSeconds"], &processor["lagEvents"]), (&json!(null), &json!(2)));
        let path = format!("/v1/processors/{}", processor["name"].as_str().unwrap());
        assert_eq!(server.get(&path).await.is(200).get("lagSeconds"), json!(null));
    }
}

#[tokio::test]
async fn a_log_with_a_hole_is_said_to_be_damaged_and_where() {
    let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    server.join("jenny").await;
    server.stores.log.fail_reads(Some(ReadFault::Torn));
    for path in ["/v1/events", "/v1/events/1", "/v1/events/live?after=1"] {
        let damaged = server.get(path).await.problem(500, "stream-unreadable");
        assert_eq!(damaged.get("position"), json!(2), "{path}");
        let detail = damaged.text_of("detail");
        assert!(detail.contains("position 2 is missing") && detail.contains("restore"), "{detail}");
    }
}

#[tokio::test]
async fn a_stream_that_contradicts_itself_is_said_to_be_damaged() {
    let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    server.join("jenny").await;
    server.stores.log.next_load(LoadFault::Corrupt);
    let damaged = server.get("/v1/streams/member-jenny/events").await.problem(500, "stream-unreadable");
    assert!(!damaged.text.contains("defect") && !damaged.text.contains("told to be"), "{}", damaged.text);
}

#[tokio::test]
async fn requests_that_are_turned_away_do_not_fill_the_log() {
    let said = Said::of_this_process();
    let settings = HttpSettings { running_max: 0, ..HttpSettings::default() };
    let Some(server) = Server::at_a_standstill(settings).await else { return };
    let marker = server.address.port();
    for n in 0..50 {
        let id = format!("turned-away-{marker}-{n}");
        let request = server.request(Method::GET, "/v1/books").header("x-request-id", id);
        server.send(request).await.problem(503, "too-busy");
    }
    let text = said.text();
    let ours = text.lines().filter(|line| line.contains(&format!("turned-away-{marker}-")));
    let warned: Vec<_> = ours.filter(|line| line.contains("WARN")).collect();
    assert!(matches!(warned[..], [line] if !line.contains("cause")), "{warned:#?}");
}

#[tokio::test]
async fn one_request_too_many_is_turned_away_while_probes_are_answered() {
    let settings = HttpSettings { running_max: 1, ..HttpSettings::default() };
    let Some(server) = Server::at_a_standstill(settings).await else { return };
    let go_on = Arc::new(Notify::new());
    server.stores.log.next_append(AppendFault::Held(Arc::clone(&go_on)));
    let first = server.post("/v1/members", member());
    let others = async {
        let mut again = tokio::time::interval(Duration::from_millis(5));
        while server.get("/v1/books").await.status != 503 {
            again.tick().await;
        }
        let refused = server.get("/v1/books").await.problem(503, "too-busy");
        assert_eq!(refused.header("retry-after"), Some("1"));
        server.get("/livez").await.is(200);
        server.get("/readyz").await.is(200);
        server.get("/metrics").await.is(200);
        go_on.notify_one();
    };
    let (first, ()) = tokio::join!(first, others);
    first.is(201);
    server.get("/v1/books").await.is(200);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up_and_its_repeat_tells_what_came_of_it() {
    let settings = HttpSettings { request_limit: Duration::from_secs(1), ..HttpSettings::default() };
    let Some(server) = Server::at_a_standstill(settings).await else { return };
    server.join("jenny").await;
    let go_on = Arc::new(Notify::new());
    server.stores.log.next_append(AppendFault::Held(Arc::clone(&go_on)));
    server.post_with(SAVE, KEY, json!({ "amount": 3 })).await.problem(503, "timed-out");
    go_on.notify_one();
    // On a busy machine a repeat may take too long as well; it can be repeated too.
    let repeated = async {
        loop {
            let repeat = server.post_with(SAVE, KEY, json!({ "amount": 3 })).await;
            if repeat.status != 503 {
                return repeat.is(200);
            }
        }
    };
    let repeat = tokio::time::timeout(LIMIT, repeated).await.unwrap();
    assert_eq!((repeat.get("points"), repeat.header("idempotency-replayed")), (json!(3), Some("true")));
}

#[tokio::test]
async fn a_service_that_takes_no_more_commands_says_so() {
    let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    server.commands.close().await;
    server.post("/v1/members", member()).await.problem(503, "stopping");
}
