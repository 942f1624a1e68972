//! What is looked at before anything is asked of the servers: whether they can be relied on, and have our collections.

mod form;
mod open_error;
mod preflight;
mod unanswered;

use std::time::Duration;

use mongodb::error::Error;
use tokio::time::timeout;

use super::connection::Connection;
use super::settings::MongoSettings;

pub(super) use form::{CollectionSpec, PartSpec, drop_collection, make_collection};
pub use open_error::MongoOpenError;
pub(super) use open_error::Refusals;

/// How long it may take to make collections and their indexes.
const MIGRATION_LIMIT: Duration = Duration::from_secs(600);

/// Connects, sees that the servers will do, that the user may do what is needed, and that the collections of `part`
/// are there; makes them, or brings them up to date, when they are not and the settings do not only look.
pub(super) async fn open(
    settings: &MongoSettings,
    part: &'static PartSpec,
) -> Result<Connection, MongoOpenError> {
    let connection = connect(settings).await?;
    if form::version(&connection, settings, part).await? != part.version {
        settings.must_find(part)?;
        form::bring_up_to_date(&connection, settings, part).await?;
    }
    preflight::see_rights(&connection, settings, part).await?;
    Ok(connection)
}

/// Brings the collections of `part` up to date.
pub(super) async fn migrate(settings: &MongoSettings, part: &'static PartSpec) -> Result<(), MongoOpenError> {
    let connection = connect(settings).await?;
    if form::version(&connection, settings, part).await? != part.version {
        form::bring_up_to_date(&connection, settings, part).await?;
    }
    connection.close().await;
    Ok(())
}

/// Drops the database, if it was made for measuring.
pub(super) async fn drop_bench_database(settings: &MongoSettings) -> Result<(), MongoOpenError> {
    if !settings.database().starts_with("bench_") {
        return Ok(());
    }
    let connection = connect(settings).await?;
    within(settings, "dropping the database of a bench", connection.database().drop().into_future()).await?;
    connection.close().await;
    Ok(())
}

async fn connect(settings: &MongoSettings) -> Result<Connection, MongoOpenError> {
    let connection = Connection::of(settings).map_err(|failure| settings.without_tls(failure))?;
    preflight::see_servers(&connection, settings).await?;
    Ok(connection)
}

/// For operations before the store is there; nobody but the process's end drops them midway.
async fn within<T>(
    settings: &MongoSettings,
    doing: &'static str,
    operation: impl Future<Output = Result<T, Error>>,
) -> Result<T, MongoOpenError> {
    match timeout(MIGRATION_LIMIT, operation).await {
        Ok(done) => done.map_err(|error| settings.failed(doing, &error)),
        Err(elapsed) => Err(settings.unreachable(elapsed)),
    }
}
