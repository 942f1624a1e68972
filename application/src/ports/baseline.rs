//! What a store can do at best, for whoever wants to know how much of that the application leaves.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::event_store::{Position, Recorded, StoreError, StreamName};
use super::publisher::{OutgoingRecord, PublishError};

/// The bare work of a store at its best, without anything that the application adds to it: no checks, no domain types,
/// no batching of its own. A limit that something beats is none, so whoever finds a faster way puts it here. Its tables, indexes and durability are those of the store's log, so that a measure of the one beside the
/// other compares like with like.
///
/// Only ever opened on a place made for measuring: what is written here is not checked by anybody.
#[async_trait]
pub trait Baseline: Send + Sync {
    /// Writes the rows as they are in one transaction, in the fastest way that is known for this store: with a
    /// statement that was prepared once and takes many rows, without a look at what is there, and committed as durably
    /// as an append is. The rows have to go on where the log ends.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::UnknownOutcome`].
    async fn write(&self, rows: Vec<Recorded>) -> Result<(), StoreError>;

    /// Reads the next at most `limit` rows after a position, by key, with all their columns, and makes nothing of them
    /// but their number and size. The end of the log is a page without rows.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn read_page(&self, after: Position, limit: usize) -> Result<RawPage, StoreError>;

    /// Reads the payloads of a whole stream with one question, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn read_stream(&self, stream: &StreamName) -> Result<Vec<Bytes>, StoreError>;

    /// What stands behind the store, and how durable a commit is right now: as the store says when it is asked, on the
    /// connection that writes.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn terms(&self) -> Result<Terms, StoreError>;

    /// How many transactions, questions included, the whole store has committed until now; none where nobody counts
    /// them. The store may count up to a second late, and counts those of others who use it as well.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn transactions(&self) -> Result<Option<u64>, StoreError>;
}

/// The bare work of a broker's client at its best, for the same reason: with the settings of the publisher, so that an
/// acknowledgement promises as much, and without anything that keeps records in order when one of them fails.
#[async_trait]
pub trait PublisherBaseline: Send + Sync {
    /// Publishes the records as they are, with as many in flight as the client holds, and answers when all are
    /// acknowledged.
    ///
    /// # Errors
    /// [`PublishError::Unavailable`] when some are not.
    async fn publish_bare(&self, records: Arc<[OutgoingRecord]>) -> Result<(), PublishError>;

    /// What stands behind it, and what an acknowledgement promises.
    ///
    /// # Errors
    /// [`PublishError::Unavailable`] when the broker does not say.
    async fn terms(&self) -> Result<Terms, PublishError>;
}

/// A page of rows that nobody looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawPage {
    /// How many rows it has.
    pub rows: u64,
    /// How many bytes of payload and metadata these hold.
    pub bytes: u64,
    /// The position of the last one; that from which was asked when there is none.
    pub last: Position,
}

/// Under which terms a store works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What it is, in a word.
    pub kind: &'static str,
    /// Its version.
    pub version: String,
    /// The settings that say what survives a power cut, by the store's own names; empty when nothing does.
    pub durability: Vec<(&'static str, String)>,
}
