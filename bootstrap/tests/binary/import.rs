//! A log that is read in again: the same byte for byte, served as before, or not at all.

use std::fs;
use std::path::Path;
use std::process::Output;

use reqwest::StatusCode;

use crate::command::{document, ended};
use crate::server::Server;
use crate::stores::{at, at_with, caught_up, exported, names, register, stop, used};

#[tokio::test]
async fn an_imported_log_is_the_same_byte_for_byte_and_is_served_with_every_invariant() {
    let (from, to) = (used(), tempfile::tempdir().unwrap());
    let export = exported(from.path());
    let file = from.path().join("log.jsonl");
    fs::write(&file, &export).unwrap();

    let output = at(to.path(), &["events", "import", "--from", file.to_str().unwrap()]);

    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    assert!(exported(to.path()) == export, "the log has changed");
    assert_eq!(names(to.path()), ["rental.db", "rental.db-shm", "rental.db-wal", "rental.lock"]);
    let server = Server::start_in(to.path(), &["--allow-given-dates"]);
    caught_up(&server).await;
    let report = document(&at(to.path(), &["verify", "--output", "json"]));
    assert_eq!(report["violations"], serde_json::json!([]), "{report:#}");
    assert_eq!(report["notJudged"], serde_json::json!([]), "{report:#}");
    assert!(report["attemptsEnded"].as_u64().unwrap() > 10, "{report:#}");
    stop(server);
    // What had been done was known, so nothing was done again.
    assert!(exported(to.path()) == export, "serving it added something");
}

#[tokio::test]
async fn a_command_from_before_the_import_gets_its_first_answer() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // Somebody has served an empty library there before.
    stop(Server::start_in(to.path(), &[]));
    let server = Server::start_in(from.path(), &["--store", "memory:"]);
    let first = register(&server, "jenny").await;
    assert_eq!(first.status(), StatusCode::CREATED);
    let first = first.text().await.unwrap();
    let export = crate::command::rental(&server, &["events", "export", "--to", "-"]).stdout;

    let output = at_with(to.path(), &["events", "import", "--from", "-"], export.clone());

    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    assert!(exported(to.path()) == export, "the log has changed");
    let server = Server::start_in(to.path(), &[]);
    let again = register(&server, "jenny").await;
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(without_log(&again.text().await.unwrap()), without_log(&first));
    assert_eq!(register(&server, "tom").await.status(), StatusCode::CREATED);
    caught_up(&server).await;
}

/// What was imported is a log of its own.
fn without_log(answer: &str) -> serde_json::Value {
    let mut answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    assert!(answer.as_object_mut().unwrap().remove("logId").is_some(), "{answer}");
    answer
}

#[tokio::test]
async fn what_is_no_export_is_refused_with_its_line_and_leaves_nothing() {
    let lines = small_log().await;
    let cases = out_of_order(&lines).into_iter().chain(unreadable(&lines));
    for (content, said) in cases {
        let to = tempfile::tempdir().unwrap();
        let output = at_with(to.path(), &["events", "import", "--from", "-"], content.into_bytes());
        let (code, told) = ended(&output);
        assert_eq!(code, Some(1), "`{said}`: {told}");
        assert!(
            told.contains("nothing was imported") && told.contains(said),
            "`{said}` is not said in: {told}"
        );
        assert!(!told.contains("Somebody"), "a name is told: {told}");
        assert_eq!(names(to.path()), ["rental.lock"], "`{said}`");
    }
}

/// One of the lines with another text in it.
fn with(lines: &[String], at: usize, from: &str, to: &str) -> String {
    assert!(lines[at].contains(from), "`{from}` is not in {}", lines[at]);
    let mut changed = lines.to_vec();
    changed[at] = changed[at].replacen(from, to, 1);
    changed.concat()
}

/// Exports in which lines do not fit together, and what has to be said of each.
fn out_of_order(lines: &[String]) -> Vec<(String, &'static str)> {
    let with = |at, from: &str, to: &str| with(lines, at, from, to);
    let (id, command) = (|at: usize| field(&lines[at], "id"), |at: usize| field(&lines[at], "commandId"));
    let mut twice = lines.to_vec();
    twice[2] = twice[2].replace(&command(2), &command(0));
    vec![
        (
            [&lines[..2], &lines[3..]].concat().concat(),
            "line 3 cannot be imported: it has position 4 where 3 is due",
        ),
        (lines[1..].concat(), "line 1 cannot be imported: it has position 2 where 1 is due"),
        (
            with(3, "\"version\":2", "\"version\":3"),
            "line 4 cannot be imported: it has version 3 of member-jenny where 2",
        ),
        (
            with(0, "\"version\":1", "\"version\":0"),
            "line 1 cannot be imported: it has version 0 of member-jenny where 1",
        ),
        (with(2, &id(2), &id(0)), "line 3 cannot be imported: its id "),
        (twice.concat(), "line 3 cannot be imported: its command "),
        (
            with(2, &format!("\"commandId\":\"{}\",", command(2)), ""),
            "line 3 cannot be imported: its commandId",
        ),
        (with(2, &command(2), &command(0)), "line 3 cannot be imported: its commandId"),
    ]
}

