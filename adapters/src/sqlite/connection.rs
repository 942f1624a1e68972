//! One database file: a writer that cannot be left half-way, and several readers.

mod checkpoint;
mod copying;
mod failure;
mod files;
mod migrations;
mod open_error;
mod preflight;
mod readers;
mod write_fault;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use application::ports::shares::Share;
use application::ports::{BoxError, Unwritable};
use futures::future::BoxFuture;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{Mutex, Notify};

use super::folder::Folder;
use checkpoint::Checkpoints;
use files::Files;
use readers::{Readers, read_only};
use write_fault::WriteFault;

pub(super) use failure::Failure;
pub(super) use files::DatabaseFiles;
pub(super) use migrations::Migration;
pub use open_error::OpenError;
pub(super) use preflight::stands_there;
pub(super) use readers::Reader;

/// How long a statement waits for a lock that another connection holds.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// How long a read waits for one of the readers.
const READER_WAIT: Duration = Duration::from_secs(5);
/// The writer never moves pages of the write-ahead log itself: whoever waits for its commit would wait for that, too.
const WRITERS_CHECKPOINT: &str = "0";

/// Nobody but this user may read what a file that we make holds. What stands beside a database file has the rights of
/// that one.
pub(super) const OWN_FILE: u32 = 0o600;

/// What a file of ours is.
#[derive(Debug)]
pub(super) struct FileSpec {
    /// Its name in the folder.
    pub(super) file: &'static str,
    /// What it holds, in words.
    pub(super) holds: &'static str,
    /// The mark in its header that tells it from files of others; its first migration writes it.
    pub(super) mark: i64,
    /// Whether each commit waits for the disk.
    pub(super) synchronous: SqliteSynchronous,
    /// What to do when it is damaged, in words.
    pub(super) remedy: &'static str,
    /// The steps that lead to its present tables; number `n` leaves `user_version = n`, from 1.
    pub(super) migrations: &'static [Migration],
}

impl FileSpec {
    /// That a file of this form was opened and cannot be used.
    pub(super) fn unusable(&self, path: PathBuf, failure: Failure) -> OpenError {
        let (holds, remedy) = (self.holds, self.remedy);
        match failure {
            Failure::Corrupt(source) => OpenError::Content { path, holds, remedy, source },
            Failure::Unavailable(source) | Failure::UnknownOutcome(source) => {
                OpenError::of_file(path, self, source)
            }
        }
    }
}

/// A file with what to do when it is damaged.
#[derive(Debug, Clone)]
pub(super) struct NamedFile {
    path: PathBuf,
    remedy: &'static str,
}

/// How much of the machine a file may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections that read; at least 1.
    pub readers: u32,
    /// The most pages of 4 KiB the file may have; as many as the disk holds when none is given.
    pub pages_max: Option<u32>,
}

impl Default for Bounds {
    /// Four readers, and the disk as the limit.
    fn default() -> Self {
        Self { readers: 4, pages_max: None }
    }
}

/// An open file.
pub(super) struct Database {
    file: NamedFile,
    /// The number of the last migration, which the header holds.
    version: i64,
    readers: Readers,
    writer: Option<Arc<Writer>>,
    checkpoints: Option<Checkpoints>,
}

impl Database {
    /// Opens the file, and makes it or brings its tables up to date when the folder is held.
    pub(super) async fn open(
        folder: Arc<Folder>,
        form: &FileSpec,
        bounds: Bounds,
    ) -> Result<Self, OpenError> {
        let path = folder.path().join(form.file);
        let write = options(&path, form, bounds);
        // Within the process, one at a time: to switch the journal on asks for a lock that cannot be waited for.
        let opening = folder.opening().await;
        migrations::bring_up_to_date(&path, form, folder.is_held().then_some(&write)).await?;
        drop(opening);
        let readers = Readers::of(&path, bounds.readers);
        let file = NamedFile { path: path.clone(), remedy: form.remedy };
        let version = form.migrations.len() as i64;
        if !folder.is_held() {
            return Ok(Self { file, version, readers, writer: None, checkpoints: None });
        }
        let unopened = |source: BoxError| OpenError::of_file(path.clone(), form, source);
        readers.open_all().await.map_err(|error| unopened(error.into()))?;
        let files = Files::of(folder, &path).map_err(|error| unopened(error.into()))?;
        files.warn_if_open_to_others(&path);
        let line =
            Arc::new(WriteLine { options: write, connection: Mutex::default(), written: Notify::new() });
        let checkpoints = Checkpoints::start(Arc::clone(&line), files.of_database(), form.file);
        let writer = Arc::new(Writer { line, files, file: file.clone(), fault: WriteFault::default() });
        Ok(Self { file, version, readers, writer: Some(writer), checkpoints: Some(checkpoints) })
    }

