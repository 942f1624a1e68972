//! What is too large, too deep, of the wrong kind or out of its range. T76.

use reqwest::Method;
use serde_json::{Value, json};

use super::Server;
use crate::answer::Answer;
use crate::server::card;

async fn raw(server: &Server, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = server.request(Method::POST, path).header("content-type", content_type);
    server.send(request.body(body)).await
}

#[tokio::test]
async fn a_body_has_at_most_64_kib() {
    let Some(server) = Server::start().await else { return };
    let padded = |bytes: usize| {
        let body = json!({ "id": "jenny", "name": "Jenny" }).to_string();
        let padding = " ".repeat(bytes - body.len());
        body + &padding
    };
    let too_large = raw(&server, "/v1/members", "application/json", padded(65_537));
    server.refuses(too_large, 413, "body-too-large").await;
    let unannounced = super::disconnects::chunked(&server, "/v1/members", &padded(65_537)).await;
    assert!(unannounced.starts_with("HTTP/1.1 413"), "{unannounced}");
    raw(&server, "/v1/members", "application/json", padded(65_536)).await.is(201);
}

#[tokio::test]
async fn a_body_is_json_in_utf8_and_says_so() {
    let Some(server) = Server::start().await else { return };
    let body = json!({ "id": "jenny", "name": "Jenny" }).to_string();
    for other in [
        "text/plain",
        "application/xml",
        "application/json; charset=latin1",
        "application/jsonx",
        "multipart/form-data",
    ] {
        let refused = raw(&server, "/v1/members", other, body.clone());
        server.refuses(refused, 415, "unsupported-media-type").await;
    }
    let unsaid = server.send(server.request(Method::POST, "/v1/members").body(body.clone()));
    server.refuses(unsaid, 415, "unsupported-media-type").await;
    let packed = server.request(Method::POST, "/v1/members").header("content-type", "application/json");
    let packed = server.send(packed.header("content-encoding", "gzip").body(body.clone()));
    server.refuses(packed, 415, "unsupported-media-type").await;
    raw(&server, "/v1/members", "Application/JSON; charset=\"UTF-8\"", body).await.is(201);
}

#[tokio::test]
async fn json_that_cannot_be_read_is_refused_with_the_place() {
    let Some(server) = Server::start().await else { return };
    let deep = format!("{{\"id\":{}1{}}}", "[".repeat(32), "]".repeat(32));
    let very_deep = "[".repeat(60_000);
    for body in [
        "",
        "{",
        "{\"id\":\"a\",}",
        "[]",
        "1",
        "null",
        "\"a\"",
        "{\"id\":\"\\ud800\"}",
        "{'id':1}",
        "{} {}",
        "{\"id\":NaN}",
        "\u{feff}{}",
        deep.as_str(),
        very_deep.as_str(),
    ] {
        let refused = raw(&server, "/v1/members", "application/json", body.to_owned());
        let refused = server.refuses(refused, 400, "unreadable-body").await;
        assert!(refused.get("line").is_u64() && refused.get("column").is_u64(), "{}", refused.text);
    }
    let not_utf8 = raw(&server, "/v1/members", "application/json", b"{\"id\":\"\xff\"}".to_vec());
    server.refuses(not_utf8, 400, "unreadable-body").await;
    let twice = raw(&server, "/v1/members", "application/json", "{\"id\":\"a\",\"id\":\"b\",\"name\":\"n\"}");
    assert_eq!(server.refuses(twice, 400, "unreadable-body").await.get("field"), "id");
}

#[tokio::test]
async fn a_field_that_is_not_known_is_refused_by_name_on_every_route() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    for path in [
        "/v1/members",
        "/v1/books",
        "/v1/rental-cards",
        "/v1/members/jenny/points/save",
        "/v1/members/jenny/points/use",
        "/v1/books/1/available",
        "/v1/books/1/unavailable",
        &card("jenny", "/rent"),
        &card("jenny", "/return"),
        &card("jenny", "/overdue"),
        &card("jenny", "/clear-overdue"),
    ] {
        let refused = server.post(path, json!({ "extra": { "$ne": null } }));
        assert_eq!(server.refuses(refused, 400, "unknown-field").await.get("field"), "extra", "{path}");
    }
}

#[tokio::test]
async fn everything_that_is_wrong_in_a_body_is_said_at_once() {
    let Some(server) = Server::start().await else { return };
    let book = json!({
        "no": 0, "title": 5, "author": "", "description": [], "isbn": "x".repeat(33), "publicationDate": "1940-13-01",
        "source": "STOLEN", "classification": 1, "location": "pangyo", "available": "yes",
    });
    let refused = server.refuses(server.post("/v1/books", book.clone()), 422, "invalid-fields").await;
    assert!(refused.text_of("detail").starts_with("10 fields "), "{}", refused.text);
    let one = server.post("/v1/members", json!({ "id": "", "name": "n" }));
    let one = server.refuses(one, 422, "invalid-fields").await.text_of("detail");
    assert!(one.starts_with("1 field of"), "{one}");
    let mut wrong = refused.wrong_fields();
    wrong.sort();
    let all: Vec<String> = book.as_object().unwrap().keys().cloned().collect();
    let mut all = all;
    all.sort();
    assert_eq!(wrong, all);
}

