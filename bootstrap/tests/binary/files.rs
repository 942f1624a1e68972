//! The folder with the files: what outlives the process, and what is said when it cannot be used.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use crate::server::{LIMIT, Server, command};

#[tokio::test]
async fn after_a_kill_everything_is_there_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (client, body) = (Client::new(), json!({"id": "jenny", "name": "Jenny"}));
    let first = Server::start_in(folder.path(), &[]);
    let answer = client.post(first.url("/v1/members")).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    drop(first); // which kills it

    let second = Server::start_in(folder.path(), &[]);

    let again: Value = get(&second, "/v1/members/jenny").await;
    assert_eq!(again["name"], "Jenny");
    let save = client.post(second.url("/v1/members/jenny/points/save")).json(&json!({"amount": 5}));
    let saved: Value = save.send().await.unwrap().json().await.unwrap();
    assert_eq!((&saved["points"], &saved["position"]), (&json!(5), &json!(2)));
}

#[tokio::test]
async fn a_lost_views_file_is_built_again_from_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(folder.path(), &[]);
    let book = json!({"no": 1, "title": "Walden", "available": true});
    Client::new().post(server.url("/v1/books")).json(&book).send().await.unwrap();
    let shown = found(&server).await;
    drop(server);
    for file in ["views.db", "views.db-wal", "views.db-shm"] {
        // The last two are there only while there is something in them.
        let _ = fs::remove_file(folder.path().join(file));
    }

    let server = Server::start_in(folder.path(), &[]);

    assert_eq!(found(&server).await, shown);
}

/// Members' names are nobody else's business on the machine.
#[tokio::test]
async fn what_is_made_can_be_read_by_its_user_only() {
    let around = tempfile::tempdir().unwrap();
    let folder = around.path().join("data");
    let server = Server::start_in(&folder, &[]);
    let body = json!({"id": "jenny", "name": "Jenny"});
    Client::new().post(server.url("/v1/members")).json(&body).send().await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect::<Vec<_>>();
    assert_eq!(files.len(), 7, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

/// As an earlier version of the service, or a copy, left it.
#[test]
fn files_that_others_may_read_are_warned_about_and_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let started = || {
        let server = Server::start_in(folder.path(), &[]);
        server.signal("TERM");
        server.ended();
    };
    started();
    let file = folder.path().join("rental.db");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();

    let mut start = command(&["--listen", "127.0.0.1:0", "--data"]);
    let mut child = start.arg(folder.path()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let log: String = lines.take_while(|line| !line.contains("listening")).collect();
    child.kill().unwrap();
    child.wait().unwrap();

    let warned = log.matches("other users may read this file").count();
    assert!(warned == 1 && log.contains("/rental.db\""), "{log}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
}

#[test]
fn a_second_process_on_the_folder_is_refused_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = Server::start_in(folder.path(), &[]);
    refused(folder.path(), "is held by another process");
    first.signal("TERM");
    assert_eq!(first.ended().0.code(), Some(0));
}

#[test]
fn a_damaged_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rental.db");
    for (content, said) in [
        (b"not a database, whatever its name says".repeat(100), "is damaged or no database"),
        (foreign(folder.path()), "is not the event log"),
    ] {
        fs::write(&file, &content).unwrap();
        refused(folder.path(), said);
        assert_eq!(fs::read(&file).unwrap(), content, "{said}");
    }
}

/// A pipe would be waited for until somebody writes to it.
#[test]
fn what_is_no_file_is_refused_and_named() {
    for file in ["rental.db", "rental.db-wal", "views.db", "rental.lock"] {
        for (made_by, is) in
            [("mkfifo", "a pipe"), ("mkdir", "a folder"), ("ln -s nothing", "a link to what")]
        {
            let folder = tempfile::tempdir().unwrap();
            let make = format!("{made_by} {}", folder.path().join(file).display());
            assert!(Command::new("sh").args(["-c", &make]).status().unwrap().success());
            refused(folder.path(), &format!("/{file}`"));
            refused(folder.path(), &format!("is {is}"));
        }
    }
}

/// Somebody has a file locked, which a start waits for.
#[tokio::test]
async fn a_start_that_still_opens_its_stores_ends_at_once_when_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    made_by_us(folder.path());
    let ours = folder.path().join("ours");
    let mut locking = SqliteConnectOptions::new().filename(ours.join("rental.db")).connect().await.unwrap();
    sqlx::raw_sql("begin exclusive").execute(&mut locking).await.unwrap();
    let mut start = command(&["--listen", "127.0.0.1:0", "--data"]);
    let mut child = start.arg(&ours).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("port is ready")));

    let term = format!("kill -TERM {}", child.id());
    assert!(Command::new("sh").args(["-c", &term]).status().unwrap().success());

    let log: Vec<_> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{log:#?}");
    assert!(log.iter().any(|line| line.contains("ending before the service has started")), "{log:#?}");
}

#[test]
fn a_folder_that_cannot_be_made_or_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    refused(&file.join("data"), "cannot be used; a file stands in its place: name another");
    // Rights do not bind the administrator; a file system that is read only does.
    refused(Path::new("/proc/data"), "cannot be used");
}

/// A database of another program.
fn foreign(folder: &Path) -> Vec<u8> {
    let mut page = fs::read(made_by_us(folder)).unwrap();
    // The application id in the header of the file format.
    page[68..72].copy_from_slice(&[1, 2, 3, 4]);
    page
}

fn made_by_us(folder: &Path) -> std::path::PathBuf {
    let ours = folder.join("ours");
    let server = Server::start_in(&ours, &[]);
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
    ours.join("rental.db")
}

fn refused(folder: &Path, said: &str) {
    let start = command(&["--listen", "127.0.0.1:0", "--data"]).arg(folder).output();
    let Output { status, stderr, .. } = start.unwrap();
    let log = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(69), "{log}");
    assert!(log.contains(said), "`{said}` is not said in:\n{log}");
    assert!(!log.contains("listening"), "{log}");
}

async fn get(server: &Server, path: &str) -> Value {
    reqwest::get(server.url(path)).await.unwrap().json().await.unwrap()
}

/// The catalogue, once it has the book.
async fn found(server: &Server) -> Value {
    let listed = async {
        loop {
            let books = get(server, "/v1/books?status=AVAILABLE").await;
            if books["items"].as_array().is_some_and(|items| !items.is_empty()) {
                return books;
            }
        }
    };
    tokio::time::timeout(LIMIT, listed).await.unwrap()
}

/// Its tokens belong to the segments that a processor has, so another number in the settings is no reason to stand
/// still.
#[tokio::test]
async fn processors_keep_the_segments_they_were_first_started_with() {
    let folder = tempfile::tempdir().unwrap();
    let first = Server::start_in(folder.path(), &[]);
    get(&first, "/v1/processors").await;
    drop(first);
    let settings = folder.path().join("more.toml");
    fs::write(&settings, "processors.default.segments = 4\n").unwrap();

    let server = Server::start_in(folder.path(), &["--config", settings.to_str().unwrap()]);

    let book = json!({"no": 1, "title": "Walden", "available": true});
    Client::new().post(server.url("/v1/books")).json(&book).send().await.unwrap();
    found(&server).await;
    server.signal("TERM");
    let log = server.ended().1;
    assert!(log.contains("keeps the segments it was first started with"), "{log}");
}
