//! Four services on stores of three kinds, whose handlers share partitions by consumer groups: their logs are checked
//! together, wherever they are.

use std::process::{Command, Output};
use std::str::FromStr;

use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use tests::servers;
use tests::stores::{Documents, Schema};
use tests::topics::TestTopics;

use crate::command::document;
use crate::server::{Server, command};
use crate::services::{SERVICES, lived_in, sound};
use crate::stores::stop;

/// Where members are, where books are, and where the others are.
struct Mixed {
    members: Schema,
    books: Documents,
    folder: TempDir,
    topics: TestTopics,
    publisher: String,
}

impl Mixed {
    fn fresh() -> Option<Self> {
        let brokers = servers::kafka()?;
        Some(Self {
            members: Schema::fresh()?,
            books: Documents::fresh()?,
            folder: tempfile::tempdir().unwrap(),
            topics: TestTopics::on(&brokers),
            publisher: format!("kafka://{brokers}"),
        })
    }

    /// The words that name the log of a service.
    fn place(&self, service: &str) -> [String; 2] {
        match service {
            "member" => ["--store".to_owned(), self.members.url().to_owned()],
            "book" => ["--store".to_owned(), self.books.url().to_owned()],
            other => ["--data".to_owned(), self.folder.path().join(other).to_str().unwrap().to_owned()],
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut start = command(words);
        start.args(["--publisher", &self.publisher]).env("RENTAL__PUBLISHER__CONSUME", "subscribing");
        start.env("RENTAL__PUBLISHER__PREFIX", self.topics.settings().prefix);
        for side in ["STORE", "TOKENS"] {
            start.env(format!("RENTAL__{side}__SCHEMA"), self.members.name());
            start.env(format!("RENTAL__{side}__DATABASE"), self.books.name());
        }
        start
    }

    fn start(&self) -> [Server; 4] {
        let made = self.command(&["topics", "create"]).output().unwrap();
        assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
        SERVICES.map(|service| {
            let words = ["--services", service, "--listen", "127.0.0.1:0", "--allow-given-dates"];
            let mut start = self.command(&words);
            start.args(self.place(service));
            Server::run(start)
        })
    }

    fn verify(&self) -> Output {
        let mut start = self.command(&["verify", "--output", "json"]);
        start.args(SERVICES.iter().flat_map(|service| self.place(service))).output().unwrap()
    }

    /// Takes an event away that is not the last one.
    async fn forget_points(&self) {
        let options = PgConnectOptions::from_str(self.members.url()).unwrap();
        let mut connection = options.options([("search_path", self.members.name())]).connect().await.unwrap();
        let done = sqlx::raw_sql(
            "delete from event where position = (select max(position) from event where type = 'member.points-saved' \
             and position < (select max(position) from event))",
        );
        assert_eq!(done.execute(&mut connection).await.unwrap().rows_affected(), 1);
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn logs_of_three_kinds_are_checked_together_beside_services_that_subscribe_and_after_them() {
    let Some(mixed) = Mixed::fresh() else { return };
    let servers = mixed.start();
    lived_in(&servers);
    sound(&mixed.verify());
    servers.into_iter().for_each(stop);

    let report = sound(&mixed.verify());
    assert_eq!((&report["notJudged"], &report["inFlight"]), (&json!([]), &json!([])), "{report:#}");
    assert!(report["published"]["messages"].as_u64().unwrap() > 100, "{report:#}");
    let checked = report["checked"].as_str().unwrap();
    for kind in ["postgres://", "mongodb://", "sqlite:", "kafka://"] {
        assert!(checked.contains(kind), "{kind} is not among {checked}");
    }

    mixed.forget_points().await;
    let output = mixed.verify();
    let report = document(&output);
    assert_eq!(output.status.code(), Some(1), "{report:#}");
    let found: &Value = &report["violations"];
    for said in
        ["member: position", "keep-points passed 1 events without effect", "name member as their source"]
    {
        assert!(found.to_string().contains(said), "`{said}` is not said: {report:#}");
    }
}
