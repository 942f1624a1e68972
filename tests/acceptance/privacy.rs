//! Names and e-mail addresses: shown to those who ask for them, and found nowhere else. T85.

use adapters::http::HttpSettings;
use application::codec::SequenceKeys;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::faulty_store::AppendFault;
use tests::library::{RawEvent, member};

use super::Server;
use crate::said::Said;
use crate::server::card;

const NAME: &str = "Zerubbabel Quillfeather";
const EMAIL: &str = "zq@quillfeather.example";
/// What would give them away.
const TRACES: [&str; 3] = ["zerubbabel", "quillfeather", "zq@"];

#[track_caller]
fn gives_nobody_away(what: &str, text: &str) {
    for line in text.lines() {
        let plain = line.to_lowercase();
        assert!(!TRACES.iter().any(|trace| plain.contains(trace)), "{what}: {line}");
    }
}

fn person(id: &str) -> Value {
    json!({ "id": id, "name": NAME, "email": EMAIL })
}

#[tokio::test]
async fn a_name_is_found_in_no_log_no_metric_and_no_panic() {
    let said = Said::of_this_process();
    let Some(server) = Server::start().await else { return };
    server.post("/v1/members", person("z-1")).await.is(201);
    server.post("/v1/rental-cards", json!({ "memberId": "z-1" })).await.is(201);
    assert_eq!(server.get(&card("z-1", "")).await.get("memberName"), NAME);
    server.shelve(1).await;
    server.rent("z-1", 1).await;
    server.post_waiting(&card("z-1", "/return"), json!({ "bookNo": 1 })).await.is(200);
    let faults = [AppendFault::Away, AppendFault::ReplyLost, AppendFault::RequestLost, AppendFault::Panics];
    for (at, fault) in faults.into_iter().enumerate() {
        server.stores.log.next_append(fault);
        let request = server.request(Method::POST, "/v1/members").json(&person(&format!("z-f{at}")));
        let answer = request.send().await.unwrap().text().await.unwrap();
        assert!(!answer.to_lowercase().contains(EMAIL), "{answer}");
    }
    let text = said.text();
    assert!(text.contains("told to panic"), "panics were not listened to");
    assert!(text.contains("a request was turned away"), "the log was not listened to");
    gives_nobody_away("said", &text);
    gives_nobody_away("metrics", &server.get("/metrics").await.is(200).text);
    gives_nobody_away("readiness", &server.get("/readyz").await.text);
}

#[tokio::test]
async fn a_name_that_is_sent_to_the_wrong_place_does_not_come_back_in_a_problem() {
    let said = Said::of_this_process();
    let Some(server) = Server::start().await else { return };
    server.join("z-1").await;
    server.shelve(1).await;
    server.post("/v1/members", json!({ "id": "z-9", "name": NAME, "email": EMAIL })).await.is(201);
    server.post("/v1/rental-cards", json!({ "memberId": "z-9", "memberName": NAME })).await.is(201);
    let mut problems = vec![
        server
            .post("/v1/members", json!({ "id": "z-9", "name": "Somebody else" }))
            .await
            .problem(409, "member-exists"),
        server.post("/v1/members", person("z-1")).await.problem(409, "member-exists"),
        server
            .post("/v1/rental-cards", json!({ "memberId": "z-9", "memberName": "x" }))
            .await
            .problem(409, "card-exists"),
    ];
    let document = server.get("/openapi.json").await.json();
    for (path, operations) in document["paths"].as_object().unwrap() {
        if operations.get("post").is_some() {
            problems.extend(misled(&server, &document, path).await);
        }
    }
    for path in
        ["/v1/members/", "/v1/rental-cards/", "/v1/processes/", "/v1/books/", "/v1/events/", "/v1/streams/"]
    {
        problems.push(server.get(&format!("{path}{EMAIL}")).await);
        problems.push(server.get(&format!("{path}{EMAIL}/events")).await);
    }
    for query in [
        "processes?memberId=",
        "processes?status=",
        "books?status=",
        "books?limit=",
        "events?stream= ",
        "events?cursor=",
        "best-sellers?period=",
        "dead-letters?cursor=",
        "events/live?after=",
    ] {
        problems.push(server.get(&format!("/v1/{query}{EMAIL}")).await);
    }
    assert!(problems.len() > 100, "{}", problems.len());
    for problem in &problems {
        assert!(problem.status >= 400, "{}", problem.text);
        gives_nobody_away("a problem", &problem.text);
    }
    gives_nobody_away("said", &said.text());
}

