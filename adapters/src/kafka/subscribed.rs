//! A partition that a consumer group shares out: read like any other, by the member that has it, from where the group
//! has come.

use std::sync::Arc;

use application::ports::MessageSource;
use application::ports::event_store::{Position, Types};
use application::ports::message_source::{SourceError, SourcePage, StartingPoint, Token};
use async_trait::async_trait;

use super::group::KafkaGroup;
use super::partition::KafkaPartition;

/// A partition of a topic, through a group.
pub struct SubscribedPartition {
    partition: Arc<KafkaPartition>,
    group: Arc<KafkaGroup>,
}

impl SubscribedPartition {
    pub(super) const fn of(partition: Arc<KafkaPartition>, group: Arc<KafkaGroup>) -> Self {
        Self { partition, group }
    }
}

#[async_trait]
impl MessageSource for SubscribedPartition {
    fn turn(&self) -> Result<(), SourceError> {
        let (topic, number) = self.partition.address();
        let membership = self.group.membership();
        let turn = membership.check(topic, number);
        turn.map_err(|why| SourceError::NotOurTurn { group: membership.group().to_owned(), why })
    }

    fn is_shared_out(&self) -> bool {
        true
    }

    async fn resume(&self, stored: &Token) -> Result<Token, SourceError> {
        let (topic, number) = self.partition.address();
        let committed = self.group.committed(topic, number).await;
        let committed = committed
            .map_err(|source| SourceError::Away { doing: "asking how far a group has come", source })?;
        // It has none before its first commit, and after it was away for longer than the broker remembers.
        let Some(offset) = committed else { return Ok(*stored) };
        let position = Position::new(u64::try_from(offset).unwrap_or_default()); // none is below 0
        let token = self.partition.token(position);
        self.partition.knows(&token).await?;
        self.group.membership().knows(topic, number, offset);
        Ok(token)
    }

    async fn acknowledged(&self, token: &Token) -> Result<(), SourceError> {
        let (topic, number) = self.partition.address();
        let offset = i64::try_from(token.position.value()).unwrap_or(i64::MAX); // Kafka's are no higher
        self.group.membership().done(topic, number, offset);
        Ok(())
    }

    async fn read(&self, token: &Token, unwanted: &Types, limit: usize) -> Result<SourcePage, SourceError> {
        self.partition.read(token, unwanted, limit).await
    }

    async fn token_at(&self, place: StartingPoint) -> Result<Token, SourceError> {
        self.partition.token_at(place).await
    }

    async fn knows(&self, token: &Token) -> Result<(), SourceError> {
        self.partition.knows(token).await
    }

    async fn arrived(&self, token: &Token) {
        let (topic, number) = self.partition.address();
        tokio::select! {
            () = self.partition.arrived(token) => {}
            () = self.group.membership().lost(topic, number) => {}
        }
    }
}
