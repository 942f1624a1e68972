//! Lists in pieces: limits, cursors, filters, and waiting for the view. T79.

use std::collections::BTreeSet;

use adapters::http::HttpSettings;
use futures::future::join_all;
use serde_json::json;

use super::Server;
use crate::server::card;

async fn shelved(count: i64) -> Option<Server> {
    let server = Server::start().await?;
    for no in 1..=count {
        server.shelve(no).await;
    }
    server.settled().await;
    Some(server)
}

#[tokio::test]
async fn following_the_cursors_gives_every_book_once_and_in_order() {
    let Some(server) = shelved(7).await else { return };
    let (mut seen, mut path) = (vec![], "/v1/books?limit=3".to_owned());
    loop {
        let piece = server.get(&path).await.is(200).json();
        seen.extend(piece["items"].as_array().unwrap().iter().map(|book| book["no"].as_i64().unwrap()));
        let Some(cursor) = piece["nextCursor"].as_str() else { break };
        path = format!("/v1/books?limit=3&cursor={cursor}");
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test]
async fn a_cursor_that_was_tampered_with_or_is_of_another_list_is_refused() {
    let Some(server) = shelved(3).await else { return };
    let cursor = server.get("/v1/books?limit=1").await.is(200).text_of("nextCursor");
    let mut tampered = cursor.clone();
    tampered.replace_range(15..16, if cursor.as_bytes()[15] == b'9' { "8" } else { "9" });
    for wrong in [tampered.as_str(), "", "x", "0", "%00", "'; DROP TABLE", &"f".repeat(5_000)] {
        let encoded: String = wrong.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!("/v1/books?limit=1&cursor={encoded}");
        server.get(&path).await.problem(400, "invalid-cursor");
    }
    for other in [
        "/v1/books?search=a",
        "/v1/processes?limit=1",
        "/v1/events?limit=1",
        "/v1/streams/book-1/events?limit=1",
    ] {
        let joint = if other.contains('?') { '&' } else { '?' };
        server.get(&format!("{other}{joint}cursor={cursor}")).await.problem(400, "invalid-cursor");
    }
    server.get(&format!("/v1/books?limit=1&cursor={cursor}")).await.is(200);
}

#[tokio::test]
async fn a_limit_out_of_its_range_and_a_parameter_that_is_not_known_are_refused_by_every_list() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    for list in [
        "/v1/books",
        "/v1/processes",
        "/v1/best-sellers",
        "/v1/events",
        "/v1/members",
        "/v1/members/jenny/points",
        "/v1/rental-cards",
        "/v1/loans",
        "/v1/streams/member-jenny/events",
    ] {
        for wrong in [
            "limit=0",
            "limit=-1",
            "limit=201",
            "limit=1000000000",
            "limit=x",
            "limit=",
            "limit=1&limit=2",
            "unknown=1",
            "minPosition=-1",
            "minPosition=9223372036854775808",
        ] {
            server.get(&format!("{list}?{wrong}")).await.problem(400, "invalid-query");
        }
        for right in ["limit=1", "limit=200", "minPosition=0"] {
            server.get(&format!("{list}?{right}")).await.is(200);
        }
    }
}

#[tokio::test]
async fn a_list_that_is_asked_for_a_position_shows_what_was_answered_before() {
    let Some(server) = Server::start().await else { return };
    for no in 1..=5 {
        let book = json!({ "no": no, "title": "t", "available": true });
        let position = server.post("/v1/books", book).await.is(201).get("position");
        let list = server.get(&format!("/v1/books?minPosition={position}")).await.is(200).get("items");
        assert_eq!(list.as_array().unwrap().len(), no);
    }
}

#[tokio::test]
async fn a_view_that_does_not_come_so_far_is_said_to_be_behind_with_both_positions() {
    let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    server.shelve(1).await;
    let head = server.head().await;
    let lists = ["/v1/books", "/v1/loans", "/v1/processes", "/v1/best-sellers"];
    let paths = lists.map(|list| format!("{list}?minPosition={head}"));
    for behind in join_all(paths.iter().map(|path| server.get(path))).await {
        let behind = behind.problem(503, "view-behind");
        assert_eq!((behind.get("position"), behind.get("minPosition")), (json!(0), json!(head)));
        assert!(behind.header("retry-after").is_some());
    }
}

#[tokio::test]
async fn a_position_that_the_log_does_not_reach_is_refused_by_every_list() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.settled().await;
    let head = server.head().await;
    for list in [
        "/v1/books",
        "/v1/processes",
        "/v1/best-sellers",
        "/v1/events",
        "/v1/members",
        "/v1/members/jenny/points",
        "/v1/rental-cards",
        "/v1/loans",
        "/v1/streams/member-jenny/events",
    ] {
        let refused = server.get(&format!("{list}?minPosition={}", head + 1)).await;
        assert_eq!(refused.problem(400, "invalid-query").get("head"), json!(head), "{list}");
        server.get(&format!("{list}?minPosition={head}")).await.is(200);
    }
}

