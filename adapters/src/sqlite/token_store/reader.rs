//! Questions, each answered from one state of the tables.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;

use application::ports::shares::Share;
use application::ports::token_store::TokenError;
use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::SqliteConnection;

use super::super::connection::{Database, Failure};
use super::step_error::StepError;

/// Answers a question in a transaction of its own, in a task of its own: whoever stops waiting leaves no open
/// transaction.
pub(super) async fn read<T, F>(
    database: &Arc<Database>,
    share: Share,
    doing: &'static str,
    question: F,
) -> Result<T, TokenError>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StepError>> + Send + 'static,
{
    let asked = Arc::clone(database);
    answered(database, doing, async move { ask(&asked, share, question).await }).await
}

/// Answers a question of one statement, which sees one state without a transaction.
pub(super) async fn read_once<T, F>(
    database: &Arc<Database>,
    share: Share,
    doing: &'static str,
    question: F,
) -> Result<T, TokenError>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StepError>> + Send + 'static,
{
    let asked = Arc::clone(database);
    let answer = answered(database, doing, async move {
        let mut tables = asked.reader(share).await?;
        let answer = question(&mut tables).await?;
        tables.give_back();
        Ok(answer)
    });
    answer.await
}

async fn answered<T: Send + 'static>(
    database: &Arc<Database>,
    doing: &'static str,
    question: impl Future<Output = Result<T, StepError>> + Send + 'static,
) -> Result<T, TokenError> {
    let database = Arc::clone(database);
    let answer = tokio::spawn(async move {
        question.await.map_err(|trouble| trouble.about(|failure| database.unread(failure)))
    })
    .await;
    let answer = answer.map_err(|error| StepError::Failed(Failure::unanswered(error))).flatten();
    answer.map_err(|trouble| trouble.while_doing(doing))
}

async fn ask<T, F>(database: &Database, share: Share, question: F) -> Result<T, StepError>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StepError>> + Send,
{
    let mut tables = database.reader(share).await?;
    sqlx::query("BEGIN").execute(&mut *tables).await?;
    let answer = AssertUnwindSafe(question(&mut tables)).catch_unwind().await;
    let answer = match answer {
        Ok(answer) => answer,
        // A connection whose transaction may still be open is closed, which ends it.
        Err(panic) => resume_unwind(panic),
    };
    sqlx::query("ROLLBACK").execute(&mut *tables).await?;
    tables.give_back();
    answer
}

#[cfg(test)]
mod tests;
