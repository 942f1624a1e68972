//! Takes up the partitions that topics get while the service runs.

use std::collections::BTreeSet;

use thiserror::Error;

use super::exchange::{Exchange, of_partition};
use super::processors_of;
use crate::commands::Commands;
use crate::messages::Topic;
use crate::ports::message_source::SourceError;
use crate::ports::token_store::ProcessorName;
use crate::ports::topics::FollowedPartition;
use crate::processing::{
    NewProcessor, ProcessorContext, Processors, RegistrationError, RepeatedName, register,
};
use crate::services::Services;

/// Why partitions that were added are not followed yet. Asked again, it goes on with those that are left.
#[derive(Debug, Error)]
pub enum GrowthError {
    /// The broker does not say which there are.
    #[error("asking which partitions topics have failed")]
    Count(#[source] SourceError),
    /// The token store or the partition does not say where to begin.
    #[error("registering the processors of partition {number} of `{topic}` failed")]
    Register {
        /// The topic.
        topic: Topic,
        /// The partition.
        number: u32,
        /// Why.
        #[source]
        source: RegistrationError,
    },
    /// A processor of this name is there already.
    #[error(transparent)]
    Repeated(#[from] RepeatedName),
}

/// The partitions that are followed, and how those that come to them are.
pub struct Growth {
    exchange: Exchange,
    followed: BTreeSet<(Topic, u32)>,
    services: Services,
    commands: Commands,
    within: ProcessorContext,
    processors: Processors,
}

impl Growth {
    /// Beyond the partitions that the exchange had at the start, whose processors are among these.
    #[must_use]
    pub fn beyond(
        exchange: Exchange,
        services: Services,
        commands: Commands,
        within: ProcessorContext,
        processors: Processors,
    ) -> Self {
        let followed = exchange.partitions.iter().map(|partition| (partition.topic, partition.number));
        Self { followed: followed.collect(), exchange, services, commands, within, processors }
    }

    /// Makes processors for the partitions that were added since, to be taken from those of the process. They begin where
    /// their partitions begin: what was written before anybody noticed is not left out.
    ///
    /// # Errors
    /// [`GrowthError`]; what could not be taken up is found again by the next look.
    pub async fn look(&mut self) -> Result<(), GrowthError> {
        let counted = self.exchange.topics.partitions().await.map_err(GrowthError::Count)?;
        let all =
            counted.into_iter().flat_map(|(topic, count)| (0..count).map(move |number| (topic, number)));
        let added: Vec<_> = all.filter(|place| !self.followed.contains(place)).collect();
        for (topic, number) in added {
            self.take_up(&self.exchange.topics.partition(topic, number)).await?;
            self.followed.insert((topic, number));
        }
        Ok(())
    }

    async fn take_up(&self, partition: &FollowedPartition) -> Result<(), GrowthError> {
        let FollowedPartition { topic, number, .. } = *partition;
        let mut added = vec![];
        for (within, reactions) in of_partition(partition, self.services, &self.commands, &self.within) {
            let wanted: Vec<_> =
                reactions.iter().map(|(name, _)| NewProcessor::at_the_beginning(name.clone(), 1)).collect();
            let known = register(&within, &wanted).await;
            let known = known.map_err(|source| GrowthError::Register { topic, number, source })?;
            let segments = |name: &ProcessorName| known.get(name).cloned().unwrap_or_default();
            added.extend(processors_of(reactions, &within, segments));
        }
        let processors = added.len();
        self.processors.add(added)?;
        tracing::info!(%topic, number, processors, "a partition that was added is followed from its beginning");
        Ok(())
    }
}