#[tokio::test]
async fn books_are_found_by_title_and_author_and_by_status() {
    let Some(server) = Server::start().await else { return };
    server.post("/v1/books", json!({ "no": 1, "title": "The Bell", "author": "Murdoch" })).await.is(201);
    server
        .post("/v1/books", json!({ "no": 2, "title": "Ulysses", "author": "Joyce", "available": true }))
        .await
        .is(201);
    server.settled().await;
    let found = async |query: &str| {
        let items = server.get(&format!("/v1/books?{query}")).await.is(200).get("items");
        items.as_array().unwrap().iter().map(|book| book["no"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(found("search=bell").await, [1]);
    assert_eq!(found("search=JOYCE").await, [2]);
    assert_eq!(found("status=AVAILABLE").await, [2]);
    assert_eq!(found("status=ENTERED&search=e").await, [1]);
    assert_eq!(found("status=UNAVAILABLE").await, Vec::<i64>::new());
}

/// T115.
#[tokio::test]
async fn a_search_finds_a_title_however_its_characters_are_composed_and_spaced() {
    let Some(server) = Server::start().await else { return };
    for (no, title) in [(1, " Cafe\u{301} am Rhein "), (2, "\u{1112}\u{1161}\u{11AB}강의 노래")] {
        server.post("/v1/books", json!({ "no": no, "title": title })).await.is(201);
    }
    server.settled().await;
    let searching = |search: &str| {
        let encoded: String = search.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("/v1/books?search={encoded}")
    };
    let found = async |search: &str| {
        let items = server.get(&searching(search)).await.is(200).get("items");
        items.as_array().unwrap().iter().map(|book| book["no"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    for search in ["Café", "Cafe\u{301}", "  CAFE\u{301} ", "café am"] {
        assert_eq!(found(search).await, [1], "{search:?}");
    }
    for search in ["한강", "\u{1112}\u{1161}\u{11AB}강"] {
        assert_eq!(found(search).await, [2], "{search:?}");
    }
    for nothing in ["", "   ", "\u{200b}", "a\u{0}"] {
        server.get(&searching(nothing)).await.problem(400, "invalid-query");
    }
    server.get("/v1/books?search=%FF").await.problem(400, "invalid-query");
    server.get("/v1/events?type=%C3").await.problem(400, "invalid-query");
}

#[tokio::test]
async fn processes_are_listed_newest_first_by_status_kind_and_member() {
    let Some(server) = shelved(3).await else { return };
    server.join("jenny").await;
    server.join("robin").await;
    for no in 1..=2 {
        server.rent("jenny", no).await;
    }
    server.post_waiting(&card("jenny", "/return"), json!({ "bookNo": 1 })).await.is(200);
    server.post_waiting(&card("robin", "/rent"), json!({ "bookNo": 2 })).await.is(409);
    server.settled().await;
    let count = async |query: &str| {
        let items = server.get(&format!("/v1/processes?{query}")).await.is(200).get("items");
        items.as_array().unwrap().len()
    };
    assert_eq!(
        (count("kind=RENT").await, count("kind=RETURN").await, count("kind=OVERDUE").await),
        (3, 1, 0)
    );
    assert_eq!((count("status=COMPLETED").await, count("status=COMPENSATED").await), (3, 1));
    assert_eq!((count("memberId=jenny").await, count("memberId=robin&kind=RENT").await), (3, 1));
    let first = server.get("/v1/processes?limit=1").await.is(200).json();
    assert_eq!(first["items"][0]["memberId"], "robin");
    let rest =
        server.get(&format!("/v1/processes?cursor={}", first["nextCursor"].as_str().unwrap())).await.is(200);
    let ids: BTreeSet<String> =
        rest.get("items").as_array().unwrap().iter().map(|it| it["id"].to_string()).collect();
    assert!(ids.len() == 3 && !ids.contains(&first["items"][0]["id"].to_string()));
}

#[tokio::test]
async fn a_ledger_is_read_in_pieces() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    for amount in 1..=5 {
        server.post("/v1/members/jenny/points/save", json!({ "amount": amount })).await.is(200);
    }
    let (mut amounts, mut query) = (vec![], "limit=2".to_owned());
    loop {
        let piece = server.get(&format!("/v1/members/jenny/points?{query}")).await.is(200).json();
        amounts
            .extend(piece["items"].as_array().unwrap().iter().map(|line| line["amount"].as_i64().unwrap()));
        let Some(cursor) = piece["nextCursor"].as_str() else { break };
        query = format!("limit=2&cursor={cursor}");
    }
    assert_eq!(amounts, [1, 2, 3, 4, 5]);
}
