//! The topics of a broker with the partitions that they have: they may get more of them while they are followed.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::MessageSource;
use super::event_store::{Position, Recorded, Types};
use super::message_source::{SourceError, Token};
use crate::messages::Topic;
use crate::services::ServiceName;

/// Records read in one piece.
const PAGE: usize = 1_000;
/// How often nothing may come of a partition that does not end there: a broker may be slow, and its holes are none of ours.
const EMPTY_MAX: u32 = 5;

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
    /// Hands out what lies after `token` and not after `end`, in order, and moves the token on. It stays before the end
    /// when nothing more comes.
    ///
    /// # Errors
    /// As [`MessageSource::read`]; the token has passed what was handed out.
    pub(crate) async fn read_up_to(
        &self,
        token: &mut Token,
        end: Position,
        mut take: impl FnMut(&Recorded) + Send,
    ) -> Result<(), SourceError> {
        let mut empty = 0;
        while token.position < end && empty <= EMPTY_MAX {
            let page = self.source.read(token, &Types::new(), PAGE).await?;
            page.events.iter().take_while(|recorded| recorded.position <= end).for_each(&mut take);
            empty = if page.next.position > token.position { 0 } else { empty + 1 };
            *token = page.next;
        }
        Ok(())
    }
}
