//! What is not published yet, and what is not consumed yet.

use jiff::Timestamp;

use crate::messages::Topic;
use crate::ports::event_store::Types;
use crate::ports::token_store::TokenError;
use crate::ports::{EventStore, StoreError};
use crate::processing::{ProcessorStatus, SourceKind};
use crate::reactions::{PUBLISH, partition_of};
use thiserror::Error;

use super::Control;

/// How far messages are behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageBacklog {
    /// When the oldest event happened that the relay has not passed; none when it has passed all.
    pub unpublished_since: Option<Timestamp>,
    /// What lies before the handlers of this process in each partition that they follow.
    pub lags: Vec<PartitionLag>,
}

/// What lies before a handler in a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionLag {
    /// The handler.
    pub handler: String,
    /// The topic.
    pub topic: Topic,
    /// The partition.
    pub partition: u32,
    /// How many messages.
    pub messages: u64,
}

/// Why it is not known.
#[derive(Debug, Error)]
pub enum BacklogError {
    /// The token store does not say how processors stand.
    #[error(transparent)]
    Tokens(#[from] TokenError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] StoreError),
}

impl Control {
    /// How far messages are behind, whoever works on them. While the broker does not answer, partitions end where they
    /// ended when it last did.
    ///
    /// # Errors
    /// [`BacklogError`] when the token store or the log cannot be asked.
    pub async fn message_backlog(&self, log: &dyn EventStore) -> Result<MessageBacklog, BacklogError> {
        let all = self.processors().await?;
        let publish = all.iter().find(|status| status.name == PUBLISH);
        let unpublished_since = match publish {
            Some(publish) => log
                .read_log(publish.position, &Types::new(), 1)
                .await?
                .events
                .first()
                .map(|next| next.occurred_at),
            None => None,
        };
        let topics = all.iter().filter(|status| status.source == SourceKind::Topic);
        Ok(MessageBacklog { unpublished_since, lags: topics.filter_map(PartitionLag::of).collect() })
    }
}

impl PartitionLag {
    fn of(status: &ProcessorStatus) -> Option<Self> {
        let (handler, topic, partition) = partition_of(&status.name)?;
        Some(Self { handler: handler.to_owned(), topic, partition, messages: status.lag(status.head) })
    }
}
