//! Stopping: what was begun is finished, and the exit code says that it was.

use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::{Client, StatusCode};
use serde_json::json;

use crate::server::{LIMIT, Server, command};

/// T28, one process on memory.
#[tokio::test]
async fn a_signal_drains_under_load_and_every_answer_that_was_given_is_one() {
    for signal in ["TERM", "INT", "HUP"] {
        let server = heeding_hang_up(&["--grace", "10s"]);
        let client = Client::new();
        let members: Vec<_> = (0..32)
            .map(|n| tokio::spawn(keep_registering(client.clone(), server.url("/v1/members"), n)))
            .collect();
        first_answer(&client, &server).await;
        server.signal(signal);
        let mut registered = 0;
        for member in members {
            registered += tokio::time::timeout(LIMIT, member).await.unwrap().unwrap();
        }
        let (status, log) = server.ended();
        assert_eq!(status.code(), Some(0), "after SIG{signal}:\n{log}");
        assert!(log.contains("everything has stopped"), "{log}");
        assert!(registered > 0, "no member was registered before SIG{signal}");
    }
}

#[test]
fn a_request_under_way_is_finished_before_the_process_ends() {
    let server = Server::start(&[]);
    let mut held = hold_a_request(&server);
    server.signal("TERM");
    server.wait_for_line("draining");
    held.write_all(HELD.as_bytes()).unwrap();
    let mut answer = String::new();
    held.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn an_idle_process_ends_without_cutting_anything_off() {
    let server = Server::start(&[]);
    server.signal("INT");
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains("cut off"), "{log}");
}

/// T118.
#[tokio::test]
async fn signals_that_mean_nothing_here_change_nothing() {
    let server = heeding_hang_up(&[]);
    for signal in ["USR1", "USR2"] {
        server.signal(signal);
        first_answer_of(&Client::new(), &server, signal).await;
    }
    server.signal("HUP");
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("draining signal=\"SIGHUP\""), "{log}");
}

/// A server on memory that heeds SIGHUP, also where the tests themselves were told to ignore it: a child inherits that.
fn heeding_hang_up(flags: &[&str]) -> Server {
    let binary = command(&["--listen", "127.0.0.1:0", "--store", "memory:"]);
    let mut start = std::process::Command::new("env");
    start.arg("--default-signal=HUP").arg(binary.get_program()).args(binary.get_args()).args(flags);
    start.current_dir(env!("CARGO_TARGET_TMPDIR"));
    for (name, _) in binary.get_envs() {
        start.env_remove(name);
    }
    Server::run(start)
}

/// T118: as `nohup` starts it.
#[tokio::test]
async fn a_process_that_was_started_to_outlast_its_terminal_does() {
    let mut start = std::process::Command::new("sh");
    start.args(["-c", "trap '' HUP; exec \"$0\" --listen 127.0.0.1:0 --store memory:"]);
    start.arg(env!("CARGO_BIN_EXE_rental")).current_dir(env!("CARGO_TARGET_TMPDIR"));
    let server = Server::run(start);
    server.signal("HUP");
    first_answer_of(&Client::new(), &server, "later").await;
    server.signal("TERM");
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains("SIGHUP"), "{log}");
}

/// A request whose body never comes would hold the drain for the whole grace period.
#[test]
fn a_second_signal_ends_it_at_once() {
    let server = Server::start(&["--grace", "10m"]);
    let held = hold_a_request(&server);
    server.signal("TERM");
    server.wait_for_line("draining");
    server.signal("TERM");
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(70), "{log}");
    drop(held);
}

#[test]
fn a_request_that_never_ends_does_not_hold_the_process_beyond_its_grace() {
    let server = Server::start(&["--grace", "1s"]);
    let held = hold_a_request(&server);
    server.signal("TERM");
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("were cut off"), "{log}");
    drop(held);
}

/// Registers members one after the other until the service is gone; every answer has to be whole, and none a failure
/// other than that the service is stopping.
async fn keep_registering(client: Client, url: String, client_no: usize) -> usize {
    for count in 0.. {
        let body = json!({"id": format!("m{client_no}-{count}"), "name": "Somebody"});
        match client.post(&url).json(&body).send().await {
            Ok(answer) if answer.status() == StatusCode::CREATED => {
                answer.json::<serde_json::Value>().await.unwrap();
            }
            Ok(answer) => {
                assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
                return count;
            }
            // Refused or closed: the service takes no more requests.
            Err(_) => return count,
        }
    }
    unreachable!()
}

async fn first_answer(client: &Client, server: &Server) {
    first_answer_of(client, server, "first").await;
}

async fn first_answer_of(client: &Client, server: &Server, id: &str) {
    let body = json!({"id": id.to_lowercase(), "name": "First"});
    let answer = client.post(server.url("/v1/members")).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
}

/// What a held request would register.
const HELD: &str = r#"{"id": "patient", "name": "WriteTimeout"}"#;

/// Opens a connection and begins a request; it is under way when the service has asked for the body, which it does not
/// get.
fn hold_a_request(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let length = HELD.len();
    let head = format!(
        "POST /v1/members HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}
