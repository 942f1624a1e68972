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
    for half in [&b""[..], b"G", b"GET /livez HTTP/1.1\r\nhost: localhost\r\nx-slow: "] {
        let connection = sent(&server, half).await;
        let answer = read_to_end(connection).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_connection_that_says_nothing_more_is_closed() {
    let Some(server) = Server::at_a_standstill(hasty()).await else { return };
    let connection = sent(&server, b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let answer = read_to_end(connection).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn a_body_that_does_not_come_to_its_end_is_given_up() {
    let settings = HttpSettings { body_limit: Duration::from_millis(200), ..HttpSettings::default() };
    let Some(server) = Server::at_a_standstill(settings).await else { return };
    let head = "POST /v1/members HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let connection = sent(&server, head.as_bytes()).await;
    let answer = String::from_utf8(read_to_end(connection).await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("/problems/timed-out"), "{answer}");
    assert_eq!(server.head().await, 0);
}

/// The head of a request whose body does not come, and the beginning of that.
const SLOW_BODY: &[u8] =
    b"POST /v1/members HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
    content-length: 60000\r\n\r\n{\"id\": \"";

/// T113.
#[tokio::test]
async fn slow_bodies_take_no_place_among_the_requests_under_way() {
    let settings = HttpSettings { running_max: 4, ..HttpSettings::default() };
    let Some(server) = Server::with(settings).await else { return };
    let mut slow = vec![];
    for _ in 0..512 {
        slow.push(sent(&server, SLOW_BODY).await);
    }
    server.join("jenny").await;
    for _ in 0..20 {
        server.post("/v1/members/jenny/points/save", json!({ "amount": 1 })).await.is(200);
        server.get("/v1/members/jenny").await.is(200);
    }
    drop(slow);
}

/// T113.
#[tokio::test]
async fn bodies_too_many_are_turned_away_and_requests_without_one_are_not() {
    let settings = HttpSettings { bodies_max: 2, ..HttpSettings::default() };
    let Some(server) = Server::at_a_standstill(settings).await else { return };
    let save = || server.post("/v1/members", json!({ "id": "jenny", "name": "Jenny" }));
    let slow = [sent(&server, SLOW_BODY).await, sent(&server, SLOW_BODY).await];
    until(async || save().await.status == 503).await;
    let refused = save().await.problem(503, "too-busy");
    assert_eq!(refused.header("retry-after"), Some("1"));
    server.get("/v1/books").await.is(200);
    server.post_empty("/v1/books/1/available").await.problem(404, "book-not-found");
    drop(slow);
    until(async || save().await.status != 503).await;
}

/// Waits until it is so.
async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let mut again = tokio::time::interval(Duration::from_millis(5));
    let looking = async {
        while !is_so().await {
            again.tick().await;
        }
    };
    timeout(LIMIT, looking).await.expect("it to be so");
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
        let half: &[u8] =
            if at % 2 == 0 { b"" } else { b"POST /v1/members HTTP/1.1\r\nhost: localhost\r\nco" };
        idle.push(sent(&server, half).await);
    }
    server.join("jenny").await;
    server.shelve(1).await;
    server.rent("jenny", 1).await;
    server.post("/v1/members/jenny/points/save", json!({ "amount": 1 })).await.is(200);
    drop(idle);
}
