//! The one task that writes. Changes that wait are made in one transaction, each judged by itself, so that many
//! processors share the cost of a commit.

use std::error::Error;
use std::sync::Arc;

use application::ports::token_store::TokenError;
use application::ports::{BoxError, Clock};
use futures::future::BoxFuture;
use jiff::Timestamp;
use sqlx::SqliteConnection;
use thiserror::Error;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::super::connection::{Database, Failure};
use super::step_error::StepError;

/// The most changes of one transaction, and the most that wait; who comes later waits for a place.
const JOINED_MAX: usize = 256;

/// Takes changes.
pub(super) struct Writer {
    database: Arc<Database>,
    queue: mpsc::Sender<WaitingWork>,
    stop: CancellationToken,
    /// None once it has been awaited.
    task: Mutex<Option<JoinHandle<()>>>,
}

/// What one change does to the tables at a time of the store's clock.
pub(super) trait Work<T>:
    for<'c> FnOnce(&'c mut SqliteConnection, Timestamp) -> BoxFuture<'c, Result<T, StepError>> + Send + 'static
{
}

impl<T, F> Work<T> for F where
    F: for<'c> FnOnce(&'c mut SqliteConnection, Timestamp) -> BoxFuture<'c, Result<T, StepError>>
        + Send
        + 'static
{
}

impl Writer {
    pub(super) fn start(database: Arc<Database>, clock: Arc<dyn Clock>) -> Self {
        let (queue, waiting) = mpsc::channel(JOINED_MAX);
        let stop = CancellationToken::new();
        let task = tokio::spawn(write_until_stopped(Arc::clone(&database), clock, waiting, stop.clone()));
        Self { database, queue, stop, task: Mutex::new(Some(task)) }
    }

    /// Answers when the change is committed, or what refused it; a change that is refused leaves those beside it alone.
    /// Whoever stops waiting leaves it to be made, or not, as a whole.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Work<T>,
    ) -> Result<T, TokenError> {
        self.join(doing, work, false).await
    }

    /// The same for a change that is one statement, or writes nothing when it is refused.
    pub(super) async fn write_at_once<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Work<T>,
    ) -> Result<T, TokenError> {
        self.join(doing, work, true).await
    }

    async fn join<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Work<T>,
        is_one_statement: bool,
    ) -> Result<T, TokenError> {
        let (answer, answered) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let change = Box::new(Asked { work, answer, is_one_statement });
        self.queue.send(WaitingWork { change, end }).await.map_err(|_| closed(doing))?; // the task has ended
        let end = ended.await.map_err(|error| lost(doing, error))?;
        end.map_err(|shared| StepError::from(Failure::from(shared)).while_doing(doing))?;
        let answer = answered.await.map_err(|error| lost(doing, error))?;
        let named = answer.map_err(|trouble| trouble.about(|failure| self.database.unwritten(failure)));
        named.map_err(|trouble| trouble.while_doing(doing))
    }

    /// Takes nothing more, makes what waits, and ends.
    pub(super) async fn close(&self) {
        self.stop.cancel();
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(error = &error as &dyn Error, "the writer of the token store ended by itself");
        }
    }
}

struct WaitingWork {
    change: Box<dyn Change>,
    end: oneshot::Sender<Result<(), Shared>>,
}

trait Change: Send {
    /// Whether nothing of it is written when it is refused.
    fn is_one_statement(&self) -> bool;

    /// Its answer is on its way already, but counts only once the transaction is committed.
    fn make<'c>(self: Box<Self>, tables: &'c mut SqliteConnection, now: Timestamp) -> BoxFuture<'c, Made>
    where
        Self: 'c;
}

/// What became of a change.
enum Made {
    Done,
    /// Its own rules forbid it.
    Refused,
    /// The database failed, and may have ended the transaction with it.
    Failed(Shared),
}

struct Asked<T, W> {
    work: W,
    answer: oneshot::Sender<Result<T, StepError>>,
    is_one_statement: bool,
}

impl<T: Send + 'static, W: Work<T>> Change for Asked<T, W> {
    fn is_one_statement(&self) -> bool {
        self.is_one_statement
    }

    fn make<'c>(self: Box<Self>, tables: &'c mut SqliteConnection, now: Timestamp) -> BoxFuture<'c, Made>
    where
        Self: 'c,
    {
        Box::pin(async move {
            let (outcome, made) = match (self.work)(tables, now).await {
                Ok(done) => (Ok(done), Made::Done),
                Err(refused @ StepError::Refused(_)) => (Err(refused), Made::Refused),
                Err(StepError::Failed(failure)) => {
                    let failure = Shared::from(failure);
                    (Err(StepError::Failed(failure.clone().into())), Made::Failed(failure))
                }
            };
            // Nobody waits any more; the change is made all the same.
            let _ = self.answer.send(outcome);
            made
        })
    }
}

