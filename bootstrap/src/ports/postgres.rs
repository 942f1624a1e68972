//! Stores in a schema of a database on a Postgres server.

use std::sync::Arc;

use adapters::bench::Site;
use adapters::postgres::{
    OpenError, PostgresEventStore, PostgresFilling, PostgresRawLimit, PostgresSettings, PostgresTokenStore,
    SettingsError,
};
use application::ports::event_store::{LogId, Position};
use application::ports::{BoxError, EventStore, Ids, TokenPorts};
use async_trait::async_trait;

use super::filling::{Complete, FillError, Filling};
use super::{Access, Close, Opening, Side, Views};
use crate::counted::counted;
use crate::failure::RunFailure;
use crate::settings::DatabaseLocation;

const LOG: &str = "the event store";
const VIEWS: &str = "the token store";

/// Whether the URL and the schema can be used, without asking the server.
pub(super) fn check(database: &DatabaseLocation) -> Result<(), String> {
    settings(database).map(|_| ()).map_err(|error| error.to_string())
}

pub(super) async fn log(
    opening: &mut Opening,
    database: &DatabaseLocation,
) -> Result<Side<Arc<dyn EventStore>>, RunFailure> {
    let settings = opened_by(opening, database, LOG)?;
    let new_id = LogId::new(opening.ids.next());
    let store = PostgresEventStore::open(&settings, new_id).await;
    let store = Arc::new(store.map_err(|source| refused(LOG, source))?);
    ready("event store", &settings);
    Ok(Side { ports: Arc::clone(&store) as _, exclusive: false, closing: Some(Box::new(store)) })
}

pub(super) async fn views(
    opening: &mut Opening,
    database: &DatabaseLocation,
) -> Result<Side<Views>, RunFailure> {
    let settings = opened_by(opening, database, VIEWS)?;
    let store = PostgresTokenStore::open(&settings).await;
    let store = Arc::new(store.map_err(|source| refused(VIEWS, source))?);
    ready("token store and views", &settings);
    Ok(Side { ports: Views::of(&store), exclusive: false, closing: Some(Box::new(store)) })
}

/// Whether there are tables of the token store.
pub(super) async fn has_views(opening: &Opening, database: &DatabaseLocation) -> Result<bool, RunFailure> {
    let settings = opened_by(opening, database, VIEWS)?.only_to_look();
    match PostgresTokenStore::open(&settings).await {
        Ok(store) => {
            store.close().await;
            Ok(true)
        }
        Err(OpenError::Missing { .. }) => Ok(false),
        Err(error) => Err(refused(VIEWS, error)),
    }
}

/// Sees that the log is empty, and makes one beside it that takes over its id.
pub(super) async fn fill(opening: &mut Opening, database: &DatabaseLocation) -> Result<Filling, FillError> {
    let settings = opened_by(opening, database, LOG)?;
    let log = log(opening, database).await?;
    let head = log.ports.head().await;
    if let Some(closing) = log.closing {
        closing.close().await;
    }
    let head = head.map_err(|source| RunFailure::SetUp { what: LOG, source: source.into() })?;
    if head.position > Position::START {
        let (place, schema) = (settings.place(), settings.schema());
        let events = counted(head.position.value(), "event");
        let found = format!("schema `{schema}` of the database {place} holds {events}");
        return Err(FillError::Occupied { found, remedy: "name another schema or database" });
    }
    super::filling::follow_nothing(opening, head.log).await?;
    let filling = PostgresFilling::begin(&settings, head.log).await.map_err(|source| refused(LOG, source))?;
    Ok(Filling { store: Arc::clone(filling.store()) as _, completing: Box::new(filling) })
}

#[async_trait]
impl Complete for PostgresFilling {
    async fn complete(self: Box<Self>) -> Result<(), BoxError> {
        PostgresFilling::complete(*self).await.map_err(Into::into)
    }

    async fn abandon(self: Box<Self>) {
        PostgresFilling::abandon(*self).await;
    }
}

fn opened_by(
    opening: &Opening,
    database: &DatabaseLocation,
    what: &'static str,
) -> Result<PostgresSettings, RunFailure> {
    let settings = settings(database).map_err(|source| RunFailure::SetUp { what, source: source.into() })?;
    Ok(match opening.access {
        Access::Serve => settings,
        Access::Look => settings.only_to_look(),
    })
}

fn ready(port: &str, settings: &PostgresSettings) {
    let (database, schema) = (settings.place(), settings.schema());
    tracing::info!(port, behind = "postgres", %database, schema, "port is ready");
}

/// All in a schema that is not there yet.
pub(super) async fn fresh(database: &DatabaseLocation, ids: &dyn Ids) -> Result<Site, BoxError> {
    let settings = settings(database)?;
    Ok(Site {
        store: Arc::new(PostgresEventStore::open(&settings, LogId::new(ids.next())).await?),
        raw: Arc::new(PostgresRawLimit::open(&settings).await?),
        tokens: TokenPorts::of(&Arc::new(PostgresTokenStore::open(&settings).await?)),
    })
}

/// Drops a schema that [`fresh`] has made.
pub(super) async fn clear(database: &DatabaseLocation) -> Result<(), BoxError> {
    Ok(PostgresRawLimit::clear(&settings(database)?).await?)
}

fn settings(database: &DatabaseLocation) -> Result<PostgresSettings, SettingsError> {
    let mut settings = PostgresSettings::parse(database.url.reveal())?.in_schema(&database.schema)?;
    settings.connections = database.connections;
    Ok(settings)
}

fn refused(what: &'static str, source: OpenError) -> RunFailure {
    RunFailure::SetUp { what, source: source.into() }
}

#[async_trait]
impl Close for Arc<PostgresEventStore> {
    async fn close(&self) {
        PostgresEventStore::close(self).await;
    }
}

#[async_trait]
impl Close for Arc<PostgresTokenStore> {
    async fn close(&self) {
        PostgresTokenStore::close(self).await;
    }
}
