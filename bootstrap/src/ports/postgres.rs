//! Stores in a schema of a database on a Postgres server.

use std::error::Error;
use std::sync::Arc;

use adapters::postgres::{
    OpenError, PostgresEventStore, PostgresSettings, PostgresTokenStore, SettingsError,
};
use application::ports::EventStore;
use application::ports::event_store::LogId;
use async_trait::async_trait;

use super::{Close, Opening, Side, Views};
use crate::failure::Failure;
use crate::settings::Database;

/// Whether the URL and the schema can be used, without asking the server.
pub(super) fn check(database: &Database) -> Result<(), String> {
    let wrong = |error: SettingsError| match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    };
    settings(database).map(|_| ()).map_err(wrong)
}

pub(super) async fn log(
    opening: &mut Opening,
    database: &Database,
) -> Result<Side<Arc<dyn EventStore>>, Failure> {
    let what = "the event store";
    let settings = settings(database).map_err(|source| Failure::SetUp { what, source: source.into() })?;
    let (place, schema) = (settings.place(), settings.schema().to_owned());
    let new_id = LogId::new(opening.ids.next());
    let store = PostgresEventStore::open(&settings, new_id).await;
    let store = Arc::new(store.map_err(|source| refused(what, source))?);
    tracing::info!(port = "event store", behind = "postgres", database = %place, schema, "port is ready");
    Ok(Side { ports: Arc::clone(&store) as _, exclusive: false, closing: Some(Box::new(store)) })
}

pub(super) async fn views(_opening: &mut Opening, database: &Database) -> Result<Side<Views>, Failure> {
    let what = "the token store";
    let settings = settings(database).map_err(|source| Failure::SetUp { what, source: source.into() })?;
    let (place, schema) = (settings.place(), settings.schema().to_owned());
    let store = PostgresTokenStore::open(&settings).await;
    let store = Arc::new(store.map_err(|source| refused(what, source))?);
    let port = "token store and views";
    tracing::info!(port, behind = "postgres", database = %place, schema, "port is ready");
    Ok(Side { ports: Views::of(&store), exclusive: false, closing: Some(Box::new(store)) })
}

fn settings(database: &Database) -> Result<PostgresSettings, SettingsError> {
    let mut settings = PostgresSettings::parse(database.url.reveal())?.in_schema(&database.schema)?;
    settings.connections = database.connections;
    Ok(settings)
}

fn refused(what: &'static str, source: OpenError) -> Failure {
    Failure::SetUp { what, source: source.into() }
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
