//! How the parts of the library hear of one another over a broker: a relay to it, and a consumer for each partition.

use std::sync::Arc;

use super::{HANDLERS, MessageHandler, PUBLISH, all, projections};
use crate::commands::Commands;
use crate::messages::Topic;
use crate::ports::token_store::ProcessorName;
use crate::ports::{MessageSource, Publisher};
use crate::processing::{ProcessorContext, Reaction};

/// A broker: where messages go, and where they come from. Cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    /// Where messages go.
    pub publisher: Arc<dyn Publisher>,
    /// The partitions of all topics.
    pub partitions: Vec<FollowedPartition>,
}

/// A partition of a topic.
#[derive(Clone)]
pub struct FollowedPartition {
    /// The topic.
    pub topic: Topic,
    /// Its number there.
    pub number: u32,
    /// What is in it.
    pub source: Arc<dyn MessageSource>,
}

/// Reactions with what they follow: those of the log first.
pub type Followed = Vec<(ProcessorContext, Vec<(ProcessorName, Reaction)>)>;

/// Every reaction of the service. Without a broker all follow the log; with one, handlers follow the partitions of their
/// topics, each with a processor and thus a token of its own, named like `lend-books:rental_rent:0`. The commands of both
/// have the same ids.
#[must_use]
pub fn over(exchange: Option<&Exchange>, commands: &Commands, within: &ProcessorContext) -> Followed {
    let Some(Exchange { publisher, partitions }) = exchange else {
        return vec![(within.clone(), all(commands))];
    };
    let views = projections().into_iter().map(|(name, projection)| (name, Reaction::Projection(projection)));
    let relay = (PUBLISH, Reaction::Relay(Arc::clone(publisher)));
    let on_the_log = (within.clone(), views.chain([relay]).collect());
    let consuming = partitions.iter().map(|partition| {
        let within = ProcessorContext { source: Arc::clone(&partition.source), ..within.clone() };
        (within, consumers(partition, commands))
    });
    std::iter::once(on_the_log).chain(consuming).collect()
}

fn consumers(partition: &FollowedPartition, commands: &Commands) -> Vec<(ProcessorName, Reaction)> {
    let FollowedPartition { topic, number, .. } = partition;
    let listening = HANDLERS.into_iter().filter(|(_, handler)| handler.topics().contains(topic));
    let consumer = |(name, handler): (ProcessorName, _)| {
        let own = ProcessorName::stored(format!("{name}:{topic}:{number}"));
        (own, Reaction::Consumer(Arc::new(MessageHandler::new(name, handler, commands.clone()))))
    };
    listening.map(consumer).collect()
}
