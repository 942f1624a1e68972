//! A partition of a topic on a real broker as a source.

use std::sync::Arc;

use adapters::kafka::{KafkaBroker, KafkaPartition, KafkaPublisher};
use application::ports::message_source::StartingPoint;
use application::ports::publisher::OutgoingRecord;
use application::ports::{MessageSource, Publisher};
use async_trait::async_trait;
use bytes::Bytes;
use tests::laws::message_source::SourceUnderTest;
use tests::topics::TestTopics;

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
        let record = |kind: &&'static str| OutgoingRecord {
            topic: TOPIC.to_owned(),
            key: "a".to_owned(),
            headers: vec![("ce_type".to_owned(), Bytes::from_static(kind.as_bytes()))],
            body: Bytes::from_static(b"{}"),
        };
        let batch: Vec<_> = kinds.iter().map(record).collect();
        let published = self.publisher.publish(&batch).await.expect("the broker is there");
        assert_eq!(published.contiguous, batch.len(), "{published:?}");
    }

    /// Until the source knows.
    async fn lose(&self, count: u64) -> bool {
        self.topics.lose(TOPIC, 0, i64::try_from(count).unwrap()).await;
        let beginning = self.partition.token_at(StartingPoint::Beginning).await.expect("the broker is there");
        assert_eq!(beginning.position.value(), count);
        true
    }
}
