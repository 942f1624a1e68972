//! A replica set that asks everybody who it is.

use std::process::Output;

use mongodb::Client;
use mongodb::bson::{Document, doc};
use tests::own_infra::OwnInfra;
use tests::servers;

use crate::server::command;

/// What `docs/OPERATIONS.md` has an administrator run; its database is `rental`.
const ROLE: &str = include_str!("../../../adapters/src/mongo/role.json");
pub(super) const PASSWORD: &str = "swordfish";

/// A replica set that lets in who says who it is.
pub(super) struct Guarded {
    _server: OwnInfra,
    /// Without a user.
    pub(super) url: String,
}

impl Guarded {
    /// With users for what is done once, for what is done always, for looking, and for nothing. None where tests do
    /// without a server.
    pub(super) async fn started() -> Option<Self> {
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

    /// Where a user finds a database.
    pub(super) fn url(&self, user: &str, database: &str) -> String {
        let url = self.url.replace("://", &format!("://{user}:{PASSWORD}@"));
        url.replace("/?", &format!("/{database}?"))
    }

    /// Somebody beside the program.
    pub(super) async fn client(&self, user: &str, database: &str) -> Client {
        Client::with_uri_str(self.url(user, database)).await.unwrap()
    }

    /// What the program says, with its exit code, when it is run as this user.
    pub(super) fn done(&self, user: &str, words: &[&str]) -> (Option<i32>, String) {
        done(&self.url(user, "rental"), words)
    }
}

/// What the program says, with its exit code, when its store is there; no password is in it.
pub(super) fn done(url: &str, words: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command(words).args(["--store", url]).output().unwrap();
    let said = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(!said.contains(PASSWORD), "{words:?}: {said}");
    (status.code(), said)
}
