//! Stores in a database of a MongoDB replica set.

use std::sync::Arc;

use adapters::bench::Site;
use adapters::mongo::{
    MongoEventStore, MongoFilling, MongoOpenError, MongoRawLimit, MongoSettings, MongoTokenStore, UrlError,
};
use application::ports::event_store::{LogId, Position};
use application::ports::{BoxError, EventStore, Ids, TokenPorts};
use async_trait::async_trait;

use super::filling::{Complete, FillError, Filling};
use super::{Access, Close, Opening, Side, Views};
use crate::counted::counted;
use crate::failure::RunFailure;
use crate::settings::MongoLocation;

const LOG: &str = "the event store";
const VIEWS: &str = "the token store";

/// Whether the URL and the database can be used, without asking the servers.
pub(super) fn check(database: &MongoLocation) -> Result<(), String> {
    settings(database).map(|_| ()).map_err(|error| error.to_string())
}

pub(super) async fn log(
    opening: &mut Opening,
    database: &MongoLocation,
) -> Result<Side<Arc<dyn EventStore>>, RunFailure> {
    let settings = opened_by(opening, database, LOG)?;
    let new_id = LogId::new(opening.ids.next());
    let store = MongoEventStore::open(&settings, new_id).await;
    let store = Arc::new(store.map_err(|source| refused(LOG, source))?);
    ready("event store", &settings);
    Ok(Side { ports: Arc::clone(&store) as _, exclusive: false, closing: Some(Box::new(store)) })
}

pub(super) async fn views(
    opening: &mut Opening,
    database: &MongoLocation,
) -> Result<Side<Views>, RunFailure> {
    let settings = opened_by(opening, database, VIEWS)?;
    let store = MongoTokenStore::open(&settings).await;
    let store = Arc::new(store.map_err(|source| refused(VIEWS, source))?);
    ready("token store and views", &settings);
    Ok(Side { ports: Views::of(&store), exclusive: false, closing: Some(Box::new(store)) })
}

/// Whether there are collections of the token store.
pub(super) async fn has_views(opening: &Opening, database: &MongoLocation) -> Result<bool, RunFailure> {
    let settings = opened_by(opening, database, VIEWS)?.only_to_look();
    match MongoTokenStore::open(&settings).await {
        Ok(store) => {
            store.close().await;
            Ok(true)
        }
        Err(MongoOpenError::Missing { .. }) => Ok(false),
        Err(error) => Err(refused(VIEWS, error)),
    }
}

/// Sees that the log is empty, and makes one beside it that takes over its id.
pub(super) async fn fill(opening: &mut Opening, database: &MongoLocation) -> Result<Filling, FillError> {
    let settings = opened_by(opening, database, LOG)?;
    let log = log(opening, database).await?;
    let head = log.ports.head().await;
    if let Some(closing) = log.closing {
        closing.close().await;
    }
    let head = head.map_err(|source| RunFailure::SetUp { what: LOG, source: source.into() })?;
    if head.position > Position::START {
        let events = counted(head.position.value(), "event");
        let found = format!("the database {} holds {events}", settings.place());
        return Err(FillError::Occupied { found, remedy: "name another database" });
    }
    super::filling::follow_nothing(opening, head.log).await?;
    let filling = MongoFilling::begin(&settings, head.log, opening.ids.next()).await;
    let filling = filling.map_err(|source| refused(LOG, source))?;
    Ok(Filling { store: Arc::clone(filling.store()) as _, completing: Box::new(filling) })
}

#[async_trait]
impl Complete for MongoFilling {
    async fn complete(self: Box<Self>) -> Result<(), BoxError> {
        MongoFilling::complete(*self).await.map_err(Into::into)
    }

    async fn abandon(self: Box<Self>) {
        MongoFilling::abandon(*self).await;
    }
}

/// All in a database that is not there yet.
pub(super) async fn fresh(database: &MongoLocation, ids: &dyn Ids) -> Result<Site, BoxError> {
    let settings = settings(database)?;
    let id = LogId::new(ids.next());
    Ok(Site {
        store: Arc::new(MongoEventStore::open(&settings, id).await?),
        raw: Arc::new(MongoRawLimit::open(&settings, id).await?),
        tokens: TokenPorts::of(&Arc::new(MongoTokenStore::open(&settings).await?)),
    })
}

/// Drops a database that [`fresh`] has made.
pub(super) async fn clear(database: &MongoLocation) -> Result<(), BoxError> {
    Ok(MongoRawLimit::clear(&settings(database)?).await?)
}

fn ready(port: &str, settings: &MongoSettings) {
    tracing::info!(port, behind = "mongo", database = settings.place(), "port is ready");
}

fn opened_by(
    opening: &Opening,
    database: &MongoLocation,
    what: &'static str,
) -> Result<MongoSettings, RunFailure> {
    let settings = settings(database).map_err(|source| RunFailure::SetUp { what, source: source.into() })?;
    Ok(match opening.access {
        Access::Serve => settings,
        Access::Look => settings.only_to_look(),
    })
}

fn settings(database: &MongoLocation) -> Result<MongoSettings, UrlError> {
    let mut settings = MongoSettings::parse(database.url.reveal())?;
    if let Some(name) = &database.database {
        settings = settings.in_database(name)?;
    }
    settings.connections = database.connections;
    Ok(settings)
}

fn refused(what: &'static str, source: MongoOpenError) -> RunFailure {
    RunFailure::SetUp { what, source: source.into() }
}

#[async_trait]
impl Close for Arc<MongoEventStore> {
    async fn close(&self) {
        MongoEventStore::close(self).await;
    }
}

#[async_trait]
impl Close for Arc<MongoTokenStore> {
    async fn close(&self) {
        MongoTokenStore::close(self).await;
    }
}
