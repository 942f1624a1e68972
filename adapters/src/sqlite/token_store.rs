//! The token store in `views.db`: tokens, claims, letters and the rows of the views, changed by one writer in
//! transactions.

mod admin;
mod claims;
mod commits;
mod dead_letters;
mod letters;
mod overrides;
mod processors;
mod questions;
mod reader;
mod rebuild;
mod rows;
mod segments;
mod step_error;
mod stored;
mod tokens;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use application::ports::Clock;
use application::ports::shares::Share;
use application::ports::token_store::TokenError;
use futures::future::BoxFuture;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteSynchronous;
use tokio::sync::watch;

use super::connection::{Bounds, Database, FileSpec, OpenError};
use super::folder::Folder;
use reader::Isolation;
use step_error::StepError;
use writer::{Work, Writer};

/// A power cut may take the last commits: rows, letters and tokens go together, and are made again.
const SPEC: FileSpec = FileSpec {
    file: "views.db",
    holds: "the token store",
    mark: 0x7265_6e76,
    synchronous: SqliteSynchronous::Normal,
    remedy: "move it away to have it built again from the log; letters, pauses and overrides are lost with it",
    migrations: &[
        &[
            include_str!("sql/token_store/schema_1.sql"),
            include_str!("sql/token_store/mark_1.sql"),
            include_str!("sql/token_store/version_1.sql"),
        ],
        &[include_str!("sql/token_store/schema_2.sql"), include_str!("sql/token_store/version_2.sql")],
        &[include_str!("sql/token_store/schema_3.sql"), include_str!("sql/token_store/version_3.sql")],
    ],
};

/// Tokens, claims, rows and letters in one file of a folder that this process holds. Answers the questions of all views
/// too, from the rows of the live generations; rows of one kind are expected of one processor.
pub struct SqliteTokenStore {
    clock: Arc<dyn Clock>,
    database: Arc<Database>,
    writer: Writer,
    moved: watch::Sender<()>,
    /// How often operators have said something. Nobody else has the folder, so who holds a claim was here when it was
    /// said.
    said: AtomicU64,
}

impl SqliteTokenStore {
    /// Opens the file, or makes an empty one when it is missing: processors then begin anew. All claims and heartbeats
    /// in it end, since the folder is held by this process alone. `clock` is the store's clock, which claims and
    /// heartbeats run out by.
    ///
    /// # Errors
    /// [`OpenError`] when the file cannot be used, and when it is missing in a folder that is only looked into.
    pub async fn open(folder: Arc<Folder>, bounds: Bounds, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let (is_held, path) = (folder.is_held(), folder.path().join(SPEC.file));
        let database = Arc::new(Database::open(folder, &SPEC, bounds).await?);
        let writer = Writer::start(Arc::clone(&database), Arc::clone(&clock));
        let store = Self { clock, database, writer, moved: watch::Sender::new(()), said: AtomicU64::new(0) };
        if is_held {
            let taken_over = store.database.write(|tables| Box::pin(claims::take_over(tables))).await;
            taken_over.map_err(|failure| SPEC.unusable(path, failure))?;
        }
        Ok(store)
    }

    /// Makes a file at `path` with tokens and views as they are when this begins, also beside the process that writes
    /// them. It is on the disk when this returns. A log that is copied after it has everything that the tokens name.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`]; a file that was begun is left there, and is of no use.
    pub async fn copy_to(&self, path: &Path) -> Result<(), TokenError> {
        let copied = self.database.copy_to(path).await;
        copied.map_err(|failure| StepError::from(failure).while_doing("copying tokens and views"))
    }

    /// Makes the changes that wait, takes no others, and closes the file.
    pub async fn close(&self) {
        self.writer.close().await;
        self.database.close().await;
    }

    async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Work<T>,
    ) -> Result<T, TokenError> {
        self.writer.write(doing, work).await
    }

    async fn read<T, F>(&self, doing: &'static str, question: F) -> Result<T, TokenError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StepError>> + Send + 'static,
    {
        reader::read(&self.database, (Share::Questions, Isolation::Transaction), doing, question).await
    }

    /// The same for a processor.
    async fn read_working<T, F>(&self, doing: &'static str, question: F) -> Result<T, TokenError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StepError>> + Send + 'static,
    {
        reader::read(&self.database, (Share::Processors, Isolation::Transaction), doing, question).await
    }

    fn said(&self) -> u64 {
        self.said.load(Ordering::SeqCst)
    }

    /// Those who hold claims have something to learn.
    fn announce_word(&self) {
        self.said.fetch_add(1, Ordering::SeqCst);
    }

    fn announce_progress(&self) {
        self.moved.send_replace(());
    }
}
