//! Clients that go away, stop in the middle, or are slow. T26, T80.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net;

use serde_json::json;
use tokio::net::TcpStream;

use super::Server;
use crate::server::{LIMIT, card};

/// What the service answers to a body that comes in chunks, without a length.
pub(crate) async fn chunked(server: &Server, path: &str, body: &str) -> String {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n\
         transfer-encoding: chunked\r\n\r\n{:x}\r\n",
        body.len()
    );
    let sent = [head.as_bytes(), body.as_bytes(), b"\r\n0\r\n\r\n"].concat();
    let address = server.address;
    let exchange = tokio::task::spawn_blocking(move || {
        let mut connection = net::TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(LIMIT)).unwrap();
        connection.write_all(&sent).unwrap();
        let mut answer = vec![];
        // A service that refuses a body early may close before all of it was taken.
        let _ = connection.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    });
    exchange.await.unwrap()
}

/// A connection on which these bytes were sent.
pub(crate) async fn sent(server: &Server, bytes: &[u8]) -> TcpStream {
    let connection = TcpStream::connect(server.address).await.unwrap();
    let mut left = bytes;
    while !left.is_empty() {
        connection.writable().await.unwrap();
        match connection.try_write(left) {
            Ok(count) => left = &left[count..],
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    connection
}

fn saving(amount: i64, key: &str) -> Vec<u8> {
    let body = json!({ "amount": amount }).to_string();
    format!(
        "POST /v1/members/jenny/points/save HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         idempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[tokio::test]
async fn a_client_that_goes_away_at_any_byte_leaves_a_command_done_whole_or_not_at_all() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    let whole = saving(1, "cut-000").len();
    let cuts: BTreeSet<usize> = (0..whole).step_by(7).chain([whole - 1, whole]).collect();
    for cut in &cuts {
        let request = saving(1, &format!("cut-{cut:03}"));
        drop(sent(&server, &request[..*cut]).await);
    }
    // Sent again with their keys, all are done, and each once.
    for cut in &cuts {
        let (path, key) = ("/v1/members/jenny/points/save", format!("cut-{cut:03}"));
        server.post_with(path, ("idempotency-key", &key), json!({ "amount": 1 })).await.is(200);
    }
    assert_eq!(server.get("/v1/members/jenny").await.get("points"), cuts.len());
}

#[tokio::test]
async fn a_client_that_stops_waiting_for_its_rent_has_rented_all_the_same() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    let connection = sent(&server, renting().as_bytes()).await;
    server.until(&card("jenny", ""), |card| card["held"].as_array().unwrap().len() == 1).await;
    drop(connection);
    server.until(&card("jenny", ""), |card| card["held"][0]["state"] == "RENTED").await;
}

/// Jenny asks for the first book, and waits until everybody has agreed.
fn renting() -> String {
    let (path, body) = (card("jenny", "/rent"), json!({ "bookNo": 1 }).to_string());
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nprefer: wait=10\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// T112.
#[tokio::test]
async fn a_client_that_closes_its_side_after_its_request_gets_its_answer() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    for no in 1..=50 {
        let answer = half_closed(&server, &saving(1, &format!("half-{no}"))).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{no}: {answer}");
    }
    server.shelve(1).await;
    let answer = half_closed(&server, renting().as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("COMPLETED"), "{answer}");
}

/// T112.
#[tokio::test]
async fn clients_that_give_up_before_their_answer_are_counted() {
    let Some(server) = Server::at_a_standstill(super::waiting::given_dates()).await else { return };
    server.join("jenny").await;
    server.shelve(1).await;
    let (path, body) = (card("jenny", "/rent"), json!({ "bookNo": 1 }).to_string());
    let rent = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nprefer: wait=1\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let series = "rental_http_given_up_total{route=\"/v1/rental-cards/{memberId}/rent\",method=\"POST\"}";
    let counted = async || {
        let text = server.get("/metrics").await.is(200).text;
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse::<u64>().ok());
        line.unwrap_or_default()
    };
    let before = counted().await;
    let connection = sent(&server, rent.as_bytes()).await;
    server.until(&card("jenny", ""), |card| card["held"].as_array().unwrap().len() == 1).await;
    drop(connection);
    let mut again = tokio::time::interval(std::time::Duration::from_millis(20));
    let counting = async {
        while counted().await == before {
            again.tick().await;
        }
    };
    tokio::time::timeout(LIMIT, counting).await.expect("it to be counted");
}

/// What the service answers to a client that sends this and closes its side.
async fn half_closed(server: &Server, request: &[u8]) -> String {
    let (address, request) = (server.address, request.to_vec());
    let exchange = tokio::task::spawn_blocking(move || {
        let mut connection = net::TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(LIMIT)).unwrap();
        connection.write_all(&request).unwrap();
        connection.shutdown(net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    });
    exchange.await.unwrap()
}

#[tokio::test]
async fn a_thousand_requests_are_answered_after_as_many_clients_went_away() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    for at in 0..600 {
        let request = saving(1, &format!("k-{at}"));
        drop(sent(&server, &request[..request.len() - at % 2]).await);
    }
    for _ in 0..1_000 {
        server.get("/v1/members/jenny").await.is(200);
    }
}

#[tokio::test]
async fn idle_and_half_open_connections_keep_nobody_else_from_being_answered() {
    let Some(server) = Server::start().await else { return };
    let mut open = vec![];
    for at in 0..200 {
        let half: &[u8] =
            if at % 2 == 0 { b"" } else { b"POST /v1/members HTTP/1.1\r\nhost: localhost\r\ncontent-le" };
        open.push(sent(&server, half).await);
    }
    server.join("jenny").await;
    drop(open);
}