    /// Whether what is written would be there for the next process; nothing is written when it is only looked into.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.writer.as_ref().map_or(Ok(()), |writer| writer.files.check().map_err(Failure::displaced))
    }

    /// Whether writes failed because of the disk and would fail again. The version of the tables is written as it
    /// stands there: that takes a page in the write-ahead log, and changes nothing.
    pub(super) async fn check_writing(&self) -> Result<(), Failure> {
        let Some(writer) = &self.writer else { return Ok(()) };
        let Some(noted) = writer.fault.noted() else { return Ok(()) };
        let again = AssertSqlSafe(format!("pragma user_version = {}", self.version));
        let tried = self.write(move |tables| {
            Box::pin(async move {
                sqlx::query(again).execute(tables).await?;
                Ok(())
            })
        });
        if tried.await.is_ok() {
            writer.fault.is_over();
            return Ok(());
        }
        // Whatever it was that time, the fault that was noted last says most.
        let why = writer.fault.noted().unwrap_or(noted);
        Err(Failure::Unavailable(Box::new(Unwritable { path: self.file.path.clone(), why })))
    }

    /// Says of a failure to read which file it is about. When that was taken away or cut short meanwhile, this is why.
    pub(super) fn unread(&self, failure: Failure) -> Failure {
        self.check().err().unwrap_or_else(|| failure.of_reading(&self.file))
    }

    /// Says of a failure to write which file it is about.
    pub(super) fn unwritten(&self, failure: Failure) -> Failure {
        failure.of_writing(&self.file)
    }

    /// One of the connections that read, once one is free.
    pub(super) async fn reader(&self, share: Share) -> Result<Reader, Failure> {
        self.readers.take(share).await
    }

    /// Does `work` in one transaction, after those that came before: its commit when it succeeds, nothing of it when it
    /// fails. It runs to its end in a task of its own, so whoever waits for it may stop waiting at any time.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, Failure>> + Send + 'static,
    {
        self.write_itself(move |connection| Box::pin(transact(connection, work)), |_| ()).await
    }

    /// Like [`Self::write`] for work that begins and commits the transaction in statements of its own, and does `then`
    /// after it, also when nobody waits any more.
    pub(super) async fn write_itself<T, F, G>(&self, work: F, then: G) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, Failure>> + Send + 'static,
        G: FnOnce(&T) + Send + 'static,
    {
        let writer = self.writer.clone().ok_or_else(Failure::only_read)?;
        let task = tokio::spawn(async move {
            let done = writer.lend(work).await?;
            then(&done);
            writer.line.written.notify_one();
            Ok(done)
        });
        task.await.map_err(Failure::lost)?
    }

    /// Waits until writes under way have ended, and closes every connection.
    pub(super) async fn close(&self) {
        self.readers.close().await;
        if let Some(checkpoints) = &self.checkpoints {
            checkpoints.stop().await;
        }
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }
}

struct Writer {
    line: Arc<WriteLine>,
    files: Files,
    file: NamedFile,
    fault: WriteFault,
}

/// The one connection that writes.
struct WriteLine {
    options: SqliteConnectOptions,
    /// None before the first write and after one whose end is unclear: the next one opens another.
    connection: Mutex<Option<SqliteConnection>>,
    /// Something was committed.
    written: Notify,
}

impl Writer {
    /// Whatever fails is rolled back. What was written while the files were taken away may be in either place.
    async fn lend<T, F>(&self, work: F) -> Result<T, Failure>
    where
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, Failure>> + Send,
    {
        self.files.check().map_err(Failure::displaced)?;
        let done = self.work(work).await.map_err(|failure| {
            self.fault.note(&failure);
            failure.of_writing(&self.file)
        })?;
        self.files.check().map_err(|displaced| Failure::UnknownOutcome(displaced.into()))?;
        Ok(done)
    }

    async fn work<T, F>(&self, work: F) -> Result<T, Failure>
    where
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, Failure>> + Send,
    {
        let mut place = self.line.connection.lock().await;
        // Taken out: a panic or the end of the runtime drops it, and closing it rolls back.
        let mut connection = match place.take() {
            Some(connection) => connection,
            None => self.line.options.connect().await?,
        };
        let done = work(&mut connection).await;
        let is_clean = done.is_ok() || sqlx::query("rollback").execute(&mut connection).await.is_ok();
        *place = is_clean.then_some(connection);
        done
    }

    async fn close(&self) {
        if let Some(connection) = self.line.connection.lock().await.take() {
            close(connection).await;
        }
    }
}

async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(error = &error as &dyn std::error::Error, "a database file was not closed cleanly");
    }
}

async fn transact<T, F>(connection: &mut SqliteConnection, work: F) -> Result<T, Failure>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, Failure>>,
{
    sqlx::query("begin immediate").execute(&mut *connection).await?;
    let done = work(connection).await?;
    sqlx::query("commit").execute(connection).await.map_err(Failure::of_commit)?;
    Ok(done)
}

fn options(path: &Path, form: &FileSpec, bounds: Bounds) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(form.synchronous)
        .busy_timeout(BUSY_WAIT)
        .pragma("wal_autocheckpoint", WRITERS_CHECKPOINT)
        .disable_statement_logging();
    match bounds.pages_max {
        Some(pages) => options.pragma("max_page_count", pages.to_string()),
        None => options,
    }
}
