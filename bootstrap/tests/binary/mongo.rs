//! Stores in a database of a replica set: the log with tokens in files, and both.

use std::process::{Command, Output};

use adapters::mongo::MongoSettings;
use serde_json::json;
use tempfile::TempDir;
use tests::stores::Documents;

use crate::command::document;
use crate::server::{Server, command};
use crate::stores::{caught_up, exported, register, stop, used};

/// What must not be found.
const MARK: &str = "swordfish";

struct TestStores {
    log: Documents,
    tokens: TempDir,
}

impl TestStores {
    fn fresh() -> Option<Self> {
        Some(Self { log: Documents::fresh()?, tokens: tempfile::tempdir().unwrap() })
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut start = command(words);
        start.args(["--store", self.log.url()]).env("RENTAL__STORE__DATABASE", self.log.name());
        start.arg(format!("--tokens=sqlite:{}", self.tokens.path().display()));
        start
    }

    fn done(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }
}

#[tokio::test]
async fn a_log_on_a_replica_set_outlives_the_process_and_is_verified() {
    let Some(place) = TestStores::fresh() else { return };
    assert!(place.done(&["migrate"]).status.success());
    for member in ["jenny", "tom"] {
        let server = Server::run(place.command(&["--listen", "127.0.0.1:0"]));
        register(&server, member).await;
        caught_up(&server).await;
        stop(server);
    }

    let report = document(&place.done(&["verify", "--output", "json"]));

    assert_eq!((&report["violations"], &report["notJudged"]), (&json!([]), &json!([])), "{report:#}");
}

/// Tokens and views too, in the same database.
#[tokio::test]
async fn views_on_a_replica_set_are_verified_and_built_again() {
    let Some(documents) = Documents::fresh() else { return };
    let all = |words: &[&str]| {
        let mut start = command(words);
        start.args(["--store", documents.url()]).env("RENTAL__STORE__DATABASE", documents.name());
        start
    };
    assert!(all(&["migrate"]).output().unwrap().status.success());
    let server = Server::run(all(&["--listen", "127.0.0.1:0"]));
    register(&server, "jenny").await;
    caught_up(&server).await;
    stop(server);

    let rebuilt = all(&["rebuild-views"]).output().unwrap();

    assert!(rebuilt.status.success(), "{rebuilt:?}");
    let server = Server::run(all(&["--listen", "127.0.0.1:0"]));
    caught_up(&server).await;
    stop(server);
    let report = document(&all(&["verify", "--output", "json"]).output().unwrap());
    assert_eq!((&report["violations"], &report["notJudged"]), (&json!([]), &json!([])), "{report:#}");
}

#[tokio::test]
async fn an_export_of_files_is_imported_into_a_database_byte_for_byte() {
    let Some(place) = TestStores::fresh() else { return };
    let from = used();
    let export = exported(from.path());
    let file = from.path().join("log.jsonl");
    std::fs::write(&file, &export).unwrap();

    let imported = place.done(&["events", "import", "--from", file.to_str().unwrap()]);

    assert!(imported.status.success(), "{imported:?}");
    let again = place.done(&["events", "export", "--to", "-"]);
    assert!(again.status.success() && again.stdout == export, "{again:?}");
    let twice = place.done(&["events", "import", "--from", file.to_str().unwrap()]);
    assert_eq!(twice.status.code(), Some(1), "{twice:?}");
}

#[test]
fn a_replica_set_is_not_copied_and_what_does_it_is_named() {
    let Some(place) = TestStores::fresh() else { return };
    let to = place.tokens.path().join("copy");
    let output = place.done(&["backup", "--to", to.to_str().unwrap()]);
    let said = said(&output);
    assert!(output.status.code() == Some(64) && said.contains("mongodump --oplog"), "{said}");
}

/// With everything the driver has to say about it.
#[test]
fn a_password_that_is_used_is_in_no_log() {
    let Some(place) = TestStores::fresh() else { return };
    let (_, rest) = place.log.url().split_once("://").unwrap();
    let separator = if rest.contains('?') { '&' } else { '?' };
    let url = format!("mongodb://keeper:{MARK}@{rest}{separator}appName={MARK}2&authSource=admin");
    MongoSettings::parse(&url).unwrap();
    for words in [&["migrate"][..], &["verify"], &["events", "tail"], &["serve", "--listen", "127.0.0.1:0"]] {
        let mut start = command(words);
        start
            .args(["--log-level", "trace", "--store", &url])
            .env("RENTAL__STORE__DATABASE", place.log.name());
        let output =
            start.arg(format!("--tokens=sqlite:{}", place.tokens.path().display())).output().unwrap();
        let said = said(&output);
        assert!(!said.contains(MARK), "{words:?} says:\n{said}");
        assert!(said.contains("does not let user `keeper` in"), "{words:?} says:\n{said}");
    }
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}
