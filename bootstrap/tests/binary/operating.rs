//! What operators do with the command line at a running service.

use std::path::Path;

use reqwest::Client;
use serde_json::{Value, json};

use crate::command::{document, ended, rental};
use crate::server::{LIMIT, Server, command};
use crate::stores::{caught_up, stop, tamper};

async fn shelve(server: &Server, no: i64) {
    let book = json!({"no": no, "title": format!("Title {no}"), "available": true});
    let answer = Client::new().post(server.url("/v1/books")).json(&book).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

/// A server with three books.
async fn stocked(folder: &Path) -> Server {
    let server = Server::start_in(folder, &[]);
    for no in 1..=3 {
        shelve(&server, no).await;
    }
    caught_up(&server).await;
    server
}

/// Runs a command that has to succeed, and reads what it shows.
fn shown(server: &Server, line: &[&str]) -> Value {
    let output = rental(server, &[line, &["--output", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{line:?}: {:?}", ended(&output));
    document(&output)
}

/// Looks at a processor until it stands so.
async fn stands(server: &Server, name: &str, so: impl Fn(&Value) -> bool) -> Value {
    let looking = async {
        loop {
            let found = shown(server, &["processors", "show", name]);
            if so(&found) {
                return found;
            }
            // The command blocks; the limit has to have its turn.
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(LIMIT, looking).await;
    found.unwrap_or_else(|_elapsed| panic!("{:#}", shown(server, &["processors", "show", name])))
}

fn segments(processor: &Value) -> usize {
    processor["segments"].as_array().unwrap().len()
}

fn is_owned(processor: &Value) -> bool {
    processor["segments"].as_array().unwrap().iter().all(|segment| segment["owner"].is_string())
}

#[tokio::test]
async fn a_segment_that_is_split_or_merged_is_worked_on_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = stocked(folder.path()).await;
    let before = shown(&server, &["processors", "show", "catalogue"]);
    let id = before["segments"][0]["id"].to_string();

    let split =
        shown(&server, &["processors", "split", "catalogue", "--segment", &id, "--reason", "more hands"]);

    assert_eq!(segments(&split), segments(&before) + 1);
    stands(&server, "catalogue", |found| segments(found) == segments(&before) + 1 && is_owned(found)).await;
    shelve(&server, 4).await;
    caught_up(&server).await;
    let merged = shown(&server, &["processors", "merge", "catalogue", "--segment", &id]);
    assert_eq!(segments(&merged), segments(&before));
    stands(&server, "catalogue", |found| segments(found) == segments(&before) && is_owned(found)).await;
    shelve(&server, 5).await;
    caught_up(&server).await;
    let books: Value = reqwest::get(server.url("/v1/books")).await.unwrap().json().await.unwrap();
    assert_eq!(books["items"].as_array().unwrap().len(), 5);
    stop(server);
}

#[tokio::test]
async fn a_view_that_is_reset_is_built_beside_and_takes_over() {
    let folder = tempfile::tempdir().unwrap();
    let server = stocked(folder.path()).await;
    let before = shown(&server, &["processors", "show", "catalogue"])["segments"][0]["generation"].as_u64();

    shown(&server, &["processors", "reset", "catalogue", "--to", "beginning", "--reason", "looks wrong"]);

    let after = stands(&server, "catalogue", |found| {
        found["waiting"] == "caught up" && found["segments"][0]["generation"].as_u64() > before
    })
    .await;
    assert_eq!((&after["rebuild"], &after["state"]), (&Value::Null, &json!("RUNNING")));
    let books: Value = reqwest::get(server.url("/v1/books")).await.unwrap().json().await.unwrap();
    assert_eq!(books["items"].as_array().unwrap().len(), 3);
    let cancelled = rental(&server, &["processors", "cancel-rebuild", "catalogue"]);
    let (code, told) = ended(&cancelled);
    assert!(code == Some(1) && told.contains("no-rebuild"), "{code:?} {told}");
    stop(server);
}

#[tokio::test]
async fn a_handler_is_reset_while_it_is_paused_and_does_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let server = stocked(folder.path()).await;
    let reset = ["processors", "reset", "lend-books", "--to", "beginning", "--reason", "once more"];
    let (code, told) = ended(&rental(&server, &reset));
    assert!(code == Some(1) && told.contains("pause"), "{code:?} {told}");
    let paused = shown(&server, &["processors", "pause", "lend-books", "--reason", "a look"]);
    assert!(paused["state"] == "PAUSED" && paused["waiting"].as_str().unwrap().contains("a look"));

    let back = shown(&server, &reset);

    // What it passes over of the beginning is counted by nobody.
    assert_eq!(back["position"], 0);
    shown(&server, &["processors", "start", "lend-books"]);
    stands(&server, "lend-books", |found| found["waiting"] == "caught up" && found["lagEvents"] == 0).await;
    stop(server);
}

#[tokio::test]
async fn a_pause_holds_after_a_crash_and_a_repeat_of_it_is_the_same_action() {
    let folder = tempfile::tempdir().unwrap();
    let server = stocked(folder.path()).await;
    let pause = ["processors", "pause", "loans", "--reason", "a look", "--key", "pause-1"];
    let first = shown(&server, &pause);
    server.signal("KILL");
    drop(server);
    let server = Server::start_in(folder.path(), &[]);

    let again = shown(&server, &pause);

    assert_eq!((&again["state"], &again["action"]), (&json!("PAUSED"), &first["action"]));
    let audit = shown(&server, &["audit"]);
    assert_eq!(audit["items"].as_array().unwrap().len(), 1, "{audit:#}");
    shown(&server, &["processors", "start", "loans"]);
    stands(&server, "loans", |found| found["state"] == "RUNNING" && found["waiting"] == "caught up").await;
    stop(server);
}

#[tokio::test]
async fn lists_are_tables_and_what_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let server = stocked(folder.path()).await;
    let listed = rental(&server, &["processors", "list"]);
    let table = String::from_utf8(listed.stdout).unwrap();
    assert!(table.starts_with("name ") && table.lines().count() == 10, "{table}");
    let deliveries = rental(&server, &["deliveries", "show", "1"]);
    let deliveries = String::from_utf8(deliveries.stdout).unwrap();
    assert!(deliveries.contains("catalogue") && deliveries.contains("HANDLED"), "{deliveries}");
    for (line, code, said) in [
        (&["processors", "show", "nobody"][..], 1, "no processor of this process has this name"),
        (&["processors", "pause", "nobody"], 1, "no processor"),
        (&["processors", "split", "catalogue", "--segment", "99"], 1, "no such segment"),
        (
            &["dead-letters", "show", "6f9619ff-8b86-d011-b42d-00c04fc964ff"],
            1,
            "no event waits under this id",
        ),
        (&["deliveries", "show", "9999"], 1, "position"),
        (&["processors", "reset", "loans", "--to", "yesterday", "--reason", "x"], 1, "must be"),
    ] {
        let (found, told) = ended(&rental(&server, line));
        assert!(found == Some(code) && told.contains(said), "{line:?}: {found:?} {told}");
    }
    stop(server);
}

/// Starts a service in this folder whose new handlers begin at the head.
fn beginning_at_the_head(folder: &Path) -> Server {
    let mut start = command(&["--listen", "127.0.0.1:0"]);
    start.arg("--data").arg(folder).env("RENTAL__PROCESSORS__DEFAULT__START", "head");
    Server::run(start)
}

#[tokio::test]
async fn a_new_handler_begins_where_it_shall_and_never_in_a_token_store_that_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let server = stocked(folder.path()).await;
    stop(server);
    let views = folder.path().join("views.db");
    // As if an upgrade had brought it.
    for statement in [
        "delete from segment where generation in (select id from generation where processor = 'count-rentals')",
        "delete from generation where processor = 'count-rentals'",
        "delete from processor where name = 'count-rentals'",
    ] {
        tamper(&views, statement).await;
    }
    let server = beginning_at_the_head(folder.path());
    let left_out = server.wait_for_line("leaves out what was before");
    assert!(left_out.contains("count-rentals") && left_out.contains("after=6"), "{left_out}");
    stands(&server, "count-rentals", |found| found["position"] == 6).await;
    stop(server);

    std::fs::remove_file(&views).unwrap();

    let server = beginning_at_the_head(folder.path());
    caught_up(&server).await;
    let (.., log) = {
        server.signal("TERM");
        server.ended()
    };
    assert!(!log.contains("leaves out"), "{log}");
}

#[tokio::test]
async fn the_overview_says_how_the_service_does_and_which_deadlines_nobody_sees() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(folder.path(), &["--allow-given-dates"]);
    shelve(&server, 1).await;
    caught_up(&server).await;
    let looked = async {
        loop {
            let found = shown(&server, &["overview"]);
            if found["unseenDeadlines"].is_array() && found["head"] == json!(2) {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(LIMIT, looked).await.expect("the ticker has looked");
    let unseen = &found["unseenDeadlines"][0];
    assert_eq!(unseen["view"], "loans");
    assert!(unseen["why"].as_str().unwrap().contains("no book is marked overdue by itself"), "{unseen}");

    let output = rental(&server, &["overview"]);
    let (code, _) = ended(&output);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(code, Some(0));
    for part in
        ["head: 2", "ready: true", "lagEvents: 0", "catalogue", "caught up", "no book is marked overdue"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("series"), "{said}");
}
