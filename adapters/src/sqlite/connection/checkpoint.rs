//! Moves what was committed from the write-ahead log into the file, beside the writer and not within its commits.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{ConnectOptions, Row, SqliteConnection};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::files::DatabaseFiles;
use super::{WriteLine, close};

/// The least time between two checkpoints: each one waits for the disk twice.
const PAUSE: Duration = Duration::from_secs(1);
/// Pages in the write-ahead log from which on it is started afresh as soon as nobody needs it: 32 MiB.
const PAGES_MAX: i64 = 8_192;
/// So few pages are moved while the writer is held: 1 MiB.
const PAGES_HELD: i64 = 256;
/// How often pages are moved in a row, until so few are left.
const PASSES: usize = 4;
/// Pages from which on somebody should be told, and again each time there are twice as many: 256 MiB.
const PAGES_TOLD: i64 = 65_536;

/// The task that does it; it ends with this value.
pub(super) struct Checkpoints {
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Checkpoints {
    /// After what is committed over `line` to the file of this name.
    pub(super) fn start(line: Arc<WriteLine>, files: Arc<DatabaseFiles>, file: &'static str) -> Self {
        let stop = CancellationToken::new();
        let checkpoint =
            Checkpoint { line, files, file, connection: None, told: PAGES_TOLD, is_failing: false };
        let task = tokio::spawn(checkpoint.run(stop.clone()));
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

struct Checkpoint {
    /// Not the writer itself, which holds the folder: whoever lets go of a store lets go of that at once.
    line: Arc<WriteLine>,
    files: Arc<DatabaseFiles>,
    file: &'static str,
    connection: Option<SqliteConnection>,
    /// How many pages have to be there for it to be told.
    told: i64,
    /// The last one failed, which was said.
    is_failing: bool,
}

/// The write-ahead log, in pages.
#[derive(Clone, Copy)]
struct Wal {
    all: i64,
    moved: i64,
}

impl Checkpoint {
    /// After each commit, and on and on while there are too many pages: whoever reads for long keeps them there.
    async fn run(mut self, stop: CancellationToken) {
        let mut is_too_large = false;
        while is_too_large || stop.run_until_cancelled(self.line.written.notified()).await.is_some() {
            match self.checkpoint().await {
                Ok(pages) => {
                    self.is_failing = false;
                    is_too_large = pages > PAGES_MAX;
                    self.tell(pages);
                }
                Err(error) => {
                    // A full disk fails each of them, and one line says as much as one a second.
                    if !self.is_failing {
                        tracing::warn!(
                            file = self.file,
                            error = &error as &dyn std::error::Error,
                            "a checkpoint failed; it is tried again after each commit"
                        );
                    }
                    self.is_failing = true;
                    self.connection = None;
                }
            }
            if stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
                break;
            }
        }
        if let Some(connection) = self.connection {
            close(connection).await;
        }
    }

    /// How many pages are left. Files that were taken away are left alone, and one that was cut short too: moved pages
    /// would make it as long as it was, and nobody would see any more that others are gone. Whoever writes says so.
    async fn checkpoint(&mut self) -> Result<i64, sqlx::Error> {
        let Self { line, files, connection, .. } = self;
        if files.check().is_err() {
            return Ok(0);
        }
        let connection = match connection {
            Some(connection) => connection,
            None => connection.insert(connect(line).await?),
        };
        let mut wal = passive(connection).await?;
        for _ in 1..PASSES {
            if wal.all <= PAGES_MAX || wal.left() <= PAGES_HELD {
                break;
            }
            wal = passive(connection).await?;
        }
        if wal.all <= PAGES_MAX || wal.left() > PAGES_HELD {
            return Ok(wal.all);
        }
        // Nobody writes meanwhile, and nothing waits for those who read: with one of them it ends at once, and is tried
        // again.
        let _nobody_writes = line.connection.lock().await;
        let truncate = sqlx::query(include_str!("../sql/checkpoint_truncate.sql"));
        files.wal().shortens();
        let truncated = truncate.fetch_one(connection).await;
        files.wal().has_shortened();
        let is_busy = truncated?.try_get::<bool, _>("busy")?;
        Ok(if is_busy { wal.all } else { 0 })
    }

    #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 pages")]
    fn tell(&mut self, pages: i64) {
        metrics::gauge!("rental_sqlite_wal_pages", "file" => self.file).set(pages as f64);
        if pages >= self.told {
            tracing::warn!(
                file = self.file,
                wal_pages = pages,
                "the write-ahead log grows, since somebody reads the file for long: end that, or see that the disk has room"
            );
            self.told = pages.saturating_mul(2);
        } else if pages <= PAGES_MAX {
            self.told = PAGES_TOLD;
        }
    }
}

impl Wal {
    const fn left(self) -> i64 {
        self.all - self.moved
    }
}

/// One that waits for no lock.
async fn connect(line: &WriteLine) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = line.options.connect().await?;
    sqlx::query("pragma busy_timeout = 0").execute(&mut connection).await?;
    Ok(connection)
}

/// Moves what no reader needs any more, beside everybody.
async fn passive(connection: &mut SqliteConnection) -> Result<Wal, sqlx::Error> {
    let row = sqlx::query(include_str!("../sql/checkpoint_passive.sql")).fetch_one(connection).await?;
    // Below 0 they are not known, as when another process does the same.
    let pages = |name| row.try_get::<i64, _>(name).map(|pages| pages.max(0));
    Ok(Wal { all: pages("log")?, moved: pages("checkpointed")? })
}
