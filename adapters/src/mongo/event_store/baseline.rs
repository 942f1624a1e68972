//! The log's collection without the application: documents as they are, all in one transaction, and read without being
//! looked into.

use std::sync::Arc;

use application::ports::Baseline;
use application::ports::baseline::{RawPage, Terms};
use application::ports::event_store::{LogId, Position, Recorded, StoreError, StreamName};
use async_trait::async_trait;
use bytes::Bytes;
use mongodb::bson::{DateTime, doc};

use super::commit::{self, StoredCommit};
use super::fields::{number, place};
use super::form::{ALL, LOG, LogPlace};
use super::while_doing;
use crate::mongo::connection::{Failure, contradiction};
use crate::mongo::opening::{self, MongoOpenError, Refusals};
use crate::mongo::settings::MongoSettings;

/// The collection of the log in a database made for measuring, with the log's indexes and connections like the log's.
pub struct MongoRawLimit {
    log: LogPlace,
}

impl MongoRawLimit {
    /// Opens the settings' database, and makes it with its collections when it is missing; a log that is new has this
    /// id.
    ///
    /// # Errors
    /// [`MongoOpenError`].
    pub async fn open(settings: &MongoSettings, new_id: LogId) -> Result<Self, MongoOpenError> {
        let log = LogPlace::of(opening::open(settings, &LOG).await?);
        log.name(new_id).await.map_err(|error| settings.failed("naming the log", &error))?;
        Ok(Self { log })
    }

    /// Drops the settings' database with all that is in it, if it is there. Its name has to begin with `bench_`, else
    /// nothing is done.
    ///
    /// # Errors
    /// [`MongoOpenError`]; the database is then still there.
    pub async fn clear(settings: &MongoSettings) -> Result<(), MongoOpenError> {
        opening::drop_bench_database(settings).await
    }
}

#[async_trait]
impl Baseline for MongoRawLimit {
    async fn write(&self, rows: Vec<Recorded>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let documents = Arc::new(commit::documents(&rows, DateTime::from_millis(0)));
        let (log, count) = (self.log.clone(), number(rows.len() as u64));
        let written = self.log.connection.transaction(move |session| {
            let (log, documents) = (log.clone(), Arc::clone(&documents));
            Box::pin(async move {
                let it = doc! { "_id": &log.head };
                let moved = doc! { "$inc": { "position": count } };
                log.logs().update_one(it, moved).session(&mut *session).await?;
                log.commits().insert_many(&*documents).session(session).await?;
                Ok(())
            })
        });
        while_doing("writing bare rows", written).await
    }

    async fn read_page(&self, after: Position, limit: usize) -> Result<RawPage, StoreError> {
        let log = self.log.clone();
        let page = async move {
            let until = number(after.value().saturating_add(limit as u64));
            let commits = log.commits();
            let found = commits.find(doc! { "pos": { "$gt": number(after.value()), "$lte": until } });
            let mut found = found.sort(doc! { "pos": 1 }).batch_size(ALL).await?;
            let mut page = RawPage { rows: 0, bytes: 0, last: after };
            while found.advance().await? {
                let commit = StoredCommit::read(found.current())?;
                for event in commit.events()? {
                    let event = event?;
                    page.rows += 1;
                    page.bytes += event.bytes();
                    page.last = commit.position.plus(event.offset);
                }
            }
            Ok(page)
        };
        while_doing("reading bare rows", self.log.connection.ask(page)).await
    }

    async fn read_stream(&self, stream: &StreamName) -> Result<Vec<Bytes>, StoreError> {
        let (log, all) =
            (self.log.clone(), doc! { "$gte": place(stream, 0), "$lte": place(stream, u64::MAX) });
        let payloads = async move {
            let commits = log.commits();
            let found = commits.find(doc! { "e": all }).sort(doc! { "e": 1 }).batch_size(ALL);
            let mut found = found.await?;
            let mut payloads = Vec::new();
            while found.advance().await? {
                for event in StoredCommit::read(found.current())?.events()? {
                    payloads.push(Bytes::copy_from_slice(event?.payload()));
                }
            }
            Ok(payloads)
        };
        while_doing("reading the bare rows of a stream", self.log.connection.ask(payloads)).await
    }

    async fn terms(&self) -> Result<Terms, StoreError> {
        let database = self.log.connection.database().clone();
        let terms = async move {
            let build = database.run_command(doc! { "buildInfo": 1 }).await?;
            let hello = database.run_command(doc! { "hello": 1 }).await?;
            let members = hello.get_array("hosts").map_or(0, Vec::len);
            let version = build.get_str("version").map_err(contradiction)?.to_owned();
            let durability = vec![("w", format!("majority of {members}")), ("j", "true".to_owned())];
            Ok::<_, Failure>(Terms { kind: "mongo", version, durability })
        };
        while_doing("asking for the settings of the store", self.log.connection.ask(terms)).await
    }

    /// Servers count transactions, but not questions.
    async fn transactions(&self) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }
}
