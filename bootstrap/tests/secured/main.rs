//! The real binary over a broker that wants TLS and an account, in a build with the feature `kafka-tls`.

#![cfg(test)]

#[allow(dead_code, reason = "the tests of the binary use more of it")]
#[path = "../../../tests/faults/authority.rs"]
mod authority;
mod locked;
#[allow(dead_code, reason = "the tests of the binary use more of it")]
#[path = "../binary/server.rs"]
mod server;

use std::process::{Command, Output};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, interval};

use authority::Authority;
use locked::Locked;
use server::{LIMIT, Server};

/// What an operator reads when the connection is not safe, and when it is and nobody knows who asks.
const UNSAFE: &str = "there is no safe connection to the Kafka brokers";
const UNKNOWN: &str = "let nobody in as that user; see `publisher.user`, `publisher.password`";

/// A rent that others than the card have to agree to, by messages.
async fn a_rent_completes(server: &Server) {
    let client = Client::new();
    let post = async |path: &str, body: Value| {
        let answer = client.post(server.url(path)).json(&body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str::<Value>(&text).unwrap()
    };
    post("/v1/books", json!({"no": 1, "title": "Title", "available": true})).await;
    post("/v1/members", json!({"id": "jenny", "name": "Jenny"})).await;
    post("/v1/rental-cards", json!({"memberId": "jenny", "memberName": "Jenny"})).await;
    let begun = post("/v1/rental-cards/jenny/rent", json!({"bookNo": 1})).await;
    let process = format!("/v1/processes/{}", begun["processId"].as_str().unwrap());
    let (mut again, since) = (interval(Duration::from_millis(20)), Instant::now());
    loop {
        again.tick().await;
        let answer = client.get(server.url(&process)).send().await.unwrap();
        let text = answer.text().await.unwrap();
        if text.contains("\"COMPLETED\"") {
            return;
        }
        assert!(since.elapsed() < LIMIT, "it has not completed: {text}");
    }
}

#[tokio::test]
async fn a_rent_completes_over_tls_by_each_way_to_say_who_asks() {
    let Some(broker) = Locked::shared() else { return };
    for (mechanism, consume) in
        [("SCRAM-SHA-512", "tracking"), ("SCRAM-SHA-256", "subscribing"), ("PLAIN", "tracking")]
    {
        let mut start = broker.command(&["--store", "memory:", "--listen", "127.0.0.1:0"]);
        start.args(["--log-level", "info,adapters=trace"]);
        start.env("RENTAL__PUBLISHER__MECHANISM", mechanism);
        start.env("RENTAL__PUBLISHER__CONSUME", consume);
        start.env("RENTAL__PUBLISHER__PREFIX", format!("{mechanism}-"));
        start.env("RENTAL__PUBLISHER__CREATE_TOPICS", "true");
        let server = Server::run(start);
        a_rent_completes(&server).await;
        server.signal("TERM");
        let (status, log) = server.ended();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(!log.contains(broker.password()), "{log}");
    }
}

#[test]
fn a_certificate_that_is_not_trusted_and_a_password_that_is_wrong_are_told_apart() {
    let Some(broker) = Locked::shared() else { return };
    let other = Authority::made();
    let other = other.certificate();
    for words in [&["topics", "list"][..], &["--store", "memory:", "--listen", "127.0.0.1:0"]] {
        // Those of the system do not vouch for it either.
        for authority in ["", other.to_str().unwrap()] {
            let said = broker.refuses(words, &[("AUTHORITIES", authority)]);
            told(&said, &[UNSAFE, "`publisher.authorities`", "certificate verify failed"], &[UNKNOWN]);
        }
        for [name, wrong] in [["PASSWORD", "swordfish"], ["USER", "nobody"]] {
            let said = broker.refuses(words, &[(name, wrong)]);
            told(&said, &[UNKNOWN, "invalid credentials"], &[UNSAFE, "swordfish"]);
        }
        let said = broker.refuses(words, &[("TLS", "false"), ("AUTHORITIES", "")]);
        told(&said, &["none of the Kafka brokers"], &[UNSAFE, UNKNOWN]);
    }
}

fn told(said: &str, these: &[&str], not_those: &[&str]) {
    for this in these {
        assert!(said.contains(this), "`{this}` is not said:\n{said}");
    }
    for that in not_those {
        assert!(!said.contains(that), "`{that}` is said:\n{said}");
    }
}

#[test]
fn the_password_is_used_and_never_said() {
    let Some(broker) = Locked::shared() else { return };
    for words in [
        &["config", "show"][..],
        &["config", "show", "--output", "json"],
        &["config", "check"],
        &["topics", "create", "--log-level", "trace"],
        &["topics", "list", "--log-level", "trace"],
    ] {
        let output = broker.command(words).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
        assert!(!said.contains(broker.password()), "{words:?}: {said}");
    }
}

/// A file with certificates that is not there, or holds none, is known before anybody is asked.
#[test]
fn a_file_with_certificates_that_cannot_be_used_is_said() {
    let Some(broker) = Locked::shared() else { return };
    for file in ["/not/there.pem", "/dev/null"] {
        let said = broker.refuses(&["topics", "list"], &[("AUTHORITIES", file)]);
        told(&said, &["ssl.ca.location"], &[UNKNOWN]);
    }
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

impl Locked {
    /// What is said to whoever asks with these settings, which do not let anybody in.
    fn refuses(&self, words: &[&str], settings: &[(&str, &str)]) -> String {
        let mut start: Command = self.command(words);
        for (name, value) in settings {
            start.env(format!("RENTAL__PUBLISHER__{name}"), value);
        }
        if settings.iter().any(|(name, _)| *name == "PASSWORD") {
            start.env_remove("RENTAL__PUBLISHER__PASSWORD_FILE");
        }
        let output = start.output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(69), "{words:?} with {settings:?}: {said}");
        assert!(!said.contains(self.password()), "{words:?} with {settings:?}: {said}");
        said
    }
}
