//! Clients that go away at every moment, and more connections than there are descriptors.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::json;

use super::Store;
use crate::asking::Desk;
use crate::dice::Dice;
use crate::lives::Lives;
use crate::server::{LIMIT, Server};
use crate::store::{FaultStore, through_a_shell};

/// More than the service can hold open at once; those that it does not accept still fit the queue of its socket.
const IDLE: usize = 100;
/// So few that the stores and some clients just find room.
const FEW_DESCRIPTORS: &str = "ulimit -n 72";
const SAVE: &str = "/v1/members/jenny/points/save";

/// T26: at every byte of a request, and at every moment of its answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_clients_went_away_at_every_moment_a_thousand_requests_are_answered() {
    let Some(store) = Store::fresh().await else { return };
    let mut lives = Lives::furnished(store, Dice::of("leavers")).await;
    let (server, desk) = lives.next().await;
    let crowd = lives.crowd(&desk, 1).await;
    for no in 0..400 {
        let request = spending(&format!("leaver-{no}"));
        let cut = lives.dice.below(request.len() as u64 + 1) as usize;
        let mut connection = TcpStream::connect(&server.address).unwrap();
        connection.write_all(&request.as_bytes()[..if no % 2 == 0 { cut } else { request.len() }]).unwrap();
        lives.any_moment(2_000).await;
        // It may have been answered and closed before.
        let _ = connection.shutdown(Shutdown::Both);
    }
    let askers = (0..10).map(|asker| tokio::spawn(ask_a_hundred_times(desk.clone(), asker)));
    for asker in askers.collect::<Vec<_>>() {
        asker.await.unwrap();
    }
    drop(server);
    lives.left(crowd).await;
    lives.end("leavers").await;
}

/// T32: what is connected is answered, also if with 503; the others are as soon as there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_descriptors_requests_fail_in_time_and_with_them_all_goes_on() {
    let Some(store) = Store::fresh().await else { return };
    let server = Server::run(through_a_shell(&store.command(&[]), FEW_DESCRIPTORS));
    let mut kept = Kept::open(&server);
    assert_eq!(kept.ask("POST", "/v1/members", "m", r#"{"id": "jenny", "name": "Jenny"}"#), 201);
    let idle: Vec<_> = (0..IDLE).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    server.wait_for_line("accepting connections failed");
    let (mut done, path) = (0, "/v1/members/jenny");
    for no in 0..50 {
        let saved = kept.ask("POST", SAVE, &format!("save-{no}"), r#"{"amount":1}"#);
        let read = kept.ask("GET", path, "none", "");
        assert!([saved, read].iter().all(|status| [200, 503].contains(status)), "{saved}, {read}");
        done += u64::from(saved == 200);
    }
    drop(idle);
    let fresh = Desk::at(&server.address);
    for no in 0..50 {
        let body = json!({"amount": 1});
        let saved = fresh.post(SAVE, &format!("save-{no}"), &body).await.expect("an answer");
        assert_eq!(saved.status, 200, "{}", saved.text);
        done -= u64::from(saved.replayed);
    }
    assert_eq!(done, 0, "what was done was done again, or is lost");
    fresh.settled().await;
    assert_eq!(fresh.get(path).await.unwrap().json()["points"], 50);
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
}

/// One connection that is kept, whatever happens to others.
struct Kept(BufReader<TcpStream>);

impl Kept {
    fn open(server: &Server) -> Self {
        let connection = TcpStream::connect(&server.address).unwrap();
        connection.set_read_timeout(Some(LIMIT)).unwrap();
        Self(BufReader::new(connection))
    }

    /// The status of the answer.
    fn ask(&mut self, method: &str, path: &str, key: &str, body: &str) -> u16 {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nidempotency-key: {key}\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut head, mut line) = (Vec::new(), String::new());
        while self.0.read_line(&mut line).unwrap() > 2 {
            head.push(std::mem::take(&mut line).to_lowercase());
        }
        let length = head.iter().find_map(|line| line.strip_prefix("content-length:")).unwrap();
        let mut body = vec![0; length.trim().parse().unwrap()];
        self.0.read_exact(&mut body).unwrap();
        head[0].split(' ').nth(1).unwrap().parse().unwrap()
    }
}

async fn ask_a_hundred_times(desk: Desk, asker: u64) {
    for no in 0..100 {
        let answer = desk.get(&format!("/v1/members/member-{}", (asker + no) % 24)).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

fn spending(key: &str) -> String {
    let body = r#"{"amount": 1}"#;
    format!(
        "POST /v1/members/member-1/points/use HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         idempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
