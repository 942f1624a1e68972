//! A command can insist on a version. T74.

use reqwest::Method;
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
async fn a_version_that_a_proxy_made_weak_is_insisted_on_all_the_same() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.post_with(SAVE, (IF_MATCH, "W/\"1\""), json!({ "amount": 1 })).await.is(200);
    let stale = server.post_with(SAVE, (IF_MATCH, "W/\"1\""), json!({ "amount": 1 }));
    server.refuses(stale, 412, "version-mismatch").await;
}

#[tokio::test]
async fn what_the_reader_has_already_is_not_sent_again() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    for path in ["/v1/members/jenny", "/v1/books/1", "/v1/rental-cards/jenny"] {
        let tag = server.get(path).await.is(200).header("etag").unwrap().to_owned();
        let reread =
            |known: String| server.send(server.request(Method::GET, path).header("if-none-match", known));
        for known in [tag.clone(), format!("W/{tag}"), format!("\"77\", {tag}"), "*".to_owned()] {
            let unchanged = reread(known).await.is(304);
            assert_eq!(
                (unchanged.text.as_str(), unchanged.header("etag")),
                ("", Some(tag.as_str())),
                "{path}"
            );
        }
        for other in ["\"77\"", "W/\"77\"", "none"] {
            assert!(!reread(other.to_owned()).await.is(200).text.is_empty(), "{path}");
        }
        let missing = path.replace("jenny", "nobody").replace("/1", "/2");
        server.send(server.request(Method::GET, &missing).header("if-none-match", "*")).await.is(404);
    }
}

/// The same version shows another fee each day.
#[tokio::test]
async fn a_card_whose_fee_accrues_is_always_sent() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    let rent = json!({ "bookNo": 1, "on": "2026-02-10" });
    server.post_waiting("/v1/rental-cards/jenny/rent", rent).await.is(200);
    let card = server.get("/v1/rental-cards/jenny").await.is(200);
    let tag = card.header("etag").unwrap();
    let again = server.request(Method::GET, "/v1/rental-cards/jenny").header("if-none-match", tag);
    assert_eq!(server.send(again).await.is(200).json(), card.json());
}

#[tokio::test]
async fn a_version_that_cannot_be_read_is_refused() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    for wrong in ["1", "*", "w/\"1\"", "\"one\"", "\"1\", \"2\"", "\"-1\"", "\"18446744073709551616\""] {
        let refused = server.post_with(SAVE, (IF_MATCH, wrong), json!({ "amount": 1 }));
        server.refuses(refused, 400, "invalid-if-match").await;
    }
}

#[tokio::test]
async fn a_known_key_is_answered_before_its_version_is_looked_at() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let save = || {
        let request = server.request(Method::POST, SAVE).header("idempotency-key", "k");
        server.send(request.header(IF_MATCH, "\"1\"").json(&json!({ "amount": 1 })))
    };
    let first = save().await.is(200);
    let again = save().await.is(200);
    assert_eq!(again.text, first.text);
}
