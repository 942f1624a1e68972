//! The event log in a schema, which several nodes append to.

mod append;
mod appender;
mod baseline;
mod call;
mod columns;
mod form;
mod read;
mod rows;
mod snapshots;
mod verdict;

use std::sync::Arc;

use application::ports::event_store::{
    AppendOutcome, CommandId, Done, EventStore, Head, LoadFrom, Loaded, LogId, LogPage, Position, Snapshot,
    StoreError, StreamAppend, StreamName, Types,
};
use async_trait::async_trait;
use jiff::Timestamp;

use super::connection::{Database, Failure};
use super::opening::{self, OpenError, Weakness};
use super::settings::PostgresSettings;
use crate::stores::poller::Poller;
use crate::stores::step_error::of_log;
use appender::Appender;
use form::LOG;

pub use baseline::PostgresRawLimit;

/// The log in a schema of a Postgres database. What was acknowledged is on the server's disk, unless a [`Weakness`] was
/// told.
///
/// Every append takes one lock and gives out positions under it, so positions become visible in their order, whichever
/// node appends. One connection is kept for appending, beside those that are lent for all else.
pub struct PostgresEventStore {
    database: Database,
    /// The same connections, for whoever follows the log.
    following: Database,
    appender: Arc<Appender>,
    poller: Poller<Position>,
    weaknesses: Vec<Weakness>,
}

impl PostgresEventStore {
    /// Opens the log of the settings' schema, and makes schema and tables when they are missing and the user may. A new
    /// log gets the id `new_id`.
    ///
    /// # Errors
    /// [`OpenError`]; what was found stays as it is.
    pub async fn open(settings: &PostgresSettings, new_id: LogId) -> Result<Self, OpenError> {
        let weaknesses = opening::open(settings, &LOG).await?;
        let database = Database::of(settings);
        let unreadable = |failure: Failure| OpenError::Failed {
            place: settings.place(),
            doing: "reading the log for the first time",
            source: failure.into_source(),
        };
        read::name_log(&database, new_id).await.map_err(unreadable)?;
        let head = read::head(&database).await.map_err(unreadable)?;
        let looking = database.clone();
        let poller = Poller::start(head.position, move || {
            let database = looking.clone();
            Box::pin(async move { read::head(&database).await.ok().map(|head| head.position) })
        });
        let appender = Arc::new(Appender::of(settings));
        let following = database.for_processors();
        Ok(Self { database, following, appender, poller, weaknesses })
    }

    /// Makes the schema and the tables of the log, or brings them up to date, as a user who may;
    /// [`PostgresEventStore::open`] then needs no right to. Does nothing when nothing is missing, and may be called by
    /// many at once.
    ///
    /// # Errors
    /// [`OpenError`]; what was found stays as it is.
    pub async fn migrate(settings: &PostgresSettings) -> Result<(), OpenError> {
        opening::migrate(settings, &LOG).await
    }

    /// What of the server's settings weakens the promise that what was acknowledged lasts; told in the log when the
    /// store was opened.
    #[must_use]
    pub fn weaknesses(&self) -> &[Weakness] {
        &self.weaknesses
    }

    /// Ends the appends under way and closes the connections; calls that come later fail.
    pub async fn close(&self) {
        self.poller.stop().await;
        self.appender.close().await;
        self.database.close().await;
    }
}

#[async_trait]
impl EventStore for PostgresEventStore {
    async fn append(&self, proposals: Vec<StreamAppend>) -> Result<Vec<AppendOutcome>, StoreError> {
        if proposals.is_empty() {
            return Ok(Vec::new());
        }
        let appended = append::append(Arc::clone(&self.appender), proposals, self.poller.announcer());
        while_doing("appending events", appended).await
    }

    async fn outcomes_of(&self, commands: &[CommandId]) -> Result<Vec<Option<Done>>, StoreError> {
        while_doing("looking up commands", read::outcomes(&self.database, commands)).await
    }

    async fn load(&self, stream: &StreamName, from: LoadFrom, limit: usize) -> Result<Loaded, StoreError> {
        while_doing("loading a stream", snapshots::load(&self.database, stream, from, limit)).await
    }

    async fn save_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), StoreError> {
        while_doing("saving a snapshot", snapshots::keep(&self.database, stream, &snapshot)).await
    }

    async fn read_log(&self, after: Position, unwanted: &Types, limit: usize) -> Result<LogPage, StoreError> {
        let page = read::page(&self.following, after, unwanted, limit);
        let known = self.poller.announcer().last();
        let page = while_doing("reading the log", page).await?;
        self.poller.announcer().announce_read(known, page.head);
        Ok(page)
    }

    async fn read_log_backward(&self, before: Position, limit: usize) -> Result<LogPage, StoreError> {
        let page = read::page_backward(&self.database, before, limit);
        while_doing("reading the log backward", page).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        while_doing("looking for the end of the log", read::head(&self.database)).await
    }

    async fn streams_of(
        &self,
        category: &str,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Result<Vec<StreamName>, StoreError> {
        let span = StreamName::span_of(category, after);
        while_doing("looking for streams", read::streams(&self.database, span, limit)).await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        while_doing("looking for a time in the log", read::position_at(&self.database, time)).await
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
