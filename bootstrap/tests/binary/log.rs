//! The log of a running service: its end, one event, and all of it in a file.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::thread;

use reqwest::Client;
use serde_json::{Value, json};

use crate::command::{document, ended, rental};
use crate::server::{LIMIT, Server};

#[tokio::test]
async fn an_export_is_the_whole_log_and_the_same_again() {
    let server = Server::start(&[]);
    register(&server, 1..=450).await;
    let folder = tempfile::tempdir().unwrap();
    let paths = ["one.jsonl", "two.jsonl"].map(|name| folder.path().join(name).display().to_string());
    for path in &paths {
        let output = rental(&server, &["events", "export", "--to", path]);
        assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    }
    let piped = rental(&server, &["events", "export", "--to", "-"]);
    let [one, two] = paths.each_ref().map(|path| fs::read_to_string(path).unwrap());
    assert_eq!(one, two);
    assert_eq!(one.as_bytes(), piped.stdout);
    let lines: Vec<Value> = one.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let positions: Vec<u64> = lines.iter().map(|line| line["position"].as_u64().unwrap()).collect();
    assert_eq!(positions, (1..=450).collect::<Vec<_>>());
    // Each line is the event as the service shows it, with its id and time; the log that it is of stands in the service
    // alone.
    let mut shown: Value =
        Client::new().get(server.url("/v1/events/137")).send().await.unwrap().json().await.unwrap();
    assert!(shown.as_object_mut().unwrap().remove("logId").is_some(), "{shown}");
    assert_eq!(lines[136], shown);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "something was left beside the files");
}

#[tokio::test]
async fn an_export_replaces_a_file_only_when_it_is_told_to() {
    let server = Server::start(&[]);
    register(&server, 1..=1).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    fs::write(&path, "mine").unwrap();
    let name = path.display().to_string();
    let (code, told) = ended(&rental(&server, &["events", "export", "--to", &name]));
    assert_eq!(code, Some(64), "{told}");
    assert!(told.contains("--force"), "{told}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(ended(&rental(&server, &["events", "export", "--force", "--to", &name])).0, Some(0));
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
}

#[tokio::test]
async fn the_tail_is_the_last_events_or_those_after_a_position_that_fit() {
    let server = Server::start(&[]);
    register(&server, 1..=30).await;
    let tail = |more: &[&str]| {
        let output = rental(&server, &[&["events", "tail", "--output", "json"], more].concat());
        let lines = String::from_utf8(output.stdout).unwrap();
        let position =
            |line: &str| serde_json::from_str::<Value>(line).unwrap()["position"].as_u64().unwrap();
        lines.lines().map(position).collect::<Vec<_>>()
    };
    assert_eq!(tail(&[]), (11..=30).collect::<Vec<_>>());
    assert_eq!(tail(&["--after", "27"]), [28, 29, 30]);
    assert_eq!(tail(&["--stream", "member-m5"]), [5]);
    assert_eq!(tail(&["--after", "5", "--stream", "member-m5"]), [0; 0]);
    assert_eq!(tail(&["--type", "member.member-registered", "--after", "29"]), [30]);
    let text = rental(&server, &["events", "tail", "--after", "29"]);
    assert!(String::from_utf8(text.stdout).unwrap().contains("member.member-registered"));
}

#[tokio::test]
async fn the_tail_follows_what_happens_later() {
    let server = Server::start(&[]);
    register(&server, 1..=2).await;
    let mut following = Command::new(env!("CARGO_BIN_EXE_rental"))
        .args(["events", "tail", "--follow", "--stream", "member-m7", "--output", "json"])
        .args(["--url", &server.url("")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, lines) = sync_channel(10);
    let out = BufReader::new(following.stdout.take().unwrap());
    let reading = thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            sender.send(line).unwrap();
        }
    });
    register(&server, 3..=9).await;
    let line: Value = serde_json::from_str(&lines.recv_timeout(LIMIT).unwrap()).unwrap();
    assert_eq!((line["position"].as_u64(), line["stream"].as_str()), (Some(7), Some("member-m7")));
    following.kill().unwrap();
    following.wait().unwrap();
    reading.join().unwrap();
}

/// As `head` does, which has enough before anything else happens.
#[tokio::test]
async fn a_tail_that_follows_ends_when_nobody_reads_it_any_more() {
    let server = Server::start(&[]);
    register(&server, 1..=1).await;
    let follow = ["events", "tail", "--follow", "--url", &server.url("")];
    let mut following =
        Command::new(env!("CARGO_BIN_EXE_rental")).args(follow).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(following.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("member-m1"), "{line}");
    let mut again = tokio::time::interval(std::time::Duration::from_millis(10));
    let ending = async {
        loop {
            again.tick().await;
            if let Some(status) = following.try_wait().unwrap() {
                return status;
            }
        }
    };
    let ended = tokio::time::timeout(LIMIT, ending).await;
    following.kill().unwrap();
    assert_eq!(ended.expect("it went on").code(), Some(0));
}

#[tokio::test]
async fn one_event_is_shown_whole_and_one_that_is_not_there_is_said() {
    let server = Server::start(&[]);
    register(&server, 1..=1).await;
    let shown = rental(&server, &["events", "show", "1", "--output", "json"]);
    assert_eq!(document(&shown)["data"]["member"]["id"], "m1");
    let (code, told) = ended(&rental(&server, &["events", "show", "2"]));
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("no event at position 2"), "{told}");
}

async fn register(server: &Server, members: impl Iterator<Item = u32>) {
    let client = Client::new();
    for n in members {
        let body = json!({"id": format!("m{n}"), "name": "Somebody"});
        let answer = client.post(server.url("/v1/members")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
    }
}
