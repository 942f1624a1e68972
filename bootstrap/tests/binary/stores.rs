//! Folders with stores, and commands that open them.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use reqwest::Client;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use crate::command::rental;
use crate::server::{LIMIT, Server, command};

/// Runs a command that opens the stores of a folder.
pub(crate) fn at(folder: &Path, line: &[&str]) -> Output {
    command(line).arg("--data").arg(folder).output().unwrap()
}

/// The same, with these bytes on its standard input.
pub(crate) fn at_with(folder: &Path, line: &[&str], input: Vec<u8>) -> Output {
    let mut start = command(line);
    start.arg("--data").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = start.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may end before it has read everything, when it finds something wrong.
    let writing = std::thread::spawn(move || drop(std::io::Write::write_all(&mut stdin, &input)));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    output
}

/// The log of a folder as an export, byte for byte.
pub(crate) fn exported(folder: &Path) -> Vec<u8> {
    let output = at(folder, &["events", "export", "--to", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Lets visitors come for a while: rents that complete and that are undone, returns that are late, fees that are paid.
pub(crate) fn lived_in(server: &Server) {
    let line = ["simulate", "--members", "8", "--books", "6", "--rate", "60", "--for", "2s", "--seed", "7"];
    let output = rental(server, &line);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

/// A folder that visitors have used, and that nobody serves any more.
pub(crate) fn used() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(folder.path(), &["--allow-given-dates"]);
    lived_in(&server);
    stop(server);
    folder
}

/// Ends a server as an operator does.
pub(crate) fn stop(server: Server) {
    server.signal("TERM");
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log}");
}

/// Registers a member, with a key.
pub(crate) async fn register(server: &Server, id: &str) -> reqwest::Response {
    let request =
        Client::new().post(server.url("/v1/members")).header("idempotency-key", format!("key-{id}"));
    request.json(&json!({"id": id, "name": "Somebody"})).send().await.unwrap()
}

/// Waits until every processor has passed the whole log.
pub(crate) async fn caught_up(server: &Server) {
    let passed = async {
        loop {
            let answer = reqwest::get(server.url("/v1/processors")).await.unwrap();
            let processors: Value = answer.json().await.unwrap();
            let items = processors["items"].as_array().unwrap();
            if items.len() == 9 && items.iter().all(|item| item["lagEvents"] == 0) {
                return;
            }
        }
    };
    tokio::time::timeout(LIMIT, passed).await.unwrap();
}

/// The names of what is in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// Does something to a file that the service never does.
pub(crate) async fn tamper(file: &Path, sql: &'static str) {
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let done = sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    assert!(done.rows_affected() > 0 || sql.starts_with("pragma"), "`{sql}` changed nothing");
    connection.close().await.unwrap();
}
