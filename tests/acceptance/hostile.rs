//! Strings that mean something to databases, shells and browsers are strings here. T77.

use serde_json::{Value, json};

use super::Server;
use crate::server::card;

const STRINGS: [&str; 12] = [
    "'; DROP TABLE events; --",
    "\" OR \"1\"=\"1",
    "{\"$where\": \"1 == 1\"}",
    "$(reboot)`reboot`",
    "../../etc/passwd",
    "%s%n%x%d",
    "<script>alert(1)</script>",
    "${jndi:ldap://x}",
    "\u{202e}gnirts",
    "\\u0000",
    "a%00b",
    "{{7*7}}",
];

#[tokio::test]
async fn what_looks_like_a_command_is_kept_and_shown_as_a_text() {
    let Some(server) = Server::start().await else { return };
    for (at, hostile) in STRINGS.into_iter().enumerate() {
        let (id, no) = (format!("m{at}"), at + 1);
        server.post("/v1/members", json!({ "id": id, "name": hostile })).await.is(201);
        server.post("/v1/rental-cards", json!({ "memberId": id, "memberName": hostile })).await.is(201);
        let book = json!({ "no": no, "title": hostile, "author": hostile, "description": hostile,
            "isbn": &hostile[..hostile.len().min(8)].trim(), "available": true });
        let book = if hostile.is_char_boundary(8) {
            book
        } else {
            json!({ "no": no, "title": hostile, "available": true })
        };
        server.post("/v1/books", book).await.is(201);
        server.rent(&id, no as i64).await;
        assert_eq!(server.get(&format!("/v1/members/{id}")).await.get("name"), hostile);
        assert_eq!(server.get(&format!("/v1/books/{no}")).await.get("title"), hostile);
        assert_eq!(server.get(&card(&id, "")).await.get("held")[0]["title"], hostile);
    }
}

#[tokio::test]
async fn objects_and_lists_in_place_of_values_are_refused_everywhere() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let bodies: [(&str, &str); 8] = [
        ("/v1/members", "id"),
        ("/v1/members", "name"),
        ("/v1/members", "email"),
        ("/v1/books", "title"),
        ("/v1/books", "no"),
        ("/v1/rental-cards", "memberId"),
        ("/v1/rental-cards/jenny/rent", "bookNo"),
        ("/v1/rental-cards/jenny/return", "on"),
    ];
    let operators: [Value; 4] =
        [json!({ "$ne": null }), json!({ "$gt": "" }), json!(["a"]), json!({ "__proto__": {} })];
    for (path, field) in bodies {
        for operator in &operators {
            let refused = server.post(path, json!({ field: operator }));
            let refused = server.refuses(refused, 422, "invalid-fields").await;
            assert!(refused.wrong_fields().contains(&field.to_owned()), "{path} {field} {operator}");
        }
    }
}

#[tokio::test]
async fn hostile_strings_in_paths_and_queries_find_nothing_and_break_nothing() {
    let Some(server) = Server::start().await else { return };
    server.shelve(1).await;
    server.settled().await;
    for hostile in STRINGS {
        let encoded: String = hostile.bytes().map(|byte| format!("%{byte:02X}")).collect();
        server.get(&format!("/v1/members/{encoded}")).await.problem(404, "member-not-found");
        server.get(&card(&encoded, "")).await.problem(404, "card-not-found");
        server.get(&format!("/v1/books/{encoded}")).await.problem(404, "book-not-found");
        server.get(&format!("/v1/processes/{encoded}")).await.problem(404, "process-not-found");
        server.get(&format!("/v1/streams/{encoded}/events")).await.problem(404, "stream-not-found");
        server.get(&format!("/v1/processors/{encoded}")).await.problem(404, "processor-not-found");
        server.get(&format!("/problems/{encoded}")).await.problem(404, "not-found");
        server.get(&format!("/v1/books?status={encoded}")).await.problem(400, "invalid-query");
        server.get(&format!("/v1/processes?memberId={encoded}")).await.problem(400, "invalid-query");
        server.get(&format!("/v1/best-sellers?period={encoded}")).await.problem(400, "invalid-query");
        let found = server.get(&format!("/v1/books?search={encoded}")).await.is(200);
        assert_eq!(found.get("items"), json!([]), "{hostile}");
        assert_eq!(server.get(&format!("/v1/events?type={encoded}")).await.is(200).get("items"), json!([]));
    }
}

#[tokio::test]
async fn a_problem_repeats_nothing_of_a_script_as_html() {
    let Some(server) = Server::start().await else { return };
    let answer = server.post("/v1/members", json!({ "<script>alert(1)</script>": 1 })).await;
    let answer = answer.problem(400, "unknown-field");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let page = server.get("/problems/unknown-field").await.is(200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(!page.text.contains("<script"));
}
