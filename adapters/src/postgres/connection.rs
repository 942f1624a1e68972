//! Connections, lent for one statement or one transaction. None is ever left half-way, whoever stops waiting and whenever.

mod failure;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{Connection, Error, Execute, PgConnection, PgPool, Postgres};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::settings::PostgresSettings;

pub(super) use failure::{Failure, code, is_broken};

/// A connection that was not used for as long may have been cut meanwhile, and is tried before it is lent.
const RESTED: Duration = Duration::from_secs(1);
/// A connection that was not used for as long is closed.
const UNUSED: Duration = Duration::from_secs(600);
/// How long the server may take to say that a connection is at rest again.
const GIVE_BACK_LIMIT: Duration = Duration::from_secs(2);

/// A statement with its values.
pub(super) type Statement = Query<'static, Postgres, PgArguments>;

/// The connections of one store.
#[derive(Clone)]
pub(super) struct Database {
    pool: PgPool,
    breaks: Breaks,
    /// The most one statement, or one transaction, may take.
    limit: Duration,
}

impl Database {
    /// Connects when it is asked for the first time.
    pub(super) fn of(settings: &PostgresSettings) -> Self {
        let breaks = Breaks::default();
        let suspected = breaks.clone();
        let pool = PgPoolOptions::new()
            .max_connections(settings.connections.max(1))
            .acquire_timeout(settings.connect_limit)
            .test_before_acquire(false)
            .idle_timeout(UNUSED)
            .max_lifetime(None)
            .before_acquire(move |connection, seen| {
                let is_suspect = seen.idle_for > RESTED || suspected.came_within(seen.idle_for);
                Box::pin(async move {
                    if is_suspect {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(settings.connecting());
        Self { pool, breaks, limit: settings.patience() }
    }

    /// The rows that a question is answered with. It changes nothing, so it is asked once more when the connection turns out to
    /// have been cut.
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
        let breaks = self.breaks.clone();
        let answer = self.lend(
            |connection| {
                Box::pin(async move {
                    let answer = change.fetch_all(connection).await;
                    breaks.note(&answer);
                    answer.map_err(Failure::of_change)
                })
            },
            Failure::unheard,
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
            Failure::unheard,
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
            Failure::too_late,
        );
        answer.await
    }

    /// Waits until what is under way has ended, and closes every connection.
    pub(super) async fn close(&self) {
        if timeout(self.limit, self.pool.close()).await.is_err() {
            tracing::warn!(
                "connections to the database were still in use when the time to close them had passed"
            );
        }
    }

    async fn ask(&self, question: Statement) -> Result<Vec<PgRow>, Failure> {
        let breaks = self.breaks.clone();
        let answer = self.lend(
            |connection| {
                Box::pin(async move {
                    let answer = question.fetch_all(connection).await;
                    breaks.note(&answer);
                    Ok(answer?)
                })
            },
            Failure::too_late,
        );
        answer.await
    }

    /// Lends a connection to a task of its own, which brings it back in order or throws it away.
    async fn lend<T, E, F>(&self, work: F, late: fn() -> Failure) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let (pool, limit) = (self.pool.clone(), self.limit);
        // Whoever does not wait any more for the answer leaves it unheard, here and below.
        tokio::spawn(async move {
            let mut lent = match pool.acquire().await {
                Ok(lent) => lent,
                Err(error) => return drop(answer.send(Err(Failure::from(error).into()))),
            };
            let outcome = timeout(limit, work(&mut lent)).await;
            let is_in_order = outcome.is_ok();
            drop(answer.send(outcome.unwrap_or_else(|_| Err(late().into())))); // what passed is the limit
            give_back(lent, is_in_order).await;
        });
        answered.await.unwrap_or_else(|_| Err(late().into())) // the task ended with the runtime, or panicked
    }
}

/// When a connection was last found cut: others that have rested since before that may be cut as well.
#[derive(Clone, Default)]
struct Breaks(Arc<Mutex<Option<Instant>>>);

impl Breaks {
    fn note<T>(&self, answer: &Result<T, Error>) {
        if answer.as_ref().is_err_and(is_broken) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    fn came_within(&self, rest: Duration) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() < rest)
    }
}

/// The pool makes a round trip before it lends a connection again; one that cannot make it is thrown away.
async fn give_back(mut lent: PoolConnection<Postgres>, is_in_order: bool) {
    let back = async {
        if is_in_order {
            lent.return_to_pool().await;
        } else {
            drop(lent.detach());
        }
    };
    if timeout(GIVE_BACK_LIMIT, back).await.is_err() {
        tracing::warn!("a connection to the database was thrown away, since it did not come to rest");
    }
}

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
