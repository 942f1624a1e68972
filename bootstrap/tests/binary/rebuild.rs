//! An older log under newer views, and views that are built again.

use std::fs;
use std::path::Path;

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::stores::Schema;

use crate::command::{document, ended};
use crate::server::{LIMIT, Server, command};
use crate::stores::{at, caught_up, names, stop, tamper};

/// A folder whose views have seen six books, and whose log has three of them.
async fn older_log_under_newer_views() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rental.db");
    let mut older = Vec::new();
    for books in [1..=3, 4..=6] {
        let server = Server::start_in(folder.path(), &[]);
        for no in books {
            shelve(&server, no).await;
        }
        caught_up(&server).await;
        stop(server);
        if older.is_empty() {
            older = fs::read(&file).unwrap();
        }
    }
    fs::write(&file, older).unwrap();
    folder
}

async fn shelve(server: &Server, no: i64) {
    let book = json!({"no": no, "title": format!("Title {no}"), "available": true});
    let answer = Client::new().post(server.url("/v1/books")).json(&book).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

async fn get(server: &Server, path: &str) -> (u16, String) {
    let answer = reqwest::get(server.url(path)).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn books(server: &Server) -> Vec<i64> {
    let (status, text) = get(server, "/v1/books").await;
    assert_eq!(status, 200, "{text}");
    let document: Value = serde_json::from_str(&text).unwrap();
    document["items"].as_array().unwrap().iter().map(|book| book["no"].as_i64().unwrap()).collect()
}

/// Waits until the catalogue has the three books of the older log and nothing else.
async fn shows_three(server: &Server) {
    let shown = async { while books(server).await != [1, 2, 3] {} };
    tokio::time::timeout(LIMIT, shown).await.unwrap();
}

/// T24a, T107.
#[tokio::test]
async fn an_older_log_under_newer_views_is_said_and_the_remedy_that_is_named_helps() {
    let folder = older_log_under_newer_views().await;
    let views = folder.path().join("views.db");
    tamper(&views, "update processor set paused_by = 'me', paused_reason = 'a look' where name = 'loans'")
        .await;
    tamper(&views, "insert into overlay (processor, event) values ('catalogue', randomblob(16))").await;
    let server = Server::start_in(folder.path(), &[]);
    let (status, ready) = get(&server, "/readyz").await;
    assert_eq!(status, 503, "{ready}");
    for said in
        ["8 of 9 cannot go on; catalogue, ", " more: the token is of another log", "`rental rebuild-views`"]
    {
        assert!(ready.contains(said), "`{said}` is not said in {ready}");
    }
    let (status, refused) = get(&server, "/v1/books").await;
    assert!(status == 503 && refused.contains("view-of-another-log"), "{status} {refused}");
    let (code, told) = ended(&at(folder.path(), &["rebuild-views"]));
    assert!(code == Some(69) && told.contains("is held by another process; stop that one"), "{told}");
    assert_eq!(get(&server, "/v1/books").await.0, 503, "nothing was changed");
    stop(server);

    let output = at(folder.path(), &["rebuild-views", "--output", "json"]);

    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    let report = document(&output);
    assert_eq!((&report["head"], report["processors"].as_array().unwrap().len()), (&json!(6), 9));
    let of =
        |name: &str| report["processors"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
    assert_eq!((&of("loans")["course"], &of("loans")["paused"]), (&json!("BUILT_AGAIN"), &json!(true)));
    assert_eq!(of("catalogue")["overrides"], 1);
    assert_eq!(of("lend-books")["course"], "HANDLES_AGAIN");
    let again = String::from_utf8(at(folder.path(), &["rebuild-views"]).stdout).unwrap();
    assert!(again.contains("lend-books      goes on after event 0\n"), "{again}");
    assert!(again.contains("loans           is built again; paused, as before\n"), "{again}");
    let server = Server::start_in(folder.path(), &[]);
    assert_eq!(get(&server, "/readyz").await.0, 200);
    shows_three(&server).await;
    let loans = get(&server, "/v1/processors/loans").await.1;
    assert!(loans.contains("\"PAUSED\"") && loans.contains("paused by me: a look"), "{loans}");
    shelve(&server, 4).await;
    stop(server);
}

#[test]
fn what_is_not_there_is_not_made_and_what_is_in_memory_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (place, line, code, said) in [
        (folder.path().join("misspelt"), &["rebuild-views"][..], 69, "cannot be used"),
        (folder.path().to_owned(), &["rebuild-views"], 69, "is not there"),
        (folder.path().to_owned(), &["rebuild-views", "--store", "memory:"], 64, "in memory"),
    ] {
        let (found, told) = ended(&at(&place, line));
        assert!(found == Some(code) && told.contains(said), "{found:?} {told}");
        assert_eq!(names(folder.path()), [""; 0]);
    }
}

/// The tokens of one log beside another, in schemas of a server.
#[tokio::test]
async fn views_in_a_schema_are_built_again_for_the_log_that_is_there() {
    let (Some(first), Some(second), Some(tokens)) = (Schema::fresh(), Schema::fresh(), Schema::fresh())
    else {
        return;
    };
    let of = |log: &Schema, words: &[&str]| {
        let mut start = command(words);
        start.args(["--store", log.url(), "--tokens", tokens.url()]);
        start.env("RENTAL__STORE__SCHEMA", log.name()).env("RENTAL__TOKENS__SCHEMA", tokens.name());
        start
    };
    let serve = |log: &Schema| Server::run(of(log, &["--listen", "127.0.0.1:0"]));
    let server = serve(&first);
    shelve(&server, 9).await;
    caught_up(&server).await;
    let (code, told) = ended(&of(&first, &["rebuild-views"]).output().unwrap());
    assert!(code == Some(69) && told.contains("is worked on by node-"), "{told}");
    stop(server);
    let server = serve(&second);
    for no in 1..=3 {
        shelve(&server, no).await;
    }
    assert_eq!(get(&server, "/readyz").await.0, 503);
    stop(server);

    let output = of(&second, &["rebuild-views"]).output().unwrap();

    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    let server = serve(&second);
    assert_eq!(get(&server, "/readyz").await.0, 200);
    shows_three(&server).await;
    stop(server);
}

/// A file that is moved away is the remedy for one that is damaged only.
#[tokio::test]
async fn views_that_are_damaged_are_told_so() {
    let folder = tempfile::tempdir().unwrap();
    stop(Server::start_in(folder.path(), &[]));
    damage(&folder.path().join("views.db"));
    let (code, told) = ended(&at(folder.path(), &["rebuild-views"]));
    assert!(code == Some(69) && told.contains("views.db") && told.contains("move it away"), "{told}");
}

fn damage(file: &Path) {
    fs::write(file, b"not a database, whatever its name says".repeat(100)).unwrap();
}
