//! What is looked at before anything is asked of a server: whether it is one that can be relied on, and has our tables.

mod migrations;
mod open_error;
mod preflight;
mod server_name;

use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use super::settings::PostgresSettings;
pub(super) use open_error::Refusals;
use preflight::FoundSchema;

pub(super) use migrations::{Migration, SchemaSpec};
pub use open_error::OpenError;
pub use preflight::Weakness;
pub use server_name::ServerName;

/// How long it may take to bring tables up to date, and to wait for another node that does it.
pub(super) const MIGRATION_LIMIT: Duration = Duration::from_secs(600);

/// Sees that the server will do and has the tables of `form`; makes them, or brings them up to date, when they are not
/// and the settings do not only look. Answers what of the server's settings weakens what it promises.
pub(super) async fn open(
    settings: &PostgresSettings,
    form: &'static SchemaSpec,
) -> Result<Vec<Weakness>, OpenError> {
    let mut connection = settings.sessions().connect().await?;
    let opened = async {
        let weaknesses = FoundSchema::ask(&mut connection, settings).await?.judge(settings)?;
        let is_up_to_date = migrations::is_up_to_date(&mut connection, settings, form).await?;
        Ok((weaknesses, is_up_to_date))
    };
    let (weaknesses, is_up_to_date) = within(settings, settings.patience(), Box::pin(opened)).await?;
    close(connection).await;
    if !is_up_to_date {
        settings.must_find(form)?;
        migrate(settings, form).await?;
    }
    weaknesses.iter().for_each(|weakness| tracing::warn!(database = %settings.place(), "{weakness}"));
    Ok(weaknesses)
}

/// Brings the tables of `form` up to date.
pub(super) async fn migrate(settings: &PostgresSettings, form: &'static SchemaSpec) -> Result<(), OpenError> {
    let mut connection = settings.sessions_to_migrate(MIGRATION_LIMIT).connect().await?;
    let migrated = async {
        FoundSchema::ask(&mut connection, settings).await?.judge(settings)?;
        migrations::bring_up_to_date(&mut connection, settings, form).await
    };
    within(settings, MIGRATION_LIMIT, Box::pin(migrated)).await?;
    close(connection).await;
    Ok(())
}

/// Drops the schema, if it was made for measuring.
pub(super) async fn drop_bench_schema(settings: &PostgresSettings) -> Result<(), OpenError> {
    let mut connection = settings.sessions_to_migrate(MIGRATION_LIMIT).connect().await?;
    let dropped = async {
        let dropped = sqlx::raw_sql(include_str!("sql/drop_bench_schema.sql")).execute(&mut connection).await;
        dropped.map_err(|error| settings.failed("dropping the schema of a bench", error))
    };
    within(settings, MIGRATION_LIMIT, Box::pin(dropped)).await?;
    close(connection).await;
    Ok(())
}

async fn within<T>(
    settings: &PostgresSettings,
    limit: Duration,
    work: BoxFuture<'_, Result<T, OpenError>>,
) -> Result<T, OpenError> {
    timeout(limit, work).await.unwrap_or_else(|elapsed| Err(settings.unreachable(elapsed)))
}

/// A connection that cannot say farewell is gone all the same.
async fn close(connection: PgConnection) {
    let _ = timeout(Duration::from_secs(1), connection.close()).await; // see above
}
