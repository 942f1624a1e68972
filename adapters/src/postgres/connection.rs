//! Connections, lent for one statement or one transaction. None is ever left half-way, whoever stops waiting and
//! whenever.

mod failure;
mod pool;
mod session;

#[cfg(test)]
mod tests;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use application::ports::BoxError;
use application::ports::shares::{Share, Shares};
use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Execute, PgConnection, Postgres};
use thiserror::Error as ThisError;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::settings::PostgresSettings;
use pool::Pool;

use failure::Panicked;
pub(super) use failure::{Failure, code, is_broken, is_unfit};
pub(super) use session::{STARTED, Sessions};

/// A statement with its values.
pub(super) type Statement = Query<'static, Postgres, PgArguments>;

/// The connections of one store, for one of those who use it.
#[derive(Clone)]
pub(super) struct Database {
    pool: Arc<Pool>,
    share: Share,
    /// The most one statement, or one transaction, may take.
    limit: Duration,
}

impl Database {
    /// For questions. Connects when it is asked for the first time.
    pub(super) fn of(settings: &PostgresSettings) -> Self {
        let places = Shares::of(settings.connections, settings.connect_limit);
        let pool = Arc::new(Pool::new(settings.sessions(), places));
        Self { pool, share: Share::Questions, limit: settings.patience() }
    }

    /// The same connections, for processors.
    pub(super) fn for_processors(&self) -> Self {
        Self { share: Share::Processors, ..self.clone() }
    }

    /// The rows that a question is answered with. It changes nothing, so it is asked once more when the connection
    /// turns out to have been cut.
    pub(super) async fn fetch(&self, mut question: Statement) -> Result<Vec<PgRow>, Failure> {
        let values = question.take_arguments().map_err(Failure::contradiction)?.unwrap_or_default();
        let sql = question.sql();
        match self.ask(sqlx::query_with(sql.clone(), values.clone())).await {
            Err(failure) if failure.is_of_connection() => self.ask(sqlx::query_with(sql, values)).await,
            answer => answer,
        }
    }

    /// The rows that a change is answered with. It is made as a whole or not at all.
    pub(super) async fn change(&self, change: Statement) -> Result<Vec<PgRow>, Failure> {
        let pool = Arc::clone(&self.pool);
        let answer = self.lend(
            |connection| {
                Box::pin(async move {
                    let answer = change.fetch_all(connection).await;
                    pool.note(&answer);
                    answer.map_err(Failure::of_change)
                })
            },
            Failure::UnknownOutcome,
        );
        answer.await
    }

    /// Does `work` in one transaction: its commit when it succeeds, nothing of it when it fails.
    pub(super) async fn transact<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let done = self.lend(
            |connection| {
                Box::pin(async move {
                    begin(connection, "begin").await?;
                    let done = work(connection).await;
                    end(connection, done).await
                })
            },
            Failure::UnknownOutcome,
        );
        done.await
    }

    /// Answers several questions from one state of the tables.
    pub(super) async fn look<T, E, F>(&self, questions: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let answer = self.lend(
            |connection| {
                Box::pin(async move {
                    begin(connection, "begin isolation level repeatable read read only").await?;
                    let answer = questions(connection).await;
                    end(connection, answer).await
                })
            },
            Failure::Unavailable,
        );
        answer.await
    }

    /// Waits until what is under way has ended, and closes every connection.
    pub(super) async fn close(&self) {
        self.pool.close(self.limit).await;
    }

    async fn ask(&self, question: Statement) -> Result<Vec<PgRow>, Failure> {
        let pool = Arc::clone(&self.pool);
        let answer = self.lend(
            |connection| {
                Box::pin(async move {
                    let answer = question.fetch_all(connection).await;
                    pool.note(&answer);
                    Ok(answer?)
                })
            },
            Failure::Unavailable,
        );
        answer.await
    }

    /// Lends a connection to a task of its own, which gives it back when the work has come to its end. Else it is
    /// thrown away with whatever was begun on it, and `unheard` says what that means.
    async fn lend<T, E, F>(&self, work: F, unheard: fn(BoxError) -> Failure) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let (pool, share, limit) = (Arc::clone(&self.pool), self.share, self.limit);
        // Whoever does not wait any more for the answer leaves it unheard, here and below.
        tokio::spawn(async move {
            let mut lent = match pool.lend(share).await {
                Ok(lent) => lent,
                Err(failure) => return drop(answer.send(Err(failure.into()))),
            };
            let outcome = timeout(limit, AssertUnwindSafe(work(&mut lent)).catch_unwind()).await;
            match outcome {
                Ok(Ok(Ok(done))) => {
                    pool.take_back(lent);
                    drop(answer.send(Ok(done)));
                }
                Ok(Ok(Err(error))) => {
                    drop(answer.send(Err(error)));
                    pool.take_back_if_good(lent).await;
                }
                Ok(Err(_panic)) => drop(answer.send(Err(unheard(Box::new(Panicked)).into()))),
                Err(_elapsed) => drop(answer.send(Err(unheard(Box::new(NoAnswer)).into()))),
            }
        });
        answered.await.unwrap_or_else(|ended| Err(unheard(Box::new(ended)).into())) // with the runtime
    }
}

#[derive(Debug, ThisError)]
#[error("the database did not answer in time")]
struct NoAnswer;

async fn begin(connection: &mut PgConnection, how: &'static str) -> Result<(), Failure> {
    sqlx::raw_sql(how).execute(connection).await?;
    Ok(())
}

async fn end<T, E: From<Failure>>(connection: &mut PgConnection, done: Result<T, E>) -> Result<T, E> {
    match done {
        Ok(done) => {
            sqlx::raw_sql("commit").execute(connection).await.map_err(Failure::of_change)?;
            Ok(done)
        }
        Err(error) => {
            // One that cannot be rolled back any more is found out when it is given back.
            let _ = sqlx::raw_sql("rollback").execute(connection).await;
            Err(error)
        }
    }
}
