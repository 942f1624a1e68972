//! Lists of members, of their cards, and of what is out.

use serde_json::{Value, json};

use super::Server;
use crate::server::card;

/// Jenny has a book that is late and one that is not, Tom owes a fee, and nobody has rented anything to Ada.
async fn library() -> Option<Server> {
    let server = Server::start().await?;
    for id in ["tom", "jenny", "Ada"] {
        server.post("/v1/members", json!({ "id": id, "name": format!("{id} Müller") })).await.is(201);
        server.post("/v1/rental-cards", json!({ "memberId": id })).await.is(201);
    }
    for no in 1..=3 {
        server.shelve(no).await;
    }
    for (member, no, on) in [("jenny", 1, "2026-02-15"), ("jenny", 2, "2026-03-02"), ("tom", 3, "2026-02-01")]
    {
        server.post_waiting(&card(member, "/rent"), json!({ "bookNo": no, "on": on })).await.is(200);
    }
    server.post_waiting(&card("tom", "/return"), json!({ "bookNo": 3, "on": "2026-02-20" })).await.is(200);
    server.settled().await;
    Some(server)
}

async fn items(server: &Server, path: &str) -> Vec<Value> {
    server.get(path).await.is(200).get("items").as_array().unwrap().clone()
}

async fn names(server: &Server, path: &str, field: &str) -> Vec<String> {
    let items = items(server, path).await;
    items.iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn members_are_found_by_id_and_name_each_as_it_is_now() {
    let Some(server) = library().await else { return };
    let found = async |query: &str| names(&server, &format!("/v1/members?{query}"), "id").await;
    assert_eq!(found("").await, ["Ada", "jenny", "tom"]);
    assert_eq!(found("search=ADA").await, ["Ada"]);
    assert_eq!(found("search=m%C3%9CLLER&limit=2").await, ["Ada", "jenny"]);
    assert_eq!(found("search=nobody").await, Vec::<String>::new());

    server.post("/v1/members/Ada/points/save", json!({ "amount": 7 })).await.is(200);
    let ada = items(&server, "/v1/members?search=ada").await[0].clone();
    assert_eq!(ada, json!({ "id": "Ada", "name": "Ada Müller", "points": 7, "version": 2 }));
}

#[tokio::test]
async fn cards_are_found_by_member_and_by_whether_they_may_rent() {
    let Some(server) = library().await else { return };
    let found = async |query: &str| names(&server, &format!("/v1/rental-cards?{query}"), "memberId").await;
    assert_eq!(found("").await, ["Ada", "jenny", "tom"]);
    assert_eq!(found("status=SUSPENDED").await, ["tom"]);
    assert_eq!(found("status=AVAILABLE&search=%C3%BCller").await, ["Ada", "jenny"]);
    assert_eq!(found("status=SUSPENDED&search=jenny").await, Vec::<String>::new());
    let wrong = server.get("/v1/rental-cards?status=GONE").await.problem(400, "invalid-query");
    assert!(wrong.text_of("detail").contains("AVAILABLE or SUSPENDED"));

    let cards = items(&server, "/v1/rental-cards").await;
    let numbers =
        |card: &Value| [&card["held"], &card["overdue"], &card["lateFee"]].map(|it| it.as_i64().unwrap());
    assert_eq!(
        [numbers(&cards[0]), numbers(&cards[1]), numbers(&cards[2])],
        [[0, 0, 0], [2, 1, 0], [0, 0, 50]]
    );
    let shown = server.get(&card("jenny", "")).await.json();
    for field in ["cardNo", "memberName", "status", "version"] {
        assert_eq!(cards[1][field], shown[field], "{field}");
    }
}

#[tokio::test]
async fn loans_are_found_by_member_and_by_whether_they_are_late() {
    let Some(server) = library().await else { return };
    let found = async |query: &str| {
        let items = items(&server, &format!("/v1/loans?{query}")).await;
        items.iter().map(|loan| loan["bookNo"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(found("").await, [1, 2]);
    assert_eq!(found("overdue=true").await, [1]);
    assert_eq!(found("overdue=false").await, [2]);
    assert_eq!(found("memberId=tom").await, Vec::<i64>::new());
    assert_eq!(found("memberId=jenny&overdue=true").await, [1]);
    for wrong in ["overdue=yes", "overdue=", "memberId=%20"] {
        server.get(&format!("/v1/loans?{wrong}")).await.problem(400, "invalid-query");
    }

    let late = items(&server, "/v1/loans?overdue=true").await[0].clone();
    let held = server.get(&card("jenny", "")).await.json()["held"][0].clone();
    for field in ["rentalId", "bookNo", "title", "rentedOn", "dueOn", "state"] {
        assert_eq!(late[field], held[field], "{field}");
    }
    assert_eq!((&late["memberId"], &late["overdue"]), (&json!("jenny"), &json!(true)));
}

#[tokio::test]
async fn following_the_cursors_gives_everybody_once_and_says_when_it_is_the_end() {
    let Some(server) = library().await else { return };
    for (list, field, all) in [
        ("/v1/members?limit=1", "id", vec!["Ada", "jenny", "tom"]),
        ("/v1/members?limit=1&search=n", "id", vec!["jenny"]),
        ("/v1/rental-cards?limit=2", "memberId", vec!["Ada", "jenny", "tom"]),
        ("/v1/rental-cards?limit=1&status=AVAILABLE", "memberId", vec!["Ada", "jenny"]),
        ("/v1/loans?limit=1", "memberId", vec!["jenny", "jenny"]),
    ] {
        let (mut seen, mut path) = (vec![], list.to_owned());
        loop {
            let piece = server.get(&path).await.is(200).json();
            let items = piece["items"].as_array().unwrap();
            seen.extend(items.iter().map(|item| item[field].as_str().unwrap().to_owned()));
            let Some(cursor) = piece["nextCursor"].as_str() else { break };
            path = format!("{list}&cursor={cursor}");
        }
        assert_eq!(seen, all, "{list}");
    }
}

#[tokio::test]
async fn a_cursor_of_one_of_these_lists_is_none_of_another() {
    let Some(server) = library().await else { return };
    let lists = [
        "/v1/members?limit=1",
        "/v1/rental-cards?limit=1",
        "/v1/loans?limit=1",
        "/v1/members?limit=1&search=r",
    ];
    for from in lists {
        let cursor = server.get(from).await.is(200).text_of("nextCursor");
        for to in lists {
            let answer = server.get(&format!("{to}&cursor={cursor}")).await;
            if to == from {
                answer.is(200)
            } else {
                answer.problem(400, "invalid-cursor")
            };
        }
    }
}
