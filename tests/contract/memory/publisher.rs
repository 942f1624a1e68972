//! Topics in memory.

use std::sync::Arc;

use adapters::memory::{Fault, MemoryPublisher};
use application::ports::Publisher;
use application::ports::publisher::{OutgoingRecord, PublishError};
use async_trait::async_trait;
use bytes::Bytes;
use tests::laws::publisher::PublisherUnderTest;

tests::publisher_laws!(MemoryTopics);

struct MemoryTopics(Arc<MemoryPublisher>);

#[async_trait]
impl PublisherUnderTest for MemoryTopics {
    async fn fresh() -> Option<Self> {
        Some(Self(Arc::new(MemoryPublisher::new())))
    }

    fn publisher(&self) -> Arc<dyn Publisher> {
        self.0.clone()
    }

    fn topic(&self) -> &'static str {
        "topic"
    }

    async fn records(&self) -> Vec<OutgoingRecord> {
        self.0.records(self.topic())
    }

    async fn refuse_for_good(&self, _batch: &mut [OutgoingRecord], index: usize) {
        self.0.fail(index, Fault::Permanent);
    }

    async fn interrupt(&self, batch: &[OutgoingRecord]) -> Option<usize> {
        self.0.fail(batch.len() / 2, Fault::Transient);
        Some(batch.len() / 2)
    }

    /// A fault comes once.
    async fn recover(&self) {}
}

#[tokio::test]
async fn nothing_is_sent_while_nobody_is_there() {
    let topics = MemoryPublisher::new();
    let record =
        OutgoingRecord { topic: "topic", key: "a".to_owned(), headers: Vec::new(), body: Bytes::new() };
    topics.fail(1, Fault::Away);
    let batch = [record.clone(), record];

    let refusal = topics.publish(&batch).await;
    assert!(matches!(refusal, Err(PublishError::Unavailable { count: 2, .. })), "{refusal:?}");
    assert_eq!(topics.records("topic"), []);

    topics.publish(&batch).await.expect("somebody is there again");
    assert_eq!(topics.records("topic"), batch);
}
