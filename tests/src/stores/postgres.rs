//! Stores in a schema of a Postgres database that goes away with them.
#![expect(clippy::expect_used, reason = "a test that cannot set its scene has failed")]

use std::str::FromStr;
use std::sync::Arc;

use adapters::postgres::{PostgresEventStore, PostgresSettings, PostgresTokenStore};
use adapters::system_clock::SystemIds;
use application::ports::event_store::LogId;
use application::ports::{Clock, Ids};
use async_trait::async_trait;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::{Opened, StoreKind};
use crate::servers;

/// A schema. What a killed process has left is in it for the next one; a copy is not needed.
#[derive(Clone)]
pub struct Postgres(Arc<Schema>);

/// A schema of its own, dropped with the last of those who use it.
pub struct Schema {
    url: String,
    name: String,
}

#[async_trait]
impl StoreKind for Postgres {
    async fn fresh() -> Option<Self> {
        Schema::fresh().map(Arc::new).map(Self)
    }

    /// The database has a clock of its own.
    async fn open(&self, _clock: Arc<dyn Clock>) -> Opened {
        let settings = self.0.settings();
        let log = PostgresEventStore::open(&settings, LogId::new(SystemIds.next())).await;
        let views = PostgresTokenStore::open(&settings).await;
        Opened { log: Arc::new(log.expect("a log")), views: Arc::new(views.expect("a token store")) }
    }

    async fn killed(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Schema {
    /// A new one, which does not exist yet; none when there is no server, which is said in a line.
    #[must_use]
    pub fn fresh() -> Option<Self> {
        Some(Self::on(&servers::postgres()?))
    }

    /// A new one on this server.
    #[must_use]
    pub fn on(url: &str) -> Self {
        Self { url: url.to_owned(), name: format!("t_{}", SystemIds.next().simple()) }
    }

    /// Another one on the same server, whose name begins like this one's.
    #[must_use]
    pub fn with_ending(&self, ending: &str) -> Self {
        Self { url: self.url.clone(), name: format!("{}{ending}", self.name) }
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
    pub fn settings(&self) -> PostgresSettings {
        let settings = PostgresSettings::parse(&self.url).expect("a URL");
        let mut settings = settings.in_schema(&self.name).expect("a name");
        settings.connections = 4;
        settings
    }
}

impl Drop for Schema {
    /// With a runtime of its own, since a value cannot wait when it goes away.
    fn drop(&mut self) {
        let (url, name) = (self.url.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(drop_schema(&url, &name));
        });
        let dropped = dropping.join();
        assert!(dropped.is_ok() || std::thread::panicking(), "the schema was not dropped");
    }
}

async fn drop_schema(url: &str, name: &str) {
    let options = PgConnectOptions::from_str(url).expect("a URL").options([("search_path", name)]);
    let connection = options.disable_statement_logging().connect().await;
    let dropped = sqlx::raw_sql(include_str!("drop_schema.sql"));
    dropped.execute(&mut connection.expect("a connection")).await.expect("a schema that can be dropped");
}