/// Exports with a line that cannot be read, and what has to be said of each.
fn unreadable(lines: &[String]) -> Vec<(String, &'static str)> {
    let with = |at, from: &str, to: &str| with(lines, at, from, to);
    let whole = lines.concat();
    let name = |length: usize| format!("\"plain\":\"{}", "x".repeat(length));
    vec![
        (whole[..whole.len() - 9].to_owned(), "line 4 cannot be imported: the file ends in the middle of it"),
        (with(1, "{", "["), "line 2 cannot be imported: it is not an event in JSON"),
        (with(1, "{", ""), "line 2 cannot be imported: it is not an event in JSON"),
        (
            with(1, "\"revision\":2", "\"revision\":99"),
            "line 2 cannot be imported: this version of the service cannot read it",
        ),
        (
            with(1, "member-registered", "member-left"),
            "line 2 cannot be imported: this version of the service cannot read it",
        ),
        (with(1, "\"plain\":\"", &name(1024 * 1024)), "line 2 cannot be imported: its event has 1048"),
        (
            with(1, "\"plain\":\"", &name(3 * 1024 * 1024)),
            "line 2 cannot be imported: it is longer than an event can be",
        ),
        (
            with(1, "{\"position\"", "{ \"position\""),
            "line 2 cannot be imported: it is not written as an export writes it, first at byte 2",
        ),
        (
            with(1, "\"at\":", "\"more\":1,\"at\":"),
            "line 2 cannot be imported: it is not written as an export writes it",
        ),
        (with(1, "Z\",\"data\"", "001Z\",\"data\""), "line 2 cannot be imported: its time is finer"),
        (String::new(), "there is no event to be read"),
    ]
}

#[tokio::test]
async fn a_store_that_is_not_empty_or_in_use_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(folder.path(), &[]);
    register(&server, "jenny").await;
    let export = exported(folder.path());
    refused(&import(folder.path(), &export), 69, "is held by another process");
    caught_up(&server).await;
    stop(server);
    refused(&import(folder.path(), &export), 1, "holds 1 event, and a log is read into an empty place only");
    assert!(exported(folder.path()) == export, "the log has changed");

    // Without its log, what is left follows one that is not there any more.
    for name in names(folder.path()).iter().filter(|name| name.starts_with("rental.db")) {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    refused(&import(folder.path(), &export), 1, "follows log");
    assert!(!folder.path().join("rental.db").exists());
}

#[tokio::test]
async fn what_a_killed_import_left_is_in_nobodys_way() {
    let to = tempfile::tempdir().unwrap();
    let left = to.path().join(".rental-import-killed");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("rental.db"), "half").unwrap();
    fs::write(left.join("import"), "").unwrap();
    let export = small_log().await.concat();
    let output = import(to.path(), export.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    assert!(!left.exists());
    assert_eq!(exported(to.path()), export.as_bytes());
}

/// T111: a folder may be called so, and may even hold a library.
#[tokio::test]
async fn a_folder_of_somebody_else_with_the_name_of_an_import_is_left_alone() {
    let to = tempfile::tempdir().unwrap();
    let others = to.path().join(".rental-import-of-mine");
    let server = Server::start_in(&others, &[]);
    register(&server, "jenny").await;
    stop(server);
    let before = exported(&others);
    let output = import(to.path(), small_log().await.concat().as_bytes());
    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    assert!(exported(&others) == before, "it was changed");
}

#[tokio::test]
async fn what_was_imported_can_be_checked_before_it_is_served() {
    let (from, to) = (used(), tempfile::tempdir().unwrap());
    let output = import(to.path(), &exported(from.path()));
    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    let checked = at(to.path(), &["verify", "--output", "json"]);
    assert_eq!(checked.status.code(), Some(0), "{:?}", ended(&checked));
    let report = document(&checked);
    assert_eq!(report["violations"], serde_json::json!([]), "{report:#}");
    assert!(report["attemptsEnded"].as_u64().unwrap() > 10, "{report:#}");
    let left_out = report["notJudged"][0].as_str().unwrap();
    assert!(left_out.starts_with("tokens and views: there are none in sqlite:"), "{report:#}");
    assert!(!to.path().join("views.db").exists(), "looking made a file");
}

#[test]
fn a_file_that_is_not_there_or_a_folder_is_said_before_anything_is_made() {
    let to = tempfile::tempdir().unwrap();
    for from in ["/not/there.jsonl", "/"] {
        let output = at(&to.path().join("data"), &["events", "import", "--from", from]);
        refused(&output, 69, &format!("opening {from} failed"));
        assert_eq!(names(to.path()), [""; 0]);
    }
}

/// Three members, and points for the first one.
async fn small_log() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(folder.path(), &[]);
    for id in ["jenny", "tom", "anna"] {
        register(&server, id).await;
    }
    let save = reqwest::Client::new().post(server.url("/v1/members/jenny/points/save"));
    save.json(&serde_json::json!({"amount": 5})).send().await.unwrap();
    let text = String::from_utf8(exported(folder.path())).unwrap();
    let lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
    assert_eq!(lines.len(), 4);
    lines
}

fn field(line: &str, name: &str) -> String {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    line[name].as_str().unwrap().to_owned()
}

fn import(folder: &Path, export: &[u8]) -> Output {
    at_with(folder, &["events", "import", "--from", "-"], export.to_vec())
}

fn refused(output: &Output, code: i32, said: &str) {
    let (found, told) = ended(output);
    assert_eq!(found, Some(code), "{told}");
    assert!(told.contains(said), "`{said}` is not said in: {told}");
}
