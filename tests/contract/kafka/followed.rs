//! A partition of a topic on a real broker as a source.

use std::sync::Arc;

use adapters::kafka::{KafkaBroker, KafkaPartition, KafkaPublisher};
use application::ports::MessageSource;
use async_trait::async_trait;
use tests::laws::message_source::SourceUnderTest;
use tests::topics::TestTopics;

use super::{add, lose};

tests::message_source_laws!(KafkaTopic);

const TOPIC: &str = "topic";

/// One partition, whose records name their types in a header.
struct KafkaTopic {
    topics: TestTopics,
    publisher: KafkaPublisher,
    partition: Arc<KafkaPartition>,
}

#[async_trait]
impl SourceUnderTest for KafkaTopic {
    async fn fresh() -> Option<Self> {
        let topics = TestTopics::fresh()?;
        topics.create(TOPIC, 1).await;
        let broker = KafkaBroker::connect(topics.settings()).await.expect("the broker is there");
        let publisher = KafkaPublisher::new(topics.settings());
        Some(Self { topics, publisher, partition: Arc::new(broker.partition(TOPIC, 0)) })
    }

    fn source(&self) -> Arc<dyn MessageSource> {
        self.partition.clone()
    }

    async fn add(&self, kinds: &[&'static str]) {
        add(&self.publisher, TOPIC, kinds).await;
    }

    /// Until the source knows.
    async fn lose(&self, count: u64) -> bool {
        lose(&self.topics, TOPIC, &*self.partition, count).await;
        true
    }
}
