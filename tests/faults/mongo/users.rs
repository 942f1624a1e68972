//! Servers that ask everybody who it is, and a server that is no member of a replica set.

use mongodb::bson::{Document, doc};
use serde_json::json;
use tests::own_infra::OwnInfra;
use tests::servers;

use super::guarded::{Guarded, PASSWORD, done};
use crate::asking::Desk;
use crate::server::{Server, command};

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
