//! Dead letters over HTTP: what could not be handled, and why.

use adapters::http::HttpSettings;
use application::codec::SequenceKeys;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::library::{Library, RawEvent, book};

use super::Server;

/// A library in which each of these books has an event that nobody can read, and one that waits behind it.
async fn with_broken_books(numbers: &[i64]) -> Option<(Library, Server)> {
    let mut library = Server::library().await?;
    for &no in numbers {
        let keys = SequenceKeys { book: Some(book(no)), ..SequenceKeys::default() };
        let raw = RawEvent { kind: "book.book-entered", revision: 1, payload: b"{\"broken\":", keys };
        library.append_past_rules(&format!("book-{no}"), raw.clone()).await;
        library.append_past_rules(&format!("book-{no}"), raw).await;
    }
    for _ in 0..20 {
        library.settle().await;
        library.stores.clock.advance(SignedDuration::from_millis(200));
    }
    let server = Server::beside(&library, HttpSettings::default()).await;
    Some((library, server))
}

fn items(answer: &Value) -> Vec<Value> {
    answer["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn letters_are_listed_with_their_cause_and_shown_with_their_event() {
    let Some((_library, server)) = with_broken_books(&[7]).await else { return };
    let listed = items(&server.get("/v1/dead-letters?processor=catalogue").await.is(200).json());
    assert_eq!(listed.len(), 2, "{listed:#?}");
    let (head, follower) = (&listed[0], &listed[1]);
    assert_eq!((&head["processor"], &head["sequence"]), (&json!("catalogue"), &json!("book:7")));
    assert_eq!((&head["kind"], &head["position"]), (&json!("PARKED"), &json!(1)));
    assert!(head["attempts"].as_u64().unwrap() >= 3 && !head["cause"].as_str().unwrap().is_empty());
    assert!(head["firstAt"].is_string() && head["lastAt"].is_string() && head["dueAt"].is_string());
    assert_eq!((&follower["position"], &follower["attempts"]), (&json!(2), &json!(0)));
    assert!(follower["cause"].as_str().unwrap().contains("behind"), "{follower}");

    let whole =
        server.get(&format!("/v1/dead-letters/{}", head["id"].as_str().unwrap())).await.is(200).json();
    for (name, value) in head.as_object().unwrap() {
        assert_eq!(&whole[name], value, "{name}");
    }
    assert_eq!(whole["failures"].as_array().unwrap().last().unwrap()["cause"], head["cause"]);
    let mut event = server.get("/v1/events/1").await.json();
    assert_eq!(event.as_object_mut().unwrap().remove("logId").as_ref(), Some(&whole["logId"]));
    assert_eq!(whole["event"], event);
    assert_eq!(whole["event"]["data"], Value::Null);
}

#[tokio::test]
async fn letters_are_filtered_and_come_in_pieces() {
    let Some((_library, server)) = with_broken_books(&[1, 2, 3]).await else { return };
    let all = items(&server.get("/v1/dead-letters?limit=200").await.is(200).json());
    let one = items(&server.get("/v1/dead-letters?sequence=book:2&processor=catalogue").await.json());
    assert!(one.len() == 2 && one.iter().all(|letter| letter["sequence"] == "book:2"));
    assert_eq!(
        items(&server.get("/v1/dead-letters?processor=nobody").await.is(200).json()),
        Vec::<Value>::new()
    );
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let piece = server.get(&format!("/v1/dead-letters?limit=2{cursor}")).await.is(200).json();
        seen.extend(items(&piece));
        let Some(next) = piece["nextCursor"].as_str() else { break };
        let next = next.to_owned();
        let elsewhere = format!("/v1/dead-letters?processor=catalogue&cursor={next}");
        server.get(&elsewhere).await.problem(400, "invalid-cursor");
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn what_does_not_exist_or_cannot_be_asked_is_said() {
    let Some(server) = Server::start().await else { return };
    assert_eq!(server.get("/v1/dead-letters").await.is(200).get("items"), json!([]));
    for id in ["01955f3a-6c00-7000-8000-000000000001", "x", "%ff", "..%2f"] {
        let answer = server.get(&format!("/v1/dead-letters/{id}")).await.is(404);
        assert!(answer.text.contains("not-found"));
    }
    for wrong in ["limit=0", "limit=201", "kind=PARKED", "processor=a&processor=b"] {
        server.get(&format!("/v1/dead-letters?{wrong}")).await.problem(400, "invalid-query");
    }
    for wrong in ["cursor=", "cursor=abc", "cursor=0000000000000000"] {
        server.get(&format!("/v1/dead-letters?{wrong}")).await.problem(400, "invalid-cursor");
    }
}
