//! Clients that are slow: in sending a head or a body, in taking an answer, or in saying anything at all. T80.

use std::io::ErrorKind;
use std::time::Duration;

use adapters::http::HttpSettings;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Server;
use super::disconnects::sent;
use crate::server::LIMIT;

/// What still comes on a connection before the service closes it.
pub(crate) async fn read_to_end(connection: TcpStream) -> Vec<u8> {
    let mut taken = vec![];
    while take_some(&connection, &mut taken).await {}
    taken
}

/// What comes on a connection until this text has come.
pub(crate) async fn read_until(connection: &TcpStream, text: &str) -> String {
    let (mut taken, mut searched) = (vec![], 0);
    loop {
        if taken[searched..].windows(text.len()).any(|window| window == text.as_bytes()) {
            return String::from_utf8_lossy(&taken).into_owned();
        }
        searched = taken.len().saturating_sub(text.len());
        assert!(take_some(connection, &mut taken).await, "closed before {text}");
    }
}

/// Whether there was something.
async fn take_some(connection: &TcpStream, taken: &mut Vec<u8>) -> bool {
    timeout(LIMIT, connection.readable()).await.expect("something, or the end").unwrap();
    let mut piece = vec![0; 1 << 16];
    match connection.try_read(&mut piece) {
        Ok(0) => false,
        Ok(count) => {
            taken.extend_from_slice(&piece[..count]);
            true
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
            false
        }
    }
}

fn hasty() -> HttpSettings {
    HttpSettings { head_limit: Duration::from_millis(200), ..HttpSettings::default() }
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_closes_the_connection() {
    let Some(server) = Server::at_a_standstill(hasty()).await else { return };
    for half in [&b""[..], b"G", b"GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let connection = sent(&server, half).await;
        let answer = read_to_end(connection).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_connection_that_says_nothing_more_is_closed() {
    let Some(server) = Server::at_a_standstill(hasty()).await else { return };
    let connection = sent(&server, b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let answer = read_to_end(connection).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn a_body_that_does_not_come_to_its_end_is_given_up() {
    let settings = HttpSettings { request_limit: Duration::from_millis(200), ..HttpSettings::default() };
    let Some(server) = Server::at_a_standstill(settings).await else { return };
    let head = "POST /v1/members HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let connection = sent(&server, head.as_bytes()).await;
    let answer = String::from_utf8(read_to_end(connection).await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("/problems/timed-out"), "{answer}");
    assert_eq!(server.head().await, 0);
}

#[tokio::test]
async fn connections_too_many_wait_until_slow_ones_are_closed() {
    let Some(server) = Server::at_a_standstill(HttpSettings { connections_max: 3, ..hasty() }).await else {
        return;
    };
    let mut idle = vec![];
    for _ in 0..3 {
        idle.push(sent(&server, b"GET /").await);
    }
    server.get("/livez").await.is(200);
}

#[tokio::test]
async fn two_thousand_idle_connections_keep_nobody_else_from_being_answered() {
    let Some(server) = Server::start().await else { return };
    let mut idle = vec![];
    for at in 0..2_000 {
        let half: &[u8] = if at % 2 == 0 { b"" } else { b"POST /v1/members HTTP/1.1\r\nhost: x\r\nco" };
        idle.push(sent(&server, half).await);
    }
    server.join("jenny").await;
    server.shelve(1).await;
    server.rent("jenny", 1).await;
    server.post("/v1/members/jenny/points/save", json!({ "amount": 1 })).await.is(200);
    drop(idle);
}
