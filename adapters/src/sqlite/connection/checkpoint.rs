//! Moves what was committed from the write-ahead log into the file, beside the writer and not within its commits.

use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row, SqliteConnection};
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::close;

/// The least time between two checkpoints: each one waits for the disk twice.
const PAUSE: Duration = Duration::from_secs(1);
/// Pages in the write-ahead log from which on the writer and the readers are held for a moment to start it afresh: 32 MiB.
const PAGES_MAX: i64 = 8192;

/// The task that does it; it ends with this value.
pub(super) struct Checkpoints {
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Checkpoints {
    /// `written` says that something was committed.
    pub(super) fn start(options: SqliteConnectOptions, written: Arc<Notify>) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(options, written, stop.clone()));
        Self { stop, task: Mutex::new(Some(task)) }
    }

    /// Waits until its connection is closed.
    pub(super) async fn stop(&self) {
        self.stop.cancel();
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the task of the checkpoints ended badly"
            );
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A checkpoint that fails is tried again after the next commit; the writer does it itself when too much has gathered.
async fn run(options: SqliteConnectOptions, written: Arc<Notify>, stop: CancellationToken) {
    let mut connection = None;
    while stop.run_until_cancelled(written.notified()).await.is_some() {
        if let Err(error) = checkpoint(&options, &mut connection).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a checkpoint failed");
            connection = None;
        }
        if stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
            break;
        }
    }
    if let Some(connection) = connection {
        close(connection).await;
    }
}

async fn checkpoint(
    options: &SqliteConnectOptions,
    place: &mut Option<SqliteConnection>,
) -> Result<(), sqlx::Error> {
    let connection = match place {
        Some(connection) => connection,
        None => place.insert(options.connect().await?),
    };
    let passive = sqlx::query(include_str!("../sql/checkpoint_passive.sql")).fetch_one(&mut *connection);
    if passive.await?.try_get::<i64, _>("log")? > PAGES_MAX {
        sqlx::query(include_str!("../sql/checkpoint_truncate.sql")).fetch_one(connection).await?;
    }
    Ok(())
}
