//! A command can insist on a version. T74.

use serde_json::json;

use super::Server;

const IF_MATCH: &str = "if-match";
const SAVE: &str = "/v1/members/jenny/points/save";

#[tokio::test]
async fn a_command_that_insists_on_the_current_version_is_done_and_on_another_is_refused() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let read = server.get("/v1/members/jenny").await.is(200);
    let tag = read.header("etag").unwrap();
    let saved = server.post_with(SAVE, (IF_MATCH, tag), json!({ "amount": 1 })).await.is(200);
    assert_eq!(saved.header("etag"), Some("\"2\""));
    for stale in [tag, "\"99\"", "\"0\""] {
        let refused = server.post_with(SAVE, (IF_MATCH, stale), json!({ "amount": 1 }));
        let refused = server.refuses(refused, 412, "version-mismatch").await;
        assert_eq!(refused.get("version"), 2);
    }
}

#[tokio::test]
async fn a_version_that_cannot_be_read_is_refused() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    for wrong in ["1", "*", "W/\"1\"", "\"one\"", "\"1\", \"2\"", "\"-1\"", "\"18446744073709551616\""] {
        let refused = server.post_with(SAVE, (IF_MATCH, wrong), json!({ "amount": 1 }));
        server.refuses(refused, 400, "invalid-if-match").await;
    }
}

#[tokio::test]
async fn a_known_key_is_answered_before_its_version_is_looked_at() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let save = || {
        let request = server.request(reqwest::Method::POST, SAVE).header("idempotency-key", "k");
        server.send(request.header(IF_MATCH, "\"1\"").json(&json!({ "amount": 1 })))
    };
    let first = save().await.is(200);
    let again = save().await.is(200);
    assert_eq!(again.text, first.text);
}
