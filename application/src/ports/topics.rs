//! The topics of a broker with the partitions that they have: they may get more of them while they are followed.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::MessageSource;
use super::message_source::SourceError;
use crate::messages::Topic;
use crate::services::ServiceName;

/// The topics that messages go over.
#[async_trait]
pub trait Topics: Send + Sync {
    /// How many partitions each topic has now; a topic that is not there is left out.
    ///
    /// # Errors
    /// [`SourceError::Away`] when the broker does not say.
    async fn partitions(&self) -> Result<Vec<(Topic, u32)>, SourceError>;

    /// A partition, which [`Topics::partitions`] has counted.
    fn partition(&self, topic: Topic, number: u32) -> FollowedPartition;
}

/// A partition of a topic.
#[derive(Clone)]
pub struct FollowedPartition {
    /// The topic.
    pub topic: Topic,
    /// Its number there, from 0.
    pub number: u32,
    /// What is in it.
    pub source: Arc<dyn MessageSource>,
    /// The same for the handlers of services whose nodes share it out among them by a group; those of others follow it
    /// by their tokens alone, and so does every view.
    pub shared: BTreeMap<ServiceName, Arc<dyn MessageSource>>,
}

impl FollowedPartition {
    /// One that nobody shares out.
    #[must_use]
    pub fn tracked(topic: Topic, number: u32, source: Arc<dyn MessageSource>) -> Self {
        Self { topic, number, source, shared: BTreeMap::new() }
    }
}