async fn write_until_stopped(
    database: Arc<Database>,
    clock: Arc<dyn Clock>,
    mut waiting: mpsc::Receiver<WaitingWork>,
    stop: CancellationToken,
) {
    let mut taken = Vec::with_capacity(JOINED_MAX);
    loop {
        tokio::select! {
            count = waiting.recv_many(&mut taken, JOINED_MAX) => {
                if count == 0 {
                    return;
                }
                write_all(&database, &clock, &mut taken).await;
            }
            () = stop.cancelled(), if !waiting.is_closed() => waiting.close(),
        }
    }
}

async fn write_all(database: &Database, clock: &Arc<dyn Clock>, taken: &mut Vec<WaitingWork>) {
    let (changes, ends): (Vec<_>, Vec<_>) = taken.drain(..).map(|it| (it.change, it.end)).unzip();
    let clock = Arc::clone(clock);
    let done = database.write(move |tables| Box::pin(make_all(tables, changes, clock))).await;
    let done = done.map_err(Shared::from);
    for end in ends {
        // Nobody waits any more.
        let _ = end.send(done.clone());
    }
}

/// A change that is refused is kept out of the transaction: it writes nothing before it is refused, or it is alone and
/// the transaction is begun anew, or a savepoint takes it back. When the database has ended the transaction by itself,
/// as it may when there is no room, nothing of it is there and what is made after it would stand by itself: then all of
/// them have failed.
async fn make_all(
    tables: &mut SqliteConnection,
    changes: Vec<Box<dyn Change>>,
    clock: Arc<dyn Clock>,
) -> Result<(), Failure> {
    let is_alone = changes.len() == 1;
    for change in changes {
        if change.is_one_statement() {
            if let Made::Failed(failure) = change.make(tables, clock.now()).await
                && !is_in_transaction(tables).await
            {
                return Err(failure.into());
            }
        } else if is_alone {
            match change.make(tables, clock.now()).await {
                Made::Done => {}
                Made::Refused => {
                    sqlx::query("ROLLBACK").execute(&mut *tables).await?;
                    sqlx::query("BEGIN IMMEDIATE").execute(&mut *tables).await?;
                }
                Made::Failed(failure) => return Err(failure.into()),
            }
        } else {
            make_one(tables, change, clock.now()).await?;
        }
    }
    Ok(())
}

async fn make_one(
    tables: &mut SqliteConnection,
    change: Box<dyn Change>,
    now: Timestamp,
) -> Result<(), Failure> {
    sqlx::query("SAVEPOINT change").execute(&mut *tables).await?;
    let taken_back = match change.make(tables, now).await {
        Made::Done => Ok(()),
        Made::Refused => {
            sqlx::query("ROLLBACK TO change").execute(&mut *tables).await.map(drop).map_err(Failure::from)
        }
        // Without the transaction there is no savepoint either, and what it failed for says more.
        Made::Failed(failure) => sqlx::query("ROLLBACK TO change")
            .execute(&mut *tables)
            .await
            .map(drop)
            .map_err(|_| failure.into()),
    };
    taken_back?;
    sqlx::query("RELEASE change").execute(tables).await?;
    Ok(())
}

/// A second one cannot be begun within the first.
async fn is_in_transaction(tables: &mut SqliteConnection) -> bool {
    sqlx::query("BEGIN").execute(tables).await.is_err()
}

/// A failure of all that were joined.
#[derive(Clone)]
struct Shared {
    is_unknown: bool,
    is_corrupt: bool,
    source: Arc<dyn Error + Send + Sync>,
}

impl From<Failure> for Shared {
    fn from(failure: Failure) -> Self {
        let shared =
            |source: BoxError, is_unknown, is_corrupt| Self { is_unknown, is_corrupt, source: source.into() };
        match failure {
            Failure::Unavailable(source) => shared(source, false, false),
            Failure::UnknownOutcome(source) => shared(source, true, false),
            Failure::Corrupt(source) => shared(source, false, true),
        }
    }
}

impl From<Shared> for Failure {
    fn from(shared: Shared) -> Self {
        let source: BoxError = Box::new(shared.source);
        match (shared.is_unknown, shared.is_corrupt) {
            (true, _) => Self::UnknownOutcome(source),
            (false, true) => Self::Corrupt(source),
            (false, false) => Self::Unavailable(source),
        }
    }
}

#[derive(Debug, Error)]
#[error("the store was closed")]
struct Closed;

fn closed(doing: &'static str) -> TokenError {
    TokenError::Unavailable { doing, source: Box::new(Closed) }
}

fn lost(doing: &'static str, error: oneshot::error::RecvError) -> TokenError {
    TokenError::UnknownOutcome { doing, source: Box::new(error) }
}

#[cfg(test)]
mod tests;