/// The answers when each field in turn holds a name, in one form and another, and when the body is broken in the middle
/// of it.
async fn misled(server: &Server, document: &Value, path: &str) -> Vec<crate::answer::Answer> {
    let filled = path
        .replace("{memberId}", "z-1")
        .replace("{no}", "1")
        .replace("/{id}/resolve", "/rent-01955f3a-6c00-7000-8000-000000000001/resolve")
        .replace("{id}", "z-1");
    let schema = &document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"];
    let schema = schema["$ref"].as_str().and_then(|at| document.pointer(at.trim_start_matches('#')));
    let fields = schema.and_then(|schema| schema["properties"].as_object()).cloned().unwrap_or_default();
    let mut answers = vec![];
    for field in fields.keys() {
        for value in [
            json!([NAME, EMAIL]),
            json!({ NAME: EMAIL }),
            json!(format!("{NAME}\n{EMAIL}\u{0}")),
            json!(NAME.repeat(200)),
        ] {
            answers.push(server.post(&filled, json!({ field: value })).await);
        }
    }
    for broken in [
        format!("{{\"name\":\"{NAME}"),
        format!("{{\"name\":\"{NAME}\" \"{EMAIL}\"}}"),
        format!("\"{EMAIL}\""),
    ] {
        let request = server.request(Method::POST, &filled).header("content-type", "application/json");
        answers.push(server.send(request.body(broken)).await);
    }
    answers
}

#[tokio::test]
async fn a_name_in_an_event_that_cannot_be_read_stays_in_that_event() {
    let said = Said::of_this_process();
    let Some(mut library) = Server::library().await else { return };
    let broken = [
        format!("{{\"id\":\"z-1\",\"name\":\"{NAME}\",\"email\":{{\"plain\":\"{EMAIL}\"}}}}"),
        format!("{{\"id\":\"z-1\",\"name\":{{\"plain\":[\"{NAME}\"]}}}}"),
        format!("{{\"id\":\"z-1\",\"name\":{{\"plain\":\"{NAME}\\n{EMAIL}\"}}}}"),
        format!("{{\"id\":\"z-1\",\"{NAME}\":1}}"),
        format!("{{\"id\":\"{EMAIL}\",\"name\":{{\"plain\":\"x\"}}}}"),
        format!("{{\"id\":\"z-1\",\"name\":\"{NAME}"),
    ];
    for (at, person) in broken.iter().enumerate() {
        let keys = SequenceKeys { member: Some(member(&format!("z-{at}"))), ..SequenceKeys::default() };
        for (kind, stream, payload) in [
            ("member.member-registered", "member", person.clone()),
            ("rental-card.item-rented", "rental-card", format!("{{\"points\":10,\"member\":{person}}}")),
        ] {
            let raw = RawEvent { kind, revision: 1, payload: payload.as_bytes(), keys: keys.clone() };
            library.append_past_rules(&format!("{stream}-z-{at}"), raw).await;
        }
    }
    for _ in 0..20 {
        library.settle().await;
        library.stores.clock.advance(SignedDuration::from_millis(500));
    }
    let server = Server::beside(&library, HttpSettings::default()).await;
    for at in 0..broken.len() {
        let id = format!("z-{at}");
        for path in [format!("/v1/members/{id}"), card(&id, "")] {
            let answer = server.request(Method::GET, &path).send().await.unwrap();
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            assert!(status.is_server_error(), "{path}: {text}");
            gives_nobody_away("an unreadable stream", &text);
        }
    }
    for path in ["/v1/dead-letters?limit=200", "/v1/processors", "/metrics"] {
        gives_nobody_away(path, &server.get(path).await.is(200).text);
    }
    let letters = server.get("/v1/dead-letters?limit=200").await.json();
    assert!(!letters["items"].as_array().unwrap().is_empty());
    gives_nobody_away("said", &said.text());
    let events = library.events().await;
    assert!(events.iter().any(|event| String::from_utf8_lossy(&event.payload).contains(NAME)));
    gives_nobody_away(
        "what a panic would print",
        &format!("{events:#?} {:#?}", library.letters(&application::reactions::KEEP_POINTS).await),
    );
}
