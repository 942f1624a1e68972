//! The log, the tokens, or both in a schema of a database.

use std::process::{Output, Stdio};
use std::str::FromStr;

use adapters::postgres::PostgresEventStore;
use application::ports::EventStore;
use application::ports::event_store::LogId;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use tempfile::TempDir;
use tests::stores::Schema;
use uuid::Uuid;

use crate::command::{document, ended};
use crate::server::{Server, command};
use crate::stores::{caught_up, exported, register, stop, used};

/// Where the stores of a test are.
struct TestStores {
    log: Schema,
    tokens: Tokens,
}

/// Where its tokens are.
enum Tokens {
    WithTheLog,
    Elsewhere(Schema),
    InFiles(TempDir),
}

impl TestStores {
    fn fresh() -> Option<Self> {
        Some(Self { log: Schema::fresh()?, tokens: Tokens::WithTheLog })
    }

    fn command(&self, words: &[&str]) -> std::process::Command {
        let mut start = command(words);
        start.args(["--store", self.log.url()]).env("RENTAL__STORE__SCHEMA", self.log.name());
        match &self.tokens {
            Tokens::WithTheLog => {}
            Tokens::Elsewhere(schema) => {
                start.args(["--tokens", schema.url()]).env("RENTAL__TOKENS__SCHEMA", schema.name());
            }
            Tokens::InFiles(folder) => {
                start.arg(format!("--tokens=sqlite:{}", folder.path().display()));
            }
        }
        start
    }

    fn serve(&self) -> Server {
        Server::run(self.command(&["--listen", "127.0.0.1:0", "--allow-given-dates"]))
    }

    fn done(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }
}

/// Tokens may be in another schema, which could be in another database, or in files of one node.
#[tokio::test]
async fn a_log_in_a_schema_may_have_its_tokens_elsewhere() {
    let (Some(one), Some(two), Some(other)) = (TestStores::fresh(), TestStores::fresh(), Schema::fresh())
    else {
        return;
    };
    let files = Tokens::InFiles(tempfile::tempdir().unwrap());
    for place in [TestStores { tokens: Tokens::Elsewhere(other), ..one }, TestStores { tokens: files, ..two }]
    {
        let server = place.serve();
        rent(&server).await;
        stop(server);
        // A second life goes on with the tokens of the first.
        let server = place.serve();
        caught_up(&server).await;
        let report = document(&place.done(&["verify", "--output", "json"]));
        assert_eq!((&report["violations"], &report["notJudged"]), (&json!([]), &json!([])), "{report:#}");
        stop(server);
    }
}

#[tokio::test]
async fn an_export_of_files_is_imported_into_a_schema_byte_for_byte() {
    let Some(place) = TestStores::fresh() else { return };
    let from = used();
    let export = exported(from.path());
    let file = from.path().join("log.jsonl");
    std::fs::write(&file, &export).unwrap();
    let import = ["events", "import", "--from", file.to_str().unwrap()];

    let output = place.done(&import);

    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    assert!(place.done(&["events", "export", "--to", "-"]).stdout == export, "the log has changed");
    let server = place.serve();
    caught_up(&server).await;
    let report = document(&place.done(&["verify", "--output", "json"]));
    assert_eq!((&report["violations"], &report["notJudged"]), (&json!([]), &json!([])), "{report:#}");
    stop(server);
    let (code, told) = ended(&place.done(&import));
    assert!(code == Some(1) && told.contains("a log is read into an empty place only"), "{told}");
}

#[tokio::test]
async fn an_import_that_is_refused_leaves_the_schema_as_it_was() {
    let Some(place) = TestStores::fresh() else { return };
    let from = used();
    let export = String::from_utf8(exported(from.path())).unwrap();
    let file = from.path().join("log.jsonl");
    let cut = &export[..export.len() - 40];
    std::fs::write(&file, cut).unwrap();

    let (code, told) = ended(&place.done(&["events", "import", "--from", file.to_str().unwrap()]));

    assert!(code == Some(1) && told.contains("nothing was imported"), "{told}");
    let server = place.serve();
    let answer = register(&server, "jenny").await;
    assert_eq!(answer.json::<Value>().await.unwrap()["position"], 1);
}

