//! Questions, each answered from one state of the tables.

use std::sync::Arc;

use application::ports::token_store::TokenError;
use futures::future::BoxFuture;
use sqlx::SqliteConnection;

use super::super::connection::{Database, Failure};
use super::trouble::Trouble;

/// Answers a question in a transaction of its own, in a task of its own: whoever stops waiting leaves no open transaction.
pub(super) async fn read<T, F>(
    database: &Arc<Database>,
    doing: &'static str,
    question: F,
) -> Result<T, TokenError>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, Trouble>> + Send + 'static,
{
    let database = Arc::clone(database);
    let answer = tokio::spawn(async move { ask(&database, question).await }).await;
    // A task that ended without an answer has written nothing.
    let answer = answer.map_err(|error| Trouble::Failed(Failure::Unavailable(error.into()))).flatten();
    answer.map_err(|trouble| trouble.while_doing(doing))
}

async fn ask<T, F>(database: &Database, question: F) -> Result<T, Trouble>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, Trouble>> + Send,
{
    let mut tables = database.readers().acquire().await?;
    sqlx::query("BEGIN").execute(&mut *tables).await?;
    let answer = question(&mut tables).await;
    if let Err(error) = sqlx::query("ROLLBACK").execute(&mut *tables).await {
        drop(tables.detach());
        return Err(error.into());
    }
    answer
}
