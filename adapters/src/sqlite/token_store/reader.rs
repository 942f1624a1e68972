//! Questions, each answered from one state of the tables.

use std::sync::Arc;

use application::ports::shares::Share;
use application::ports::token_store::TokenError;
use futures::future::BoxFuture;
use sqlx::SqliteConnection;

use super::super::connection::{Database, Failure};
use super::step_error::StepError;

/// What a question has to see one state of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Isolation {
    /// Nothing: one statement sees one state.
    Statement,
    /// A transaction around all of its statements, which costs two more times to the connection and back.
    Transaction,
}

/// Answers a question, in a task of its own: whoever stops waiting leaves no open transaction.
pub(super) async fn read<T, F>(
    database: &Arc<Database>,
    (share, isolation): (Share, Isolation),
    doing: &'static str,
    question: F,
) -> Result<T, TokenError>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StepError>> + Send + 'static,
{
    let database = Arc::clone(database);
    let answer = tokio::spawn(async move {
        let answer = ask(&database, share, isolation, question).await;
        answer.map_err(|trouble| trouble.about(|failure| database.unread(failure)))
    })
    .await;
    let answer = answer.map_err(|error| StepError::Failed(Failure::unanswered(error))).flatten();
    answer.map_err(|trouble| trouble.while_doing(doing))
}

/// A connection whose transaction may still be open, as after a panic, is not given back, and closing it ends that.
async fn ask<T, F>(
    database: &Database,
    share: Share,
    isolation: Isolation,
    question: F,
) -> Result<T, StepError>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StepError>> + Send,
{
    let mut tables = database.reader(share).await?;
    if isolation == Isolation::Transaction {
        sqlx::query("BEGIN").execute(&mut *tables).await?;
    }
    let answer = question(&mut tables).await;
    if isolation == Isolation::Transaction {
        sqlx::query("ROLLBACK").execute(&mut *tables).await?;
    }
    tables.give_back();
    answer
}

#[cfg(test)]
mod tests;
