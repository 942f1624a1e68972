//! T106: files that are taken away under the running service.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use reqwest::StatusCode;
use serde_json::Value;

use crate::server::{LIMIT, Server, command};
use crate::stores::{caught_up, exported, register, stop};

/// A data folder inside another one, where it can be moved to and fro.
struct Moved {
    around: tempfile::TempDir,
}

impl Moved {
    fn new() -> Self {
        Self { around: tempfile::tempdir().unwrap() }
    }

    fn data(&self) -> PathBuf {
        self.around.path().join("data")
    }

    async fn serve(&self) -> Server {
        let server = Server::start_in(&self.data(), &[]);
        assert_eq!(register(&server, "jenny").await.status(), StatusCode::CREATED);
        assert_eq!(ready(&server).await.0, StatusCode::OK);
        server
    }
}

#[tokio::test]
async fn once_a_file_of_the_log_is_gone_nothing_is_acknowledged_and_the_file_is_named() {
    for file in ["rental.db", "rental.db-wal", "rental.lock"] {
        let moved = Moved::new();
        let server = moved.serve().await;

        fs::remove_file(moved.data().join(file)).unwrap();

        is_refused(&server, file).await;
        // What was acknowledged can still be read, and so be saved.
        assert_eq!(reqwest::get(server.url("/v1/members/jenny")).await.unwrap().status(), StatusCode::OK);
        ends_as_lost(server, file);
    }
}

#[tokio::test]
async fn a_folder_that_is_removed_or_replaced_is_noticed_without_a_request() {
    let removed = Moved::new();
    let server = removed.serve().await;
    fs::remove_dir_all(removed.data()).unwrap();
    server.wait_for_line("files are not where they were opened");
    is_refused(&server, "rental.db").await;
    ends_as_lost(server, "rental.db");

    let replaced = Moved::new();
    let server = replaced.serve().await;
    fs::rename(replaced.data(), replaced.around.path().join("old")).unwrap();
    let second = Server::start_in(&replaced.data(), &[]);
    is_refused(&server, "rental.db").await;
    // The other one's files are not touched by the end of the first.
    ends_as_lost(server, "rental.db");
    assert_eq!(register(&second, "tom").await.status(), StatusCode::CREATED);
    stop(second);
    assert_eq!(exported(&replaced.data()).split(|byte| *byte == b'\n').count(), 2);
}

#[tokio::test]
async fn a_folder_that_is_put_back_is_written_to_again_and_nothing_is_lost() {
    let moved = Moved::new();
    let server = moved.serve().await;
    let aside = moved.around.path().join("aside");
    fs::rename(moved.data(), &aside).unwrap();
    is_refused(&server, "rental.db").await;

    fs::rename(&aside, moved.data()).unwrap();

    assert_eq!(register(&server, "tom").await.status(), StatusCode::CREATED);
    assert_eq!(ready(&server).await.0, StatusCode::OK);
    stop(server);
    assert_eq!(exported(&moved.data()).split(|byte| *byte == b'\n').count(), 3);
}

#[tokio::test]
async fn a_service_without_its_views_is_not_ready_and_names_the_file() {
    let moved = Moved::new();
    let server = moved.serve().await;
    fs::remove_file(moved.data().join("views.db")).unwrap();
    let (status, said) = ready(&server).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(said.contains("`views.db` was moved, deleted or replaced"), "{said}");
    server.wait_for_line("files are not where they were opened");
    ends_as_lost(server, "views.db");
}

/// Its name is where it was, and what was acknowledged is not.
#[tokio::test]
async fn once_a_file_of_the_log_is_cut_short_nothing_is_acknowledged_and_the_file_is_named() {
    for file in ["rental.db", "rental.db-wal"] {
        let moved = Moved::new();
        let server = moved.serve().await;
        let cut = File::options().write(true).open(moved.data().join(file)).unwrap();
        cut.set_len(0).unwrap();

        server.wait_for_line("files are not where they were opened");
        is_refused_as(&server, &format!("`{file}` was cut short")).await;
        ends_as_lost(server, file);
    }
}

/// The log of a library that is lost is not replaced by a new one without a word.
#[tokio::test]
async fn a_start_with_a_new_log_beside_views_of_another_one_says_so_once() {
    let moved = Moved::new();
    let server = moved.serve().await;
    caught_up(&server).await;
    stop(server);
    fs::write(moved.data().join("rental.db"), "").unwrap();

    let mut start = command(&["--listen", "127.0.0.1:0", "--data"]);
    let mut child = start.arg(moved.data()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let log: Vec<String> = lines.take_while(|line| !line.contains("listening")).collect();
    child.kill().unwrap();
    child.wait().unwrap();

    let said = |line: &&String| line.contains("WARN") && line.contains("the event log is new and empty");
    assert_eq!(log.iter().filter(said).count(), 1, "{log:#?}");
}

async fn is_refused(server: &Server, file: &str) {
    is_refused_as(server, &format!("`{file}` was moved, deleted or replaced")).await;
}

async fn is_refused_as(server: &Server, named: &str) {
    let answer = register(server, "tom").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["type"], "/problems/store-unavailable");
    assert!(problem["detail"].as_str().unwrap().contains(named), "{problem:#}");
    let (status, said) = ready(server).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(said.contains(named), "{said}");
}

async fn ready(server: &Server) -> (StatusCode, String) {
    let asked = async {
        let answer = reqwest::get(server.url("/readyz")).await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    tokio::time::timeout(LIMIT, asked).await.unwrap()
}

/// Its end is no success, since something may be gone with it.
fn ends_as_lost(server: Server, file: &str) {
    server.signal("TERM");
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(69), "{log}");
    let last = log.lines().last().unwrap();
    assert!(
        last.contains("files were taken away or cut short") && last.contains(&format!("/{file}`")),
        "{log}"
    );
}
