//! Messages over a Kafka broker: a publisher, and partitions of topics as sources.

mod baseline;
mod closing;
mod consumer;
mod failure;
mod group;
mod partition;
mod publisher;
mod settings;
mod subscribed;
mod told;
mod topics;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use application::messages::Topic;
use application::ports::message_source::{SourceError, StartingPoint};
use application::ports::topics::FollowedPartition;
use application::ports::{MessageSource, Topics};
use application::reactions::{Exchange, PlainPeers};
use application::services::{ServiceName, Services};
use async_trait::async_trait;
use futures::future::{join_all, try_join_all};
use tokio::time::{interval, timeout};

pub use baseline::KafkaRawLimit;
use consumer::KafkaConsumer;
pub use failure::KafkaFailure;
use group::KafkaGroup;
pub use partition::KafkaPartition;
pub use publisher::KafkaPublisher;
pub use settings::{Account, KafkaSettings, Mechanism, Security};
pub use subscribed::SubscribedPartition;
pub use topics::{KafkaTopics, TopicPlan, TopicState};

/// How long all partitions may take to answer at the start.
const START_MAX: Duration = Duration::from_secs(15);

/// A broker between the parts of the library. Cheap to clone.
#[derive(Clone)]
pub struct KafkaBroker {
    consumer: Arc<KafkaConsumer>,
    publisher: KafkaPublisher,
    topics: Arc<KafkaTopics>,
    /// Through which the handlers of services share partitions with other nodes; none where each tracks its own.
    groups: Arc<BTreeMap<ServiceName, Arc<KafkaGroup>>>,
}

impl KafkaBroker {
    /// Connects to the broker, whose topics are there.
    ///
    /// # Errors
    /// [`KafkaFailure`] when the settings are refused, nobody answers, or topics are missing.
    pub async fn open(settings: KafkaSettings) -> Result<Self, KafkaFailure> {
        let states = KafkaTopics::open(settings.clone())?.list_once_there().await?;
        topics::check(&states)?;
        let broker = Self::connect(settings.clone()).await?;
        let record_max = states.iter().filter_map(|state| state.record_max).min();
        let publisher = record_max.map(|bytes| KafkaPublisher::taking(settings, bytes));
        Ok(Self { publisher: publisher.unwrap_or(broker.publisher), ..broker })
    }

    /// Connects to the broker, whatever topics it has.
    ///
    /// # Errors
    /// [`KafkaFailure`] when the settings are refused or nobody answers.
    pub async fn connect(settings: KafkaSettings) -> Result<Self, KafkaFailure> {
        let topics = Arc::new(KafkaTopics::open(settings.clone())?);
        let publisher = KafkaPublisher::new(settings.clone());
        let consumer = KafkaConsumer::open(settings).await?;
        Ok(Self { consumer, publisher, topics, groups: Arc::default() })
    }

    /// The same, as a member of a group for each of these services, named like the service with the prefix of topics in
    /// front: its nodes share out the partitions that its handlers listen to.
    ///
    /// # Errors
    /// [`KafkaFailure`] when the settings are refused.
    pub fn subscribed(self, services: Services) -> Result<Self, KafkaFailure> {
        let settings = &self.consumer.settings;
        let joined = services.iter().map(|service| {
            let topics = service.topics().into_iter().map(|topic| settings.topic(topic.name()));
            let group =
                KafkaGroup::join(settings, &settings.topic(service.name()), &topics.collect::<Vec<_>>())?;
            Ok((service, Arc::new(group)))
        });
        let groups = Arc::new(joined.collect::<Result<_, KafkaFailure>>()?);
        Ok(Self { groups, ..self })
    }

    /// The broker with the partitions that topics have now.
    ///
    /// # Errors
    /// [`KafkaFailure`] when it does not say which.
    pub async fn exchange(&self) -> Result<Exchange, KafkaFailure> {
        let counted = self.topics.partitions().await?;
        let of_topic =
            |(topic, count): (Topic, u32)| (0..count).map(move |number| self.followed(topic, number));
        let partitions: Vec<_> = counted.into_iter().flat_map(of_topic).collect();
        self.all_answer(&partitions).await?;
        let (publisher, topics) = (Arc::new(self.publisher.clone()), Arc::new(self.clone()));
        Ok(Exchange { publisher, partitions, topics, plain: PlainPeers::default() })
    }

    fn followed(&self, topic: Topic, number: u32) -> FollowedPartition {
        let source = Arc::new(self.partition(topic.name(), number));
        let groups = self.groups.iter().filter(|(service, _)| service.topics().contains(&topic));
        let shared = groups.map(|(service, group)| {
            let shared = SubscribedPartition::of(Arc::clone(&source), Arc::clone(group));
            (*service, Arc::new(shared) as Arc<dyn MessageSource>)
        });
        FollowedPartition { topic, number, shared: shared.collect(), source }
    }

    /// Waits until each partition says where it begins: processors ask for that first, and would give up.
    async fn all_answer(&self, partitions: &[FollowedPartition]) -> Result<(), KafkaFailure> {
        const DOING: &str = "asking where topics begin";
        let beginning = |followed: &FollowedPartition| {
            let source = Arc::clone(&followed.source);
            async move { source.token_at(StartingPoint::Beginning).await }
        };
        let mut again = interval(Duration::from_millis(100));
        let asking = async {
            while try_join_all(partitions.iter().map(beginning)).await.is_err() {
                again.tick().await;
            }
        };
        timeout(START_MAX, asking)
            .await
            .map_err(|_elapsed| KafkaFailure::away(&self.consumer.settings, DOING, self.consumer.problem()))
    }

    /// A partition of a topic, which need not be there yet.
    #[must_use]
    pub fn partition(&self, topic: &str, number: u32) -> KafkaPartition {
        let identity = self.consumer.settings.topic(topic);
        let number = i32::try_from(number).unwrap_or(i32::MAX); // there is none of so high a number
        KafkaPartition::of(Arc::clone(&self.consumer), topic, &identity, number)
    }

    /// Lets go of connections, within a limit.
    pub async fn close(&self) {
        join_all(self.groups.values().map(|group| group.leave())).await;
        self.publisher.close().await;
    }
}

#[async_trait]
impl Topics for KafkaBroker {
    async fn partitions(&self) -> Result<Vec<(Topic, u32)>, SourceError> {
        let counted = self.topics.partitions().await;
        counted.map_err(|source| SourceError::Away { doing: "counting partitions", source: source.into() })
    }

    fn partition(&self, topic: Topic, number: u32) -> FollowedPartition {
        self.followed(topic, number)
    }
}
