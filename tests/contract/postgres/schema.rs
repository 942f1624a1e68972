//! A schema that goes away with its test, and connections beside the store's own.

use std::str::FromStr;
use std::time::Duration;

use adapters::postgres::{OpenError, PostgresEventStore, PostgresSettings, PostgresTokenStore};
use adapters::system_clock::SystemIds;
use application::ports::Ids;
use application::ports::event_store::LogId;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};

/// The most that a condition is waited for.
const LIMIT: Duration = Duration::from_secs(30);

/// A schema of its own on the server.
pub(super) struct Schema {
    url: String,
    own: tests::stores::Schema,
}

impl Schema {
    /// A new one, which does not exist yet; none when there is no server.
    pub(super) fn fresh() -> Option<Self> {
        let own = tests::stores::Schema::fresh()?;
        let url = with_parameter(own.url(), "application_name", own.name());
        Some(Self { url, own })
    }

    pub(super) fn name(&self) -> &str {
        self.own.name()
    }

    /// The server's URL, by which connections are known as this test's.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Few connections, since many tests share the server.
    pub(super) fn settings(&self) -> PostgresSettings {
        self.settings_by(&self.url)
    }

    /// The same by another way to the server, or another user.
    pub(super) fn settings_by(&self, url: &str) -> PostgresSettings {
        let mut settings = PostgresSettings::parse(url).unwrap().in_schema(self.own.name()).unwrap();
        settings.connections = 4;
        settings
    }

    /// The log in it.
    pub(super) async fn open_log(&self) -> Result<PostgresEventStore, OpenError> {
        PostgresEventStore::open(&self.settings(), LogId::new(SystemIds.next())).await
    }

    /// The token store in it.
    pub(super) async fn open_tokens(&self) -> Result<PostgresTokenStore, OpenError> {
        PostgresTokenStore::open(&self.settings()).await
    }

    /// A connection of somebody else, who works in the schema.
    pub(super) async fn connect(&self) -> PgConnection {
        connect(&self.url, self.own.name()).await
    }

    /// A connection that is known by another name than this test's.
    pub(super) async fn connect_as(&self, name: &str) -> PgConnection {
        self.connect_by(&with_parameter(&self.url, "application_name", name)).await
    }

    /// A connection by another way, or of another user.
    pub(super) async fn connect_by(&self, url: &str) -> PgConnection {
        connect(url, self.own.name()).await
    }

    /// The URL of the role that is named as the schema.
    pub(super) fn url_of_role(&self) -> String {
        with_parameter(&with_parameter(&self.url, "user", self.own.name()), "password", "secret")
    }

    /// Ends every connection of this test but the one that says so, as an administrator or a crash would; answers how
    /// many.
    pub(super) async fn terminate_all(&self) -> i64 {
        let mut connection = self.connect().await;
        sqlx::query_scalar(include_str!("terminate.sql"))
            .bind(self.own.name())
            .fetch_one(&mut connection)
            .await
            .unwrap()
    }
}

/// A URL with one more parameter.
pub(super) fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{name}={value}")
}

pub(super) async fn run(connection: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

/// Waits until `holds` answers true, but not for ever.
pub(super) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let waited = tokio::time::timeout(LIMIT, async {
        while !holds().await {
            ticks.tick().await;
        }
    });
    assert!(waited.await.is_ok(), "{what} within {LIMIT:?}");
}

async fn connect(url: &str, schema: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(url).unwrap().options([("search_path", schema)]);
    options.disable_statement_logging().connect().await.unwrap()
}
