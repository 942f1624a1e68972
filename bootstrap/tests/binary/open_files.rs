//! A process that may not open many files.

use std::net::TcpStream;
use std::process::Command;

use crate::server::{LIMIT, Server};

#[tokio::test]
async fn connections_without_files_are_said_now_and_then_and_taken_when_there_are_some() {
    let mut start = Command::new("sh");
    start.args(["-c", "ulimit -n 64; exec \"$0\" --listen 127.0.0.1:0 --store memory:"]);
    start.arg(env!("CARGO_BIN_EXE_rental")).current_dir(env!("CARGO_TARGET_TMPDIR"));
    let server = Server::run(start);
    let held: Vec<_> = (0..100).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    server.wait_for_line("accepting connections failed");
    drop(held);
    // It is tried twenty times a second; that it goes on says that some of them have passed.
    let counted = async {
        loop {
            let metrics = reqwest::get(server.url("/metrics")).await.unwrap().text().await.unwrap();
            let mut lines = metrics.lines();
            if lines.any(|line| line.starts_with("rental_http_accept_failures_total ")) {
                return;
            }
        }
    };
    tokio::time::timeout(LIMIT, counted).await.unwrap();
    server.signal("TERM");
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.lines().filter(|line| line.contains("accepting connections failed")).count() <= 1, "{log}");
}

#[test]
fn more_connections_than_files_are_warned_about() {
    let mut start = Command::new("sh");
    start.args(["-c", "ulimit -n 200; exec \"$0\" --listen 127.0.0.1:0 --store memory:"]);
    start.arg(env!("CARGO_BIN_EXE_rental")).current_dir(env!("CARGO_TARGET_TMPDIR"));
    let mut child = start.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufReader::new(child.stderr.take().unwrap());
    let lines = std::io::BufRead::lines(lines).map(Result::unwrap);
    let log: String = lines.take_while(|line| !line.contains("listening")).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(log.contains("from about 72 connections on"), "{log}");
    assert!(log.contains("open_files_max=200") && log.contains("connections_max=20000"), "{log}");
}
