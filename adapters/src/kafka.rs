//! Messages over a Kafka broker: a publisher, and partitions of topics as sources.

mod consumer;
mod failure;
mod partition;
mod publisher;
mod settings;
mod told;
mod topics;

use std::sync::Arc;

use application::messages::Topic;
use application::reactions::{Exchange, FollowedPartition};

use consumer::KafkaConsumer;
pub use failure::KafkaFailure;
pub use partition::KafkaPartition;
pub use publisher::KafkaPublisher;
pub use settings::{Account, KafkaSettings, Mechanism, Security};
pub use topics::{KafkaTopics, TopicPlan, TopicState};

/// A broker between the parts of the library. Cheap to clone.
#[derive(Clone)]
pub struct KafkaBroker {
    consumer: Arc<KafkaConsumer>,
    publisher: KafkaPublisher,
    topics: Arc<KafkaTopics>,
}

impl KafkaBroker {
    /// Connects to the broker, whose topics are there.
    ///
    /// # Errors
    /// [`KafkaFailure`] when the settings are refused, nobody answers, or topics are missing.
    pub async fn open(settings: KafkaSettings) -> Result<Self, KafkaFailure> {
        let states = KafkaTopics::open(settings.clone())?.list().await?;
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
        Ok(Self { consumer: KafkaConsumer::open(settings).await?, publisher, topics })
    }

    /// The broker with the partitions that topics have now.
    ///
    /// # Errors
    /// [`KafkaFailure`] when it does not say which.
    pub async fn exchange(&self) -> Result<Exchange, KafkaFailure> {
        let counted = self.topics.partitions().await?;
        let of_topic = |(topic, count): (Topic, u32)| {
            (0..count).map(move |number| FollowedPartition {
                topic,
                number,
                source: Arc::new(self.partition(topic.name(), number)),
            })
        };
        let partitions = counted.into_iter().flat_map(of_topic).collect();
        Ok(Exchange { publisher: Arc::new(self.publisher.clone()), partitions })
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
        self.publisher.close().await;
    }
}
