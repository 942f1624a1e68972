//! A database of a MongoDB server that goes away with its test.
#![expect(clippy::expect_used, reason = "a test that cannot set its scene has failed")]

use adapters::mongo::{MongoEventStore, MongoOpenError, MongoSettings};
use adapters::system_clock::SystemIds;
use application::ports::Ids;
use application::ports::event_store::LogId;
use mongodb::{Client, Database};

use crate::servers;

/// A database of its own, dropped with the last of those who use it. Its name is also the one by which its connections
/// go, so that faults can be made for them alone.
pub struct Documents {
    url: String,
    name: String,
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
            runtime.expect("a runtime").block_on(async {
                let client = Client::with_uri_str(&url).await.expect("a client");
                client.database(&name).drop().await.expect("a database that can be dropped");
            });
        });
        let dropped = dropping.join();
        assert!(dropped.is_ok() || std::thread::panicking(), "the database was not dropped");
    }
}

/// A URL with one more parameter.
fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{name}={value}")
}
