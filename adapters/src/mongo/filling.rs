//! A log that is filled in a collection beside its own, and comes to its place in one step.

use std::sync::Arc;

use application::ports::event_store::LogId;
use mongodb::bson::doc;
use mongodb::error::Error;
use uuid::Uuid;

use super::connection::contradiction;
use super::event_store::{LOG, LogPlace, MongoEventStore, commits};
use super::opening::{self, MongoOpenError, Refusals, drop_collection, make_collection};
use super::settings::MongoSettings;

/// What the names of collections begin with where logs are filled.
const PREFIX: &str = "import_";
/// An import that has appended nothing for as long, in milliseconds, was killed.
const QUIET_MS: i64 = 60_000;

/// An empty log beside the one of the settings' database, which is empty too. Whoever stops before it is complete
/// leaves that one as it was; what a killed process has left is swept away by the next.
pub struct MongoFilling {
    settings: MongoSettings,
    store: Arc<MongoEventStore>,
    log: LogPlace,
}

impl MongoFilling {
    /// Makes the log beside under a name that was never used; it has the id of the log that is there.
    ///
    /// # Errors
    /// [`MongoOpenError::Filled`] while somebody else does the same; any other [`MongoOpenError`]. What was found stays
    /// as it is.
    pub async fn begin(settings: &MongoSettings, id: LogId, name: Uuid) -> Result<Self, MongoOpenError> {
        let failed = |error: Error| settings.failed("making a log beside", &error);
        let connection = opening::open(settings, &LOG).await?;
        let log = LogPlace::beside(connection.clone(), format!("{PREFIX}{}", name.simple()));
        if is_being_filled(&log).await.map_err(failed)? {
            return Err(MongoOpenError::Filled { place: settings.place() });
        }
        sweep(&log).await.map_err(failed)?;
        make_collection(&connection, commits(log.commits_name())).await.map_err(failed)?;
        log.name(id).await.map_err(failed)?;
        let begun = vec![doc! { "$set": { "at": "$$NOW" } }];
        log.logs().update_one(log.end(), begun).await.map_err(failed)?;
        let store = MongoEventStore::on(log.clone()).await;
        let store = store.map_err(|failure| settings.failed_at_first("reading the log beside", failure))?;
        Ok(Self { settings: settings.clone(), store: Arc::new(store), log })
    }

    /// Where events are appended.
    #[must_use]
    pub const fn store(&self) -> &Arc<MongoEventStore> {
        &self.store
    }

    /// Brings the events to their place, all of them or none, and leaves nothing beside.
    ///
    /// # Errors
    /// [`MongoOpenError::Failed`], also when somebody has appended there meanwhile.
    pub async fn complete(self) -> Result<(), MongoOpenError> {
        let doing = "bringing the log to its place";
        let taken = self.log.take_over().await.map_err(|error| self.settings.failed(doing, &error));
        let taken = taken.and_then(|is_taken| match is_taken {
            true => Ok(()),
            false => {
                let why = contradiction("events were appended there meanwhile, or its end is gone");
                Err(self.settings.failed_at_first(doing, why))
            }
        });
        self.abandon().await;
        taken
    }

    /// Leaves nothing of it beside.
    pub async fn abandon(self) {
        if let Err(error) = sweep(&self.log).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "a log that was filled beside was not removed; the next import removes it");
        }
        self.store.close().await;
    }
}

/// Whether another import has appended a short while ago, by the server's clock.
async fn is_being_filled(log: &LogPlace) -> Result<bool, Error> {
    let since = doc! { "$subtract": ["$$NOW", QUIET_MS] };
    let alive = doc! { "_id": { "$regex": format!("^{PREFIX}") }, "$expr": { "$gt": ["$at", since] } };
    Ok(log.logs().find_one(alive).await?.is_some())
}

async fn sweep(log: &LogPlace) -> Result<(), Error> {
    log.logs().delete_many(doc! { "_id": { "$regex": format!("^{PREFIX}") } }).await?;
    for name in log.connection.database().list_collection_names().await? {
        if name.starts_with(PREFIX) {
            drop_collection(&log.connection, &name).await?;
        }
    }
    Ok(())
}
