//! Four services over a broker, each on a folder of its own: their logs are checked together, with their topics.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::servers;
use tests::topics::TestTopics;

use crate::command::{document, ended};
use crate::server::{Server, command};
use crate::stores::{stop, tamper};

pub(crate) const SERVICES: [&str; 4] = ["rental", "book", "member", "best-seller"];

/// Their folders, and the topics between them.
struct Four {
    folder: TempDir,
    topics: TestTopics,
    brokers: String,
}

impl Four {
    fn fresh() -> Option<Self> {
        let brokers = servers::kafka()?;
        let topics = TestTopics::on(&brokers);
        Some(Self { folder: tempfile::tempdir().unwrap(), topics, brokers })
    }

    fn data(&self, service: &str) -> PathBuf {
        self.folder.path().join(service)
    }

    /// A command with the prefix of the topics.
    fn command(&self, words: &[&str]) -> Command {
        let mut start = command(words);
        start.env("RENTAL__PUBLISHER__PREFIX", self.topics.settings().prefix);
        start
    }

    fn publisher(&self) -> String {
        format!("kafka://{}", self.brokers)
    }

    fn start(&self) -> [Server; 4] {
        let made = self.command(&["topics", "create", "--publisher", &self.publisher()]).output().unwrap();
        assert_eq!(made.status.code(), Some(0), "{:?}", ended(&made));
        SERVICES.map(|service| {
            let words = ["--services", service, "--publisher", &self.publisher(), "--listen", "127.0.0.1:0"];
            let mut start = self.command(&words);
            start.arg("--allow-given-dates").arg("--data").arg(self.data(service));
            Server::run(start)
        })
    }

    /// A check of these services' folders.
    fn verify(&self, services: &[&str], more: &[&str]) -> Output {
        let mut start = self.command(&["verify"]);
        for service in services {
            start.arg("--data").arg(self.data(service));
        }
        start.args(more).output().unwrap()
    }

    fn with_topics(&self, services: &[&str]) -> Output {
        self.verify(services, &["--output", "json", "--publisher", &self.publisher()])
    }
}

pub(crate) fn lived_in(servers: &[Server; 4]) {
    let mut start = command(&["simulate", "--members", "8", "--books", "6", "--rate", "60", "--for", "2s"]);
    start.args(["--seed", "7", "--output", "json"]);
    for (service, server) in SERVICES.iter().zip(servers) {
        start.args(["--url", &format!("{service}={}", server.url(""))]);
    }
    let output = start.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let check = &document(&output)["check"];
    let judges = |what: &Value| !what.as_str().unwrap().starts_with('I');
    assert!(check["notJudged"].as_array().unwrap().iter().all(judges), "{check:#}");
}

/// The report of a check that finds nothing wrong.
pub(crate) fn sound(output: &Output) -> Value {
    let report = document(output);
    assert_eq!((output.status.code(), &report["violations"]), (Some(0), &json!([])), "{report:#}");
    report
}

#[tokio::test]
async fn four_folders_are_checked_together_with_their_topics_beside_the_services_and_after_them() {
    let Some(four) = Four::fresh() else { return };
    let servers = four.start();
    lived_in(&servers);

    sound(&four.with_topics(&SERVICES));
    let urls: Vec<_> = servers.iter().map(|server| server.url("")).collect();
    let urls: Vec<_> = urls.iter().flat_map(|url| ["--url", url]).collect();
    sound(&four.command(&[&["verify", "--output", "json"], &urls[..]].concat()).output().unwrap());
    servers.into_iter().for_each(stop);

    let report = sound(&four.with_topics(&SERVICES));
    assert_eq!((&report["notJudged"], &report["inFlight"]), (&json!([]), &json!([])), "{report:#}");
    assert!(report["published"]["messages"].as_u64().unwrap() > 100, "{report:#}");
    let checked = report["checked"].as_str().unwrap();
    assert!(checked.contains("/book; sqlite:") && checked.contains("; topics of kafka://"), "{checked}");
    let bare = sound(&four.verify(&SERVICES, &["--output", "json"]));
    assert_eq!((&bare["notJudged"], &bare["published"]), (&json!([]), &Value::Null), "{bare:#}");
    let text = four.verify(&SERVICES, &["--publisher", &four.publisher()]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("every invariant holds") && text.contains("messages in the topics, "), "{text}");

    // What one of them has lost, the others know. Of its last event only those would know who have passed it.
    tamper(
        &four.data("book").join("rental.db"),
        "delete from event where position = (select max(position) from event where type = 'book.book-lent' \
         and position < (select max(position) from event))",
    )
    .await;
    let output = four.with_topics(&SERVICES);
    let report = document(&output);
    let found = report["violations"].to_string();
    assert_eq!(output.status.code(), Some(1), "{report:#}");
    for said in ["book: position", "lend-books passed 1 events without effect", "name book as their source"] {
        assert!(found.contains(said), "`{said}` is not said: {report:#}");
    }
}

#[tokio::test]
async fn what_cannot_be_checked_together_is_said_and_refused() {
    let Some(four) = Four::fresh() else { return };
    let servers = four.start();
    lived_in(&servers);
    servers.into_iter().for_each(stop);
    let refused = |output: &Output, code: i32, said: &str| {
        let (found, told) = ended(output);
        assert_eq!(found, Some(code), "{told}");
        assert!(told.contains(said), "`{said}` is not said: {told}");
    };

    refused(&four.verify(&["book", "member", "book"], &[]), 64, "are the same log");
    refused(&four.verify(&["book", "nowhere"], &[]), 69, "nowhere");
    let other = TestTopics::on(&four.brokers);
    other.create_all().await;
    let mut elsewhere = four.command(&["verify", "--publisher", &four.publisher()]);
    elsewhere.env("RENTAL__PUBLISHER__PREFIX", other.settings().prefix);
    elsewhere.arg("--data").arg(four.data("book")).arg("--data").arg(four.data("member"));
    refused(&elsewhere.output().unwrap(), 64, "name the broker and the prefix that the services use");
    let nobody = ["--publisher", "kafka://127.0.0.1:9"];
    refused(&four.verify(&SERVICES, &nobody), 69, "127.0.0.1:9");

    let part = four.verify(&["rental", "member"], &["--output", "json"]);
    let part = sound(&part);
    let missing = "I1: it is about rental and book, and these are the logs of rental,member";
    assert!(part["notJudged"].as_array().unwrap().contains(&json!(missing)), "{part:#}");
}

#[test]
fn only_a_check_takes_several_logs() {
    let at = |line: &[&str]| command(line).arg("--data").arg(Path::new("a")).output().unwrap();
    for line in
        [&["events", "tail", "--data", "b"][..], &["--data", "b"], &["backup", "--to", "c", "--data", "b"]]
    {
        let (code, told) = ended(&at(line));
        assert_eq!(code, Some(64), "{line:?}: {told}");
        assert!(
            told.contains("'--data <DIR>' cannot be used multiple times; only `verify`"),
            "{line:?}: {told}"
        );
    }
    let (code, told) =
        ended(&command(&["--data", "a", "verify", "--data", "b", "--data", "c"]).output().unwrap());
    assert!(code == Some(64) && told.contains("before and after the command"), "{code:?}: {told}");
    let (code, told) =
        ended(&command(&["verify", "--tokens", "sqlite:t", "--data", "b", "--data", "c"]).output().unwrap());
    assert!(
        code == Some(64) && told.contains("belongs to the log that is named before it"),
        "{code:?}: {told}"
    );
}
