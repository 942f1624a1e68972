//! The event log in a database, which several nodes append to.

mod append;
mod baseline;
mod batch;
mod commit;
mod fields;
mod form;
mod loading;
mod page;
mod read;
mod snapshots;

use std::sync::Arc;

use application::ports::event_store::{
    AppendOutcome, CommandId, Done, EventStore, Head, LoadFrom, Loaded, LogId, LogPage, Position, Snapshot,
    StoreError, StreamAppend, StreamName, Types,
};
use async_trait::async_trait;
use jiff::Timestamp;

use super::connection::Failure;
use super::opening::{self, MongoOpenError, Refusals};
use super::settings::MongoSettings;
use crate::stores::poller::Poller;
use crate::stores::step_error::of_log;
use append::BatchWriter;

pub use baseline::MongoRawLimit;
pub(super) use form::{LOG, LogPlace, commits};

/// The log in a database of a replica set. What was acknowledged is in the journals of its majority.
///
/// Every batch is one transaction, whose first operation moves the end of the log; there the batches of all nodes meet,
/// so positions become visible in their order, whichever node appends.
pub struct MongoEventStore {
    log: LogPlace,
    /// The same, for whoever follows the log.
    following: LogPlace,
    writer: Arc<BatchWriter>,
    poller: Poller<Position>,
}

impl MongoEventStore {
    /// Opens the log of the settings' database, and makes its collections when they are missing and the user may. A new
    /// log gets the id `new_id`.
    ///
    /// # Errors
    /// [`MongoOpenError`]; what was found stays as it is.
    pub async fn open(settings: &MongoSettings, new_id: LogId) -> Result<Self, MongoOpenError> {
        let log = LogPlace::of(opening::open(settings, &LOG).await?);
        if !settings.only_looks() {
            log.name(new_id).await.map_err(|error| settings.failed("naming the log", &error))?;
            log.finish_filling().await.map_err(|error| settings.failed("finishing an import", &error))?;
        }
        Self::on(log)
            .await
            .map_err(|failure| settings.failed_at_first("reading the log for the first time", failure))
    }

    /// Makes the collections of the log, or brings them up to date, as a user who may; [`MongoEventStore::open`] then
    /// needs no right to. Does nothing when nothing is missing, and may be called by many at once.
    ///
    /// # Errors
    /// [`MongoOpenError`]; what was found stays as it is.
    pub async fn migrate(settings: &MongoSettings) -> Result<(), MongoOpenError> {
        opening::migrate(settings, &LOG).await
    }

    /// Ends the appends under way and closes the connections; calls that come later fail.
    pub async fn close(&self) {
        self.poller.stop().await;
        self.log.connection.close().await;
    }

    /// Of a log that is there.
    pub(super) async fn on(log: LogPlace) -> Result<Self, Failure> {
        let position = read::last_position(&log).await?;
        let looking = log.clone();
        let poller = Poller::start(position, move || {
            let log = looking.clone();
            Box::pin(async move { read::last_position(&log).await.ok() })
        });
        let writer = Arc::new(BatchWriter::of(log.clone()));
        Ok(Self { following: log.for_processors(), log, writer, poller })
    }
}

#[async_trait]
impl EventStore for MongoEventStore {
    async fn append(&self, proposals: Vec<StreamAppend>) -> Result<Vec<AppendOutcome>, StoreError> {
        if proposals.is_empty() {
            return Ok(Vec::new());
        }
        let appended = append::append(Arc::clone(&self.writer), proposals, self.poller.announcer());
        while_doing("appending events", appended).await
    }

    async fn outcomes_of(&self, commands: &[CommandId]) -> Result<Vec<Option<Done>>, StoreError> {
        while_doing("looking up commands", read::outcomes(&self.log, commands)).await
    }

    async fn load(&self, stream: &StreamName, from: LoadFrom, limit: usize) -> Result<Loaded, StoreError> {
        while_doing("loading a stream", loading::load(&self.log, stream, from, limit)).await
    }

    async fn save_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), StoreError> {
        while_doing("saving a snapshot", snapshots::keep(&self.log, stream, &snapshot)).await
    }

    async fn read_log(&self, after: Position, unwanted: &Types, limit: usize) -> Result<LogPage, StoreError> {
        let known = self.poller.announcer().last();
        let page = page::after(&self.following, after, unwanted, limit);
        let page = while_doing("reading the log", page).await?;
        self.poller.announcer().announce_read(known, page.head);
        Ok(page)
    }

    async fn read_log_backward(&self, before: Position, limit: usize) -> Result<LogPage, StoreError> {
        while_doing("reading the log backward", page::before(&self.log, before, limit)).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        while_doing("looking for the end of the log", read::head(&self.log)).await
    }

    async fn streams_of(
        &self,
        category: &str,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Result<Vec<StreamName>, StoreError> {
        let span = StreamName::span_of(category, after);
        while_doing("looking for streams", read::streams(&self.log, span, limit)).await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        while_doing("looking for a time in the log", read::position_at(&self.log, time)).await
    }

    async fn appended(&self, after: Position) {
        self.poller.until(|&head| head > after).await;
    }
}

async fn while_doing<T>(
    doing: &'static str,
    work: impl Future<Output = Result<T, Failure>> + Send,
) -> Result<T, StoreError> {
    work.await.map_err(|failure| of_log(doing, failure))
}
