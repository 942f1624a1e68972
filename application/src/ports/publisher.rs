//! Where messages for other services go.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

use super::BoxError;
use super::event_store::Opaque;

/// Publishes messages at least once, in order per topic and key.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// Publishes a batch and answers when its outcome is known. Messages of one topic and key appear in the order
    /// given; publishing a message again is allowed and gives it the same id. An empty batch is published.
    ///
    /// # Errors
    /// [`PublishError::Unavailable`] when nothing at all could be sent.
    async fn publish(&self, batch: &[OutgoingRecord]) -> Result<Published, PublishError>;
}

/// A message ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingRecord {
    /// The topic.
    pub topic: String,
    /// What decides its order and partition.
    pub key: String,
    /// Headers in order; names may not repeat, and values need not be text.
    pub headers: Vec<(String, Bytes)>,
    /// The body.
    pub body: Bytes,
}

/// The body may be personal: only its length is shown.
impl fmt::Debug for OutgoingRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingRecord")
            .field("topic", &self.topic)
            .field("key", &self.key)
            .field("headers", &self.headers)
            .field("body", &Opaque(&self.body))
            .finish()
    }
}

/// How far a batch came.
#[derive(Debug, Default)]
pub struct Published {
    /// So many messages from the start of the batch are durably published, without a gap.
    pub contiguous: usize,
    /// What failed, by its index in the batch. What is neither below `contiguous` nor here may or may not be published.
    pub failed: Vec<(usize, PublishFailure)>,
}

/// Why one message was not published.
#[derive(Debug, Error)]
pub enum PublishFailure {
    /// It will never be, as it is.
    #[error("the message cannot be published as it is")]
    Permanent(#[source] BoxError),
    /// It may be, later.
    #[error("the message was not published this time")]
    Transient(#[source] BoxError),
}

/// Why nothing could be sent.
#[derive(Debug, Error)]
pub enum PublishError {
    /// Nobody is there; a later try may go through.
    #[error("publishing {count} messages failed, nobody is there; try again")]
    Unavailable {
        /// How many were to be sent.
        count: usize,
        /// Why not.
        #[source]
        source: BoxError,
    },
}
