//! A database of a MongoDB server that goes away with its test.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set its scene has failed")]

use std::sync::Arc;

use adapters::mongo::{MongoEventStore, MongoOpenError, MongoSettings, MongoTokenStore};
use adapters::system_clock::SystemIds;
use application::ports::event_store::LogId;
use application::ports::{Clock, Ids};
use async_trait::async_trait;
use futures::TryStreamExt;
use mongodb::bson::doc;
use mongodb::{Client, Database};

use super::{Opened, StoreKind};
use crate::servers;

/// A database. What a killed process has left is in it for the next one; a copy is not needed.
#[derive(Clone)]
pub struct Mongo(Arc<Documents>);

/// A database of its own, dropped with the last of those who use it. Its name is also the one by which its connections
/// go, so that faults can be made for them alone.
pub struct Documents {
    url: String,
    name: String,
}

#[async_trait]
impl StoreKind for Mongo {
    async fn fresh() -> Option<Self> {
        Documents::fresh().map(Arc::new).map(Self)
    }

    /// The server has a clock of its own.
    async fn open(&self, _clock: Arc<dyn Clock>) -> Opened {
        let (log, views) = (self.0.open_log().await, self.0.open_tokens().await);
        Opened { log: Arc::new(log.expect("a log")), views: Arc::new(views.expect("a token store")) }
    }

    async fn killed(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Documents {
    /// A new one, which does not exist yet; none when there is no server, which is said in a line.
    #[must_use]
    pub fn fresh() -> Option<Self> {
        Some(Self::on(&servers::mongo()?))
    }

    /// A new one on this server.
    #[must_use]
    pub fn on(url: &str) -> Self {
        Self { url: url.to_owned(), name: format!("t_{}", SystemIds.next().simple()) }
    }

    /// The server.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is opened: with few connections, since many tests share the server.
    ///
    /// # Panics
    /// When the server's URL is none.
    #[must_use]
    pub fn settings(&self) -> MongoSettings {
        self.settings_by(&self.url)
    }

    /// The same by another way to the server, or as another user.
    ///
    /// # Panics
    /// When the URL is none.
    #[must_use]
    pub fn settings_by(&self, url: &str) -> MongoSettings {
        let url = with_parameter(url, "appName", &self.name);
        let settings = MongoSettings::parse(&url).expect("a URL").in_database(&self.name);
        let mut settings = settings.expect("a name");
        settings.connections = 4;
        settings
    }

    /// The log in it.
    ///
    /// # Errors
    /// [`MongoOpenError`].
    pub async fn open_log(&self) -> Result<MongoEventStore, MongoOpenError> {
        MongoEventStore::open(&self.settings(), LogId::new(SystemIds.next())).await
    }

    /// The token store in it.
    ///
    /// # Errors
    /// [`MongoOpenError`].
    pub async fn open_tokens(&self) -> Result<MongoTokenStore, MongoOpenError> {
        MongoTokenStore::open(&self.settings()).await
    }

    /// The database as somebody else sees it, who may do everything.
    ///
    /// # Panics
    /// When the server's URL is none.
    pub async fn database(&self) -> Database {
        Client::with_uri_str(&self.url).await.expect("a client").database(&self.name)
    }
}

impl Drop for Documents {
    /// With a runtime of its own, since a value cannot wait when it goes away.
    fn drop(&mut self) {
        let (url, name) = (self.url.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(drop_database(&url, &name));
        });
        let dropped = dropping.join();
        assert!(dropped.is_ok() || std::thread::panicking(), "the database was not dropped");
    }
}

/// How often it is tried to drop a database whose transactions are ended before.
const DROPS_MAX: usize = 20;

/// Whoever was cut off in the middle of a transaction has left it open, and the server would wait a minute for its end.
async fn drop_database(url: &str, name: &str) {
    let client = Client::with_uri_str(url).await.expect("a client");
    let drop = doc! { "dropDatabase": 1, "maxTimeMS": 1_000 };
    for _ in 0..DROPS_MAX {
        end_transactions(&client.database("admin"), name).await;
        if client.database(name).run_command(drop.clone()).await.is_ok() {
            return;
        }
    }
    panic!("the database {name} cannot be dropped");
}

/// Of clients that go by this name.
async fn end_transactions(admin: &Database, name: &str) {
    let open = [
        doc! { "$currentOp": { "idleSessions": true, "allUsers": true } },
        doc! { "$match": { "appName": name, "lsid.id": { "$exists": true } } },
        doc! { "$project": { "id": "$lsid.id" } },
    ];
    let open = admin.aggregate(open).await.expect("an answer").try_collect::<Vec<_>>().await;
    let open = open.expect("an answer");
    if !open.is_empty() {
        admin.run_command(doc! { "killSessions": open }).await.expect("sessions that can be ended");
    }
}

/// A URL with one more parameter.
fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{name}={value}")
}
