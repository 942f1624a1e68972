//! The event log in a file.

mod append;
mod baseline;
mod form;
mod insert;
mod read;
mod rows;
mod snapshots;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use application::ports::event_store::{
    AppendOutcome, CommandId, Done, EventStore, Head, LoadFrom, Loaded, LogId, LogPage, Position, Snapshot,
    StoreError, StreamAppend, StreamName, Types,
};
use application::ports::shares::Share;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::SqliteSynchronous;
use tokio::sync::watch;

use super::connection::{Bounds, Database, Failure, FileSpec, OpenError, Reader};
use super::folder::Folder;
use crate::stores::step_error::of_log;
use form::LOG;

pub use baseline::SqliteRawLimit;

/// How long a store that only looks waits before it looks again: nobody tells it what another process appends.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// The log in the file `rental.db`. What was acknowledged is on the disk, whatever happens to the process or the power.
///
/// Appends are transactions of one writer, so positions are given out in the order in which they become visible.
pub struct SqliteEventStore {
    id: LogId,
    database: Database,
    head: watch::Sender<Position>,
    is_written_elsewhere: bool,
}

impl SqliteEventStore {
    /// Opens the log of a folder. A new log gets the id `new_id`; in a folder that is only looked into, none is made.
    ///
    /// # Errors
    /// [`OpenError`]; what was found stays as it is.
    pub async fn open(folder: Arc<Folder>, bounds: Bounds, new_id: LogId) -> Result<Self, OpenError> {
        Self::open_as(folder, &LOG, bounds, new_id).await
    }

    /// Opens a log that nobody uses before it is complete: appends do not wait for the disk, so a power cut may take
    /// all of it. When it is closed, everything is in its one file, which is on the disk once it was synchronised.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn fill(folder: Arc<Folder>, bounds: Bounds, new_id: LogId) -> Result<Self, OpenError> {
        let form = FileSpec { synchronous: SqliteSynchronous::Off, ..LOG };
        Self::open_as(folder, &form, bounds, new_id).await
    }

    async fn open_as(
        folder: Arc<Folder>,
        form: &FileSpec,
        bounds: Bounds,
        new_id: LogId,
    ) -> Result<Self, OpenError> {
        let is_written_elsewhere = !folder.is_held();
        let path = folder.path().join(form.file);
        let database = Database::open(folder, form, bounds).await?;
        let unreadable = |failure: Failure| form.unusable(path.clone(), failure);
        if !is_written_elsewhere {
            database.write(move |it| Box::pin(read::name_log(it, new_id))).await.map_err(unreadable)?;
        }
        let mut reader = database.reader(Share::Questions).await.map_err(unreadable)?;
        let id = read::log_id(&mut reader).await.map_err(unreadable)?;
        let head = read::head(&mut reader, id).await.map_err(unreadable)?;
        reader.give_back();
        Ok(Self { id, database, head: watch::Sender::new(head.position), is_written_elsewhere })
    }

    /// Makes a file at `path` with the log as it is when this begins, also beside the process that writes it. It is on
    /// the disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; a file that was begun is left there, and is of no use.
    pub async fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        while_doing("copying the log", self.database.copy_to(path)).await
    }

    /// Ends the writes under way and closes the file; calls that come later fail.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// A connection that reads, once there is one.
    async fn reader(&self, doing: &'static str, share: Share) -> Result<Reader, StoreError> {
        let reader = self.database.reader(share).await;
        reader.map_err(|failure| of_log(doing, self.database.unread(failure)))
    }

    /// What was read, with the connection given back. One that failed is not used again.
    fn read<T>(
        &self,
        doing: &'static str,
        reader: Reader,
        read: Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let read = read.map_err(|failure| of_log(doing, self.database.unread(failure)))?;
        reader.give_back();
        Ok(read)
    }
}

#[async_trait]
impl EventStore for SqliteEventStore {
    async fn append(&self, proposals: Vec<StreamAppend>) -> Result<Vec<AppendOutcome>, StoreError> {
        if proposals.is_empty() {
            return Ok(Vec::new());
        }
        let head = self.head.clone();
        let appended = self.database.write_itself(
            move |connection| Box::pin(append::append(connection, proposals)),
            move |appended| announce(&head, appended.head),
        );
        while_doing("appending events", async { Ok(appended.await?.outcomes) }).await
    }

    async fn outcomes_of(&self, commands: &[CommandId]) -> Result<Vec<Option<Done>>, StoreError> {
        let mut reader = self.reader("looking up commands", Share::Questions).await?;
        let outcomes = read::outcomes(&mut reader, commands).await;
        self.read("looking up commands", reader, outcomes)
    }

    async fn load(&self, stream: &StreamName, from: LoadFrom, limit: usize) -> Result<Loaded, StoreError> {
        let mut reader = self.reader("loading a stream", Share::Questions).await?;
        let loaded = snapshots::load(&mut reader, stream, from, limit).await;
        self.read("loading a stream", reader, loaded)
    }

    async fn save_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), StoreError> {
        let stream = stream.clone();
        let saved = self.database.write(move |it| Box::pin(snapshots::keep(it, stream, snapshot)));
        while_doing("saving a snapshot", saved).await
    }

    async fn read_log(&self, after: Position, unwanted: &Types, limit: usize) -> Result<LogPage, StoreError> {
        let mut reader = self.reader("reading the log", Share::Processors).await?;
        let page = read::page(&mut reader, self.id, after, unwanted, limit).await;
        self.read("reading the log", reader, page)
    }

    async fn read_log_backward(&self, before: Position, limit: usize) -> Result<LogPage, StoreError> {
        let mut reader = self.reader("reading the log backward", Share::Questions).await?;
        let page = read::page_backward(&mut reader, self.id, before, limit).await;
        self.read("reading the log backward", reader, page)
    }

    async fn head(&self) -> Result<Head, StoreError> {
        let mut reader = self.reader("looking for the end of the log", Share::Questions).await?;
        let head = read::head(&mut reader, self.id).await;
        self.read("looking for the end of the log", reader, head)
    }

    async fn streams_of(
        &self,
        category: &str,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Result<Vec<StreamName>, StoreError> {
        let span = StreamName::span_of(category, after);
        let mut reader = self.reader("looking for streams", Share::Questions).await?;
        let streams = read::streams(&mut reader, span, limit).await;
        self.read("looking for streams", reader, streams)
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        let mut reader = self.reader("looking for a time in the log", Share::Questions).await?;
        let position = read::position_at(&mut reader, time).await;
        self.read("looking for a time in the log", reader, position)
    }

    async fn appended(&self, after: Position) {
        if self.is_written_elsewhere {
            tokio::time::sleep(POLL_INTERVAL).await;
            return;
        }
        let mut head = self.head.subscribe();
        // An error would mean that the sender is gone, and it lives in `self`.
        let _ = head.wait_for(|&head| head > after).await;
    }

    async fn check_storage(&self) -> Result<(), StoreError> {
        while_doing("looking for its files", async { self.database.check() }).await
    }

    async fn check_writing(&self) -> Result<(), StoreError> {
        while_doing("trying to write again", self.database.check_writing()).await
    }
}

/// Never goes back: of two appends the later one may come here first.
fn announce(head: &watch::Sender<Position>, reached: Position) {
    head.send_if_modified(|shown| {
        let moved = reached > *shown;
        *shown = reached.max(*shown);
        moved
    });
}

async fn while_doing<T>(
    doing: &'static str,
    work: impl Future<Output = Result<T, Failure>> + Send,
) -> Result<T, StoreError> {
    work.await.map_err(|failure| of_log(doing, failure))
}
