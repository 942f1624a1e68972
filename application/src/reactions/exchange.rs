//! How the parts of the library hear of one another over a broker: a relay to it, and a consumer for each partition.

use std::sync::Arc;

use super::plain_peers::{PlainPeers, PresumedAnswers};
use super::titles::Titles;
use super::{HANDLERS, LEARN_TITLES, MessageHandler, PUBLISH, all, projections};
use crate::commands::Commands;
use crate::messages::Topic;
use crate::ports::token_store::ProcessorName;
use crate::ports::{MessageSource, Publisher};
use crate::processing::{ProcessorContext, Reaction, Relay};
use crate::services::Services;

/// A broker: where messages go, and where they come from. Cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    /// Where messages go.
    pub publisher: Arc<dyn Publisher>,
    /// The partitions of all topics.
    pub partitions: Vec<FollowedPartition>,
    /// Which of those who are asked answer less than ours do.
    pub plain: PlainPeers,
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

/// Every reaction of these services. Without a broker all follow the log, and all services are one process; with one,
/// handlers follow the partitions of their topics, each with a processor and thus a token of its own, named like
/// `lend-books:rental_rent:0`. The commands of both have the same ids. What plain peers of other processes never answer is
/// presumed by the relay.
#[must_use]
pub fn over(
    exchange: Option<&Exchange>,
    services: Services,
    commands: &Commands,
    within: &ProcessorContext,
) -> Followed {
    let Some(Exchange { publisher, partitions, plain }) = exchange else {
        return vec![(within.clone(), all(commands))];
    };
    let own = projections().into_iter().filter(|(name, _)| services.have(name));
    let views = own.map(|(name, projection)| (name, Reaction::Projection(projection)));
    let presumed = plain.are_any().then(|| PresumedAnswers { peers: *plain, commands: commands.clone() });
    let relay = Relay {
        publisher: Arc::clone(publisher),
        services,
        afterwards: presumed.map(|presumed| Arc::new(presumed) as _),
    };
    let relay = (PUBLISH, Reaction::Relay(relay));
    let on_the_log = (within.clone(), views.chain([relay]).collect());
    let consuming = partitions.iter().map(|partition| {
        let within = ProcessorContext { source: Arc::clone(&partition.source), ..within.clone() };
        let learning = learners(partition, services);
        (within, consumers(partition, services, commands).into_iter().chain(learning).collect())
    });
    std::iter::once(on_the_log).chain(consuming).collect()
}

fn consumers(
    partition: &FollowedPartition,
    services: Services,
    commands: &Commands,
) -> Vec<(ProcessorName, Reaction)> {
    let own = HANDLERS.into_iter().filter(|(name, _)| services.have(name));
    let listening = own.filter(|(_, handler)| handler.topics().contains(&partition.topic));
    let consumer = |(name, handler): (ProcessorName, _)| {
        let of_partition = partition.processor(&name);
        (of_partition, Reaction::Consumer(Arc::new(MessageHandler::new(name, handler, commands.clone()))))
    };
    listening.map(consumer).collect()
}

fn learners(partition: &FollowedPartition, services: Services) -> Option<(ProcessorName, Reaction)> {
    let listens = partition.topic == Topic::BookCatalogue && services.learn(&LEARN_TITLES);
    listens.then(|| (partition.processor(&LEARN_TITLES), Reaction::Learner(Arc::new(Titles))))
}

/// Whether a processor of this name follows a partition of a topic: its tokens say nothing of the log.
#[must_use]
pub fn follows_a_partition(name: &ProcessorName) -> bool {
    name.as_str().contains(':')
}

impl FollowedPartition {
    /// The name of the processor that follows it for this one.
    fn processor(&self, name: &ProcessorName) -> ProcessorName {
        ProcessorName::stored(format!("{name}:{}:{}", self.topic, self.number))
    }
}
