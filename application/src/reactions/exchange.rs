//! How the parts of the library hear of one another over a broker: a relay to it, and a consumer for each partition.

use std::sync::Arc;

use super::plain_peers::{PlainPeers, PresumedAnswers};
use super::titles::Titles;
use super::{HANDLERS, LEARN_TITLES, MessageHandler, PUBLISH, all, projections};
use crate::commands::Commands;
use crate::messages::Topic;
use crate::ports::token_store::ProcessorName;
use crate::ports::topics::FollowedPartition;
use crate::ports::{MessageSource, Publisher, Topics};
use crate::processing::{ProcessorContext, Reaction, Relay};
use crate::services::{ServiceName, Services};

/// A broker: where messages go, and where they come from. Cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    /// Where messages go.
    pub publisher: Arc<dyn Publisher>,
    /// The partitions that all topics had at the start.
    pub partitions: Vec<FollowedPartition>,
    /// Says which ones they have got since.
    pub topics: Arc<dyn Topics>,
    /// Which of those who are asked answer less than ours do.
    pub plain: PlainPeers,
}

/// Reactions with what they follow: those of the log first.
pub type Followed = Vec<FollowedBy>;

/// What is followed, and the reactions to it with the names of their processors.
pub type FollowedBy = (ProcessorContext, Vec<(ProcessorName, Reaction)>);

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
    let Some(Exchange { publisher, partitions, plain, topics: _ }) = exchange else {
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
    let consuming =
        partitions.iter().flat_map(|partition| of_partition(partition, services, commands, within));
    std::iter::once(on_the_log).chain(consuming).collect()
}

/// The reactions of these services to what is in a partition, each with what it is read through.
pub(super) fn of_partition(
    partition: &FollowedPartition,
    services: Services,
    commands: &Commands,
    within: &ProcessorContext,
) -> Followed {
    let through = |(source, reaction): (&Arc<dyn MessageSource>, _)| {
        (ProcessorContext { source: Arc::clone(source), ..within.clone() }, vec![reaction])
    };
    let consuming = consumers(partition, services, commands).into_iter().map(|(name, reaction)| {
        let service = ServiceName::of_processor(name.as_str());
        let shared = service.and_then(|service| partition.shared.get(&service));
        (shared.unwrap_or(&partition.source), (name, reaction))
    });
    // Its rows and its token are one commit, which no group could be part of.
    let learning = learners(partition, services).map(|reaction| (&partition.source, reaction));
    consuming.chain(learning).map(through).collect()
}

fn consumers(
    partition: &FollowedPartition,
    services: Services,
    commands: &Commands,
) -> Vec<(ProcessorName, Reaction)> {
    let own = HANDLERS.into_iter().filter(|(name, _)| services.have(name));
    let listening = own.filter(|(_, handler)| handler.topics().contains(&partition.topic));
    let consumer = |(name, handler): (ProcessorName, _)| {
        let of_partition = processor_of(partition, &name);
        (of_partition, Reaction::Consumer(Arc::new(MessageHandler::new(name, handler, commands.clone()))))
    };
    listening.map(consumer).collect()
}

fn learners(partition: &FollowedPartition, services: Services) -> Option<(ProcessorName, Reaction)> {
    let listens = partition.topic == Topic::BookCatalogue && services.learn(&LEARN_TITLES);
    listens.then(|| (processor_of(partition, &LEARN_TITLES), Reaction::Learner(Arc::new(Titles))))
}

/// Whether a processor of this name follows a partition of a topic: its tokens say nothing of the log.
#[must_use]
pub fn follows_a_partition(name: &ProcessorName) -> bool {
    name.as_str().contains(':')
}

/// For whom a processor of this name follows which partition of a topic; none when it follows the log.
#[must_use]
pub fn partition_of(name: &ProcessorName) -> Option<(&str, Topic, u32)> {
    let (listening, followed) = name.as_str().split_once(':')?;
    let (topic, number) = followed.split_once(':')?;
    Some((listening, Topic::parse(topic)?, number.parse().ok()?))
}

/// The name of the processor that follows a partition for this one.
fn processor_of(partition: &FollowedPartition, name: &ProcessorName) -> ProcessorName {
    ProcessorName::stored(format!("{name}:{}:{}", partition.topic, partition.number))
}