#[tokio::test]
async fn numbers_out_of_their_range_are_refused_and_those_at_its_edges_are_taken() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let wrong = [
        "0",
        "-1",
        "1000001",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "1.5",
        "1e9",
        "\"1\"",
        "true",
        "null",
        "[1]",
        "{\"$gt\":0}",
    ];
    for amount in wrong {
        let body = format!("{{\"amount\":{amount}}}");
        let refused = raw(&server, "/v1/members/jenny/points/save", "application/json", body);
        assert_eq!(
            server.refuses(refused, 422, "invalid-fields").await.wrong_fields(),
            ["amount"],
            "{amount}"
        );
    }
    for amount in ["1", "1000000", "1.0", "1e3"] {
        let body = format!("{{\"amount\":{amount}}}");
        raw(&server, "/v1/members/jenny/points/save", "application/json", body).await.is(200);
    }
    assert_eq!(server.get("/v1/members/jenny").await.get("points"), 1_001_002);
    for no in ["0", "-1", "9007199254740992", "1.5", "\"1\""] {
        let body = format!("{{\"no\":{no},\"title\":\"t\"}}");
        let refused = raw(&server, "/v1/books", "application/json", body);
        assert_eq!(server.refuses(refused, 422, "invalid-fields").await.wrong_fields(), ["no"], "{no}");
    }
    for no in [1_i64, 9_007_199_254_740_991] {
        server.post("/v1/books", json!({ "no": no, "title": "t" })).await.is(201);
    }
}

#[tokio::test]
async fn names_are_1_to_200_characters_without_control_characters_and_any_script() {
    let Some(server) = Server::start().await else { return };
    let long = "n".repeat(2_000);
    let just_too_long = "가".repeat(201);
    for wrong in [
        "",
        "   ",
        "\u{200b}\u{feff}",
        "a\u{0}b",
        "a\u{1b}[31m",
        "a\nb",
        long.as_str(),
        just_too_long.as_str(),
    ] {
        let refused = server.post("/v1/members", json!({ "id": "x", "name": wrong }));
        assert_eq!(server.refuses(refused, 422, "invalid-fields").await.wrong_fields(), ["name"]);
    }
    let longest = "가".repeat(200);
    let names = ["👩‍👩‍👧‍👦", "שלום", "e\u{301}", longest.as_str(), "<script>alert(1)</script>"];
    for (at, name) in names.into_iter().enumerate() {
        let id = format!("m{at}");
        server.post("/v1/members", json!({ "id": id, "name": name })).await.is(201);
        let shown = server.get(&format!("/v1/members/{id}")).await.text_of("name");
        assert_eq!(shown, if name == "e\u{301}" { "é" } else { name });
    }
}

#[tokio::test]
async fn ids_have_plain_characters_and_look_alikes_are_not_the_same() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let long = "a".repeat(65);
    for wrong in
        ["", " jenny", "jenny ", ".jenny", "jеnny", "jenny/..", "je nny", "제니", "jenny\u{0}", long.as_str()]
    {
        let refused = server.post("/v1/members", json!({ "id": wrong, "name": "n" }));
        assert_eq!(server.refuses(refused, 422, "invalid-fields").await.wrong_fields(), ["id"], "{wrong:?}");
    }
    server.get("/v1/members/j%D0%B5nny").await.problem(404, "member-not-found");
    server.get("/v1/members/JENNY").await.problem(404, "member-not-found");
    server.get("/v1/books/01x").await.problem(404, "book-not-found");
}

#[tokio::test]
async fn null_is_as_if_a_field_were_left_out() {
    let Some(server) = Server::start().await else { return };
    server.post("/v1/members", json!({ "id": "jenny", "name": "n", "email": null })).await.is(201);
    let refused: Value = server.post("/v1/members", json!({ "id": null })).await.is(422).get("errors");
    assert_eq!(refused.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_answer_says_how_it_may_be_used_and_carries_the_id_of_its_request() {
    let Some(server) = Server::start().await else { return };
    let answer = server.get("/v1/books").await.is(200);
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert!(!answer.header("x-request-id").unwrap().is_empty());
    let named = server.request(Method::GET, "/v1/members/x").header("x-request-id", "mine-1");
    assert_eq!(server.send(named).await.problem(404, "member-not-found").get("instance"), "mine-1");
    let forged = server.request(Method::GET, "/v1/members/x").header("x-request-id", "a\"b<script>");
    assert_ne!(server.send(forged).await.get("instance"), "a\"b<script>");
}
