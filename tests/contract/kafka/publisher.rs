//! The publisher on a real broker.

use std::sync::Arc;
use std::time::Duration;

use adapters::kafka::{KafkaPublisher, KafkaSettings};
use application::ports::Publisher;
use application::ports::publisher::{OutgoingRecord, PublishFailure};
use async_trait::async_trait;
use tests::laws::publisher::PublisherUnderTest;
use tests::proxy::Proxy;
use tests::topics::TestTopics;

tests::publisher_laws!(KafkaTopics);

const TOPIC: &str = "topic";
const PARTITIONS: i32 = 4;

/// The publisher finds the broker through a proxy, which then can hide it; once it has, it goes where the broker says.
struct KafkaTopics {
    topics: TestTopics,
    publisher: Arc<KafkaPublisher>,
    way: Proxy,
}

#[async_trait]
impl PublisherUnderTest for KafkaTopics {
    async fn fresh() -> Option<Self> {
        let topics = TestTopics::fresh()?;
        topics.create(TOPIC, PARTITIONS).await;
        let broker = topics.settings().brokers.parse().expect("an address");
        let way = Proxy::before(broker).await.expect("a port");
        let brokers = way.address().to_string();
        // What cannot be sent is found out soon.
        let settings = KafkaSettings { brokers, delivery_max: Duration::from_secs(2), ..topics.settings() };
        Some(Self { topics, publisher: Arc::new(KafkaPublisher::new(settings)), way })
    }

    fn publisher(&self) -> Arc<dyn Publisher> {
        self.publisher.clone()
    }

    fn topic(&self) -> &'static str {
        TOPIC
    }

    async fn records(&self) -> Vec<OutgoingRecord> {
        self.topics.records(TOPIC, PARTITIONS).await
    }

    /// Larger than topics take.
    async fn refuse_for_good(&self, batch: &mut [OutgoingRecord], index: usize) {
        batch[index].body = vec![b' '; 1_100_000].into();
    }

    async fn interrupt(&self, _batch: &[OutgoingRecord]) -> Option<usize> {
        self.way.reset();
        None
    }

    async fn recover(&self) {
        self.way.pass();
    }
}

fn outgoing(topic: &str, key: &str, size: usize) -> OutgoingRecord {
    OutgoingRecord {
        topic: topic.to_owned(),
        key: key.to_owned(),
        headers: vec![],
        body: vec![b'x'; size].into(),
    }
}

/// Brokers make topics that are written to unless they are told not to.
#[tokio::test]
async fn a_topic_is_never_made_by_writing_to_it() {
    let Some(topics) = TestTopics::fresh() else { return };
    let publisher = KafkaPublisher::new(topics.settings());
    for _ in 0..2 {
        let published = publisher.publish(&[outgoing("other", "a", 1)]).await.expect("the broker is there");
        let refused = matches!(&published.failed[..], [(0, PublishFailure::Permanent(_))]);
        assert!(refused && published.contiguous == 0, "{published:?}");
    }
}