/// T111: a library may have the name that imports once used.
#[tokio::test]
async fn an_import_leaves_a_library_alone_whatever_it_is_called() {
    let Some(place) = TestStores::fresh() else { return };
    let other = TestStores { log: place.log.with_ending("_import"), tokens: Tokens::WithTheLog };
    let server = other.serve();
    register(&server, "jenny").await;
    stop(server);
    let before = other.done(&["events", "export", "--to", "-"]).stdout;
    assert!(!before.is_empty());

    let (code, told) = ended(&imported_into(&place));

    assert_eq!(code, Some(0), "{told}");
    assert!(other.done(&["events", "export", "--to", "-"]).stdout == before, "the other log has changed");
}

/// T111: what an import makes has a mark, and only what has it is removed: by the import, or by the next one after a
/// kill.
#[tokio::test]
async fn an_import_removes_only_a_schema_that_an_import_has_made() {
    let Some(place) = TestStores::fresh() else { return };
    assert_eq!(ended(&place.done(&["migrate"])).0, Some(0));
    let settings = place.log.settings();
    let store = PostgresEventStore::open(&settings, LogId::new(Uuid::nil())).await.unwrap();
    let beside = format!("import-of-{}", store.head().await.unwrap().log.uuid().simple());
    store.close().await;
    let mut connection = PgConnectOptions::from_str(place.log.url()).unwrap().connect().await.unwrap();
    let mut run = async |sql: &str| {
        let sql = AssertSqlSafe(sql.replace("BESIDE", &beside));
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap()
    };
    run("create schema \"BESIDE\"; create table \"BESIDE\".event (mine text)").await;

    let (code, told) = ended(&imported_into(&place));

    assert!(code == Some(69) && told.contains("was not made by an import; give it another name"), "{told}");
    run("comment on schema \"BESIDE\" is 'made by an import of a log, and may be dropped when none runs'")
        .await;
    let (code, told) = ended(&imported_into(&place));
    assert_eq!(code, Some(0), "{told}");
    run("create schema \"BESIDE\"; drop schema \"BESIDE\"").await;
}

fn imported_into(place: &TestStores) -> Output {
    let from = used();
    let file = from.path().join("log.jsonl");
    std::fs::write(&file, exported(from.path())).unwrap();
    place.done(&["events", "import", "--from", file.to_str().unwrap()])
}

#[test]
fn looking_makes_no_tables() {
    let Some(place) = TestStores::fresh() else { return };
    for _ in 0..2 {
        let (code, told) = ended(&place.done(&["events", "tail"]));
        assert!(code == Some(69) && told.contains("does not have the event log"), "{told}");
    }
    let (code, _) = ended(&place.done(&["migrate"]));
    assert_eq!(code, Some(0));
    assert_eq!(ended(&place.done(&["events", "tail"])).0, Some(0));
}

/// T91: many at once, and again.
#[test]
fn tables_are_made_by_as_many_as_like() {
    let Some(place) = TestStores::fresh() else { return };
    let started: Vec<_> =
        (0..4).map(|_| place.command(&["migrate"]).stdout(Stdio::null()).spawn().unwrap()).collect();
    for mut child in started {
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_server_that_is_not_there_is_told_without_its_password() {
    let url = "postgres://keeper:swordfish@127.0.0.1:9/library";
    let output = command(&["--store", url, "--listen", "127.0.0.1:0"]).output().unwrap();
    let (code, told) = ended(&output);
    assert!(code == Some(69) && told.contains("the database 127.0.0.1:9/library does not answer"), "{told}");
    assert!(!told.contains("swordfish"), "{told}");
}

async fn rent(server: &Server) {
    assert_eq!(register(server, "jenny").await.status(), StatusCode::CREATED);
    let client = Client::new();
    let post = async |path: &str, body: Value| {
        let answer =
            client.post(server.url(path)).header("prefer", "wait=10").json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
    };
    post("/v1/rental-cards", json!({"memberId": "jenny"})).await;
    post("/v1/books", json!({"no": 1, "title": "Walden", "available": true})).await;
    post("/v1/rental-cards/jenny/rent", json!({"bookNo": 1})).await;
    caught_up(server).await;
}
