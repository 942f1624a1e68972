//! The tour of the README, taken: every command is sent to a fresh service, and has to get the answer that is shown.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::command::{document, ended, rental};
use crate::curl::Curl;
use crate::server::{LIMIT, Server};

const README: &str = include_str!("../../../README.md");

#[tokio::test]
async fn the_tour_of_the_readme_gives_the_answers_it_shows() {
    let steps = steps(README);
    assert!(steps.len() >= 10, "only {} steps were found in the README", steps.len());
    take(steps, &Server::start(&["--allow-given-dates"])).await;
}

#[tokio::test]
async fn the_tour_gives_the_same_answers_over_a_broker() {
    let server = Server::start(&["--store", "memory:", "--publisher", "memory", "--allow-given-dates"]);
    take(steps(README), &server).await;

    let output = rental(&server, &["verify", "--output", "json"]);
    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    let report = document(&output);
    assert_eq!((&report["violations"], &report["inFlight"]), (&json!([]), &json!([])), "{report:#}");
    let unjudged = "what lend-books did: it reads topics and not the log";
    assert!(report["notJudged"].as_array().unwrap().contains(&json!(unjudged)), "{report:#}");
    let processors: Value = reqwest::get(server.url("/v1/processors")).await.unwrap().json().await.unwrap();
    let named = |name: &str| {
        let mut all = processors["items"].as_array().unwrap().iter();
        all.find(|it| it["name"] == name).unwrap_or_else(|| panic!("no {name} in {processors:#}"))
    };
    let publish = named("publish");
    assert_eq!((&publish["kind"], &publish["source"]), (&json!("RELAY"), &json!("LOG")));
    assert_eq!((&publish["state"], &publish["waiting"]), (&json!("RUNNING"), &json!("caught up")));
    for partition in 0..4 {
        let consumer = named(&format!("lend-books:rental_rent:{partition}"));
        assert_eq!((&consumer["kind"], &consumer["source"]), (&json!("HANDLER"), &json!("TOPIC")));
        assert_eq!((&consumer["lagEvents"], &consumer["rejected"]), (&json!(0), &json!(0)));
    }
}

async fn take(steps: Vec<(String, Value)>, server: &Server) {
    let client = Client::new();
    for (command, shown) in steps {
        let curl = Curl::read(&command);
        let got = answer(&curl, &client, server, &shown).await;
        assert!(alike(&got, &shown), "{command}\nshown: {shown:#}\ngot:   {got:#}");
    }
}

/// The answer; what is only read is read again until it is as shown, since views and undoing follow a little later.
async fn answer(curl: &Curl, client: &Client, server: &Server, shown: &Value) -> Value {
    let mut tries = tokio::time::interval(Duration::from_millis(20));
    let begun = tokio::time::Instant::now();
    loop {
        tries.tick().await;
        let got = curl.send(client, |path| server.url(path)).await;
        if curl.method != Method::GET || alike(&got, shown) || begun.elapsed() > LIMIT {
            return got;
        }
    }
}

/// The commands of the blocks marked `console`, each with the answer below it.
fn steps(document: &str) -> Vec<(String, Value)> {
    let blocks = document.split("```console\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let lines = blocks.flat_map(|(block, _)| block.lines());
    let mut steps: Vec<(String, String)> = vec![];
    for line in lines {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push((command.to_owned(), String::new())),
            (None, Some((_, answer))) => answer.push_str(line),
            (None, None) => {}
        }
    }
    let curls = steps.into_iter().filter(|(command, _)| command.starts_with("curl "));
    curls
        .map(|(command, answer)| {
            let shown = parse(&command, &answer);
            (command, shown)
        })
        .collect()
}

fn parse(command: &str, answer: &str) -> Value {
    serde_json::from_str(answer)
        .unwrap_or_else(|error| panic!("the answer to {command} is not JSON: {error}"))
}

/// Whether an answer is the one shown: `…` in a text stands for what differs from run to run. Versions, positions and
/// the order of steps differ with the order in which the answers of others come in.
fn alike(got: &Value, shown: &Value) -> bool {
    match (got, shown) {
        (Value::Object(got), Value::Object(shown)) => {
            let equal = |(key, shown): (&String, &Value)| {
                got.get(key).is_some_and(|got| alike_under(key, got, shown))
            };
            got.len() == shown.len() && shown.iter().all(equal)
        }
        (Value::Array(got), Value::Array(shown)) => {
            got.len() == shown.len() && got.iter().zip(shown).all(|(got, shown)| alike(got, shown))
        }
        (Value::String(got), Value::String(shown)) => match shown.split_once('…') {
            Some((begin, end)) => got.starts_with(begin) && got.ends_with(end),
            None => got == shown,
        },
        _ => got == shown,
    }
}

fn alike_under(key: &str, got: &Value, shown: &Value) -> bool {
    match (key, got, shown) {
        ("version" | "position", got, shown) => got.is_u64() && shown.is_u64(),
        ("steps", Value::Array(got), Value::Array(shown)) => {
            let mut left: Vec<&Value> = got.iter().collect();
            let mut take = |shown| left.iter().position(|got| alike(got, shown)).map(|at| left.remove(at));
            shown.iter().all(|shown| take(shown).is_some()) && left.is_empty()
        }
        _ => alike(got, shown),
    }
}

#[test]
fn answers_that_differ_are_told_apart() {
    let value = |text| serde_json::from_str::<Value>(text).unwrap();
    let shown = value(r#"{"id": "rent-…", "version": 2, "fee": 30}"#);
    assert!(alike(&value(r#"{"id": "rent-0197", "version": 5, "fee": 30}"#), &shown));
    assert!(!alike(&value(r#"{"id": "return-0197", "version": 2, "fee": 30}"#), &shown));
    assert!(!alike(&value(r#"{"id": "rent-0197", "version": 2, "fee": 40}"#), &shown));
    assert!(!alike(&value(r#"{"id": "rent-0197", "version": 2, "fee": 30, "new": 1}"#), &shown));
    assert!(!alike(&value(r#"{"id": "rent-0197", "version": 2}"#), &shown));

    let shown = value(r#"{"steps": [{"what": "a"}, {"what": "b"}]}"#);
    assert!(alike(&value(r#"{"steps": [{"what": "b"}, {"what": "a"}]}"#), &shown));
    assert!(!alike(&value(r#"{"steps": [{"what": "a"}, {"what": "a"}]}"#), &shown));
    assert!(!alike(&value(r#"{"steps": [{"what": "a"}, {"what": "b"}, {"what": "a"}]}"#), &shown));
}
