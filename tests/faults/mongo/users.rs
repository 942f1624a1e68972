//! Servers that ask everybody who it is, and a server that is no member of a replica set.

use std::process::Output;

use mongodb::Client;
use mongodb::bson::{Document, doc};
use serde_json::json;
use tests::own_infra::OwnInfra;
use tests::servers;

use crate::asking::Desk;
use crate::server::{Server, command};

/// What `docs/OPERATIONS.md` has an administrator run; its database is `rental`.
const ROLE: &str = include_str!("../../../adapters/src/mongo/role.json");
const PASSWORD: &str = "swordfish";

/// A replica set that lets in who says who it is.
struct Guarded {
    _server: OwnInfra,
    url: String,
}

impl Guarded {
    /// With users for what is done once, for what is done always, for looking, and for nothing. None where tests do
    /// without a server.
    async fn started() -> Option<Self> {
        servers::mongo()?;
        let (server, url) = OwnInfra::started_with("mongo", "MONGO_URL", &[("INFRA_MONGO_AUTH", "1")]);
        let first = Client::with_uri_str(&url).await.unwrap().database("admin");
        first.run_command(doc! { "createUser": "root", "pwd": PASSWORD, "roles": ["root"] }).await.unwrap();
        let guarded = Self { _server: server, url };
        let administrator = guarded.client("root", "admin").await.database("rental");
        let role: serde_json::Value = serde_json::from_str(ROLE).unwrap();
        let role: Document = mongodb::bson::serialize_to_document(&role).unwrap();
        administrator.run_command(role).await.unwrap();
        for (user, roles) in [
            ("keeper", &["readWrite", "dbAdmin"][..]),
            ("rental", &["rental_app"]),
            ("reader", &["read"]),
            ("stranger", &[]),
        ] {
            let user = doc! { "createUser": user, "pwd": PASSWORD, "roles": roles };
            administrator.run_command(user).await.unwrap();
        }
        Some(guarded)
    }

    fn url(&self, user: &str, database: &str) -> String {
        let url = self.url.replace("://", &format!("://{user}:{PASSWORD}@"));
        url.replace("/?", &format!("/{database}?"))
    }

    async fn client(&self, user: &str, database: &str) -> Client {
        Client::with_uri_str(self.url(user, database)).await.unwrap()
    }

    /// What the program says, with its exit code, when it is run as this user.
    fn done(&self, user: &str, words: &[&str]) -> (Option<i32>, String) {
        done(&self.url(user, "rental"), words)
    }
}

fn done(url: &str, words: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command(words).args(["--store", url]).output().unwrap();
    let said = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(!said.contains(PASSWORD), "{words:?}: {said}");
    (status.code(), said)
}

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// With the role that is written down, for the log, tokens and views: and what it is not enough for says who does it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_least_rights_are_enough_for_all_but_what_is_done_once() {
    let Some(guarded) = Guarded::started().await else { return };
    for words in [&SERVE[..], &["migrate"]] {
        let (code, said) = guarded.done("rental", words);
        let remedy = "run `rental migrate` once as a user with the roles `readWrite` and `dbAdmin`";
        assert!(code == Some(69) && said.contains(remedy), "{words:?}: {said}");
    }
    let (code, said) = guarded.done("keeper", &["migrate"]);
    assert_eq!(code, Some(0), "{said}");

    let mut serve = command(&SERVE);
    let server = Server::run({
        serve.args(["--store", &guarded.url("rental", "rental")]);
        serve
    });
    let desk = Desk::at(&server.address);
    let post = async |path: &str, body: serde_json::Value| {
        let answer = desk.post(path, path, &body).await.unwrap();
        assert!(answer.status < 300, "{path}: {}", answer.text);
    };
    post("/v1/members", json!({"id": "jenny", "name": "Jenny"})).await;
    post("/v1/rental-cards", json!({"memberId": "jenny"})).await;
    post("/v1/books", json!({"no": 1, "title": "Walden", "available": true})).await;
    post("/v1/rental-cards/jenny/rent", json!({"bookNo": 1})).await;
    desk.until("/v1/rental-cards/jenny", |card| card.json()["held"][0]["state"] == "RENTED").await;
    desk.settled().await;
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));

    for (user, words) in [
        ("rental", &["verify"][..]),
        ("reader", &["verify"]),
        ("reader", &["events", "tail"]),
        ("rental", &["rebuild-views"]),
    ] {
        let (code, said) = guarded.done(user, words);
        assert_eq!(code, Some(0), "{user} {words:?}: {said}");
    }
    let (code, said) = guarded.done("rental", &["backup", "--to", "copy"]);
    assert!(code == Some(64) && said.contains("mongodump --oplog"), "{said}");
    let database = guarded.client("rental", "rental").await.database("rental");
    let commits = database.collection::<Document>("commit");
    assert!(commits.update_many(doc! {}, doc! { "$set": { "e": 1 } }).await.is_err());
    assert!(commits.delete_many(doc! {}).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_enough_or_says_nothing_is_told_what_is_missing() {
    let Some(guarded) = Guarded::started().await else { return };
    let (code, said) = guarded.done("keeper", &["migrate"]);
    assert_eq!(code, Some(0), "{said}");
    for (user, told) in [("stranger", "role.json"), ("reader", "may not `insert` in collection `commit`")] {
        let (code, said) = guarded.done(user, &SERVE);
        assert!(code == Some(69) && said.contains(&format!("user `{user}` may not")), "{said}");
        assert!(said.contains(told), "{said}");
    }
    let wrong = guarded.url("rental", "rental").replace(PASSWORD, "wrong");
    let nobody = guarded.url.clone();
    for (url, told) in
        [(wrong, "does not let user `rental` in"), (nobody, "put user and password into its URL")]
    {
        let (code, said) = done(&url, &SERVE);
        assert!(code == Some(69) && said.contains(told), "{said}");
    }
}

/// Its default may be weaker; what is asked of it may not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_alone_is_refused_and_so_is_a_weaker_acknowledgement() {
    let Some(url) = servers::mongo() else { return };
    for weaker in ["w=1", "w=0", "journal=false", "readConcernLevel=local", "readPreference=secondary"] {
        let (code, said) = done(&format!("{url}&{weaker}"), &SERVE);
        let (name, _) = weaker.split_once('=').unwrap();
        assert!(
            code == Some(64) && said.contains(&format!("`{name}` in the URL of the database may only be")),
            "{said}"
        );
    }
    let (_server, url) = OwnInfra::started_with("mongo", "MONGO_URL", &[("INFRA_MONGO_MEMBERS", "0")]);
    for words in [&SERVE[..], &["migrate"], &["verify"]] {
        let (code, said) = done(&url, words);
        assert!(
            code == Some(69) && said.contains("is a server alone, and transactions need a replica set"),
            "{said}"
        );
    }
}
