//! A log that is filled in a schema beside its own, and comes to its place in one step.

use std::sync::Arc;

use application::ports::event_store::LogId;
use sqlx::PgConnection;

use super::event_store::PostgresEventStore;
use super::opening::{MIGRATION_LIMIT, OpenError, Refusals};
use super::settings::PostgresSettings;

/// What the name of the schema begins with where a log is filled; the id of that log follows. A library cannot be
/// called so: the name of its schema has no hyphen.
const PREFIX: &str = "import-of-";

/// An empty log beside the one of the settings' schema, which is empty too. Whoever stops before it is complete leaves
/// that one as it was; what a killed process has left is swept away by the next.
pub struct PostgresFilling {
    settings: PostgresSettings,
    store: Arc<PostgresEventStore>,
    /// Holds the right to fill, as long as it lasts.
    holding: PgConnection,
}

impl PostgresFilling {
    /// Makes the log beside; it has this id, which is the one of the log that is there.
    ///
    /// # Errors
    /// [`OpenError::Filled`] while somebody else does the same; any other [`OpenError`], also when there is a schema of
    /// the name that no import has made. What was found stays as it is.
    pub async fn begin(settings: &PostgresSettings, id: LogId) -> Result<Self, OpenError> {
        let failed = |error: sqlx::Error| settings.failed("making a log beside", error);
        let beside = settings.clone().in_own_schema(format!("{PREFIX}{}", id.uuid().simple()));
        let mut holding = settings.sessions_to_migrate(MIGRATION_LIMIT).connect().await?;
        let hold = sqlx::query_scalar(include_str!("sql/filling/hold.sql")).fetch_one(&mut holding);
        if !hold.await.map_err(failed)? {
            return Err(OpenError::Filled { place: settings.place(), schema: settings.schema().to_owned() });
        }
        let name = sqlx::query(include_str!("sql/filling/name_beside.sql")).bind(beside.schema());
        name.execute(&mut holding).await.map_err(failed)?;
        run(&mut holding, include_str!("sql/filling/make_beside.sql")).await.map_err(failed)?;
        let store = Arc::new(PostgresEventStore::open(&beside, id).await?);
        Ok(Self { settings: settings.clone(), store, holding })
    }

    /// Where events are appended.
    #[must_use]
    pub const fn store(&self) -> &Arc<PostgresEventStore> {
        &self.store
    }

    /// Brings the events to their place, all of them or none, and leaves nothing beside.
    ///
    /// # Errors
    /// [`OpenError::Failed`], also when somebody has appended there meanwhile.
    pub async fn complete(mut self) -> Result<(), OpenError> {
        self.store.close().await;
        let taken = run(&mut self.holding, include_str!("sql/filling/take_over.sql")).await;
        let taken = taken.map_err(|error| self.settings.failed("bringing the log to its place", error));
        if taken.is_err() {
            self.sweep().await;
        }
        taken
    }

    /// Leaves nothing of it.
    pub async fn abandon(mut self) {
        self.store.close().await;
        self.sweep().await;
    }

    async fn sweep(&mut self) {
        if let Err(error) = run(&mut self.holding, include_str!("sql/filling/drop_beside.sql")).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "a log that was filled beside was not removed; the next one removes it");
        }
    }
}

async fn run(connection: &mut PgConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
}
