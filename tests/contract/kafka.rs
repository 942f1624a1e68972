//! A Kafka broker.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "topics and subjects are set up outside of test functions"
)]

mod followed;
mod holes;
mod publisher;
mod refusals;
mod subscribed;

use adapters::kafka::KafkaPublisher;
use application::ports::message_source::StartingPoint;
use application::ports::publisher::OutgoingRecord;
use application::ports::{MessageSource, Publisher};
use bytes::Bytes;
use tests::topics::TestTopics;

/// Writes records to a topic that name their types in a header.
async fn add(publisher: &KafkaPublisher, topic: &str, kinds: &[&'static str]) {
    let record = |kind: &&'static str| OutgoingRecord {
        topic: topic.to_owned(),
        key: "a".to_owned(),
        headers: vec![("ce_type".to_owned(), Bytes::from_static(kind.as_bytes()))],
        body: Bytes::from_static(b"{}"),
    };
    let batch: Vec<_> = kinds.iter().map(record).collect();
    let published = publisher.publish(&batch).await.expect("the broker is there");
    assert_eq!(published.contiguous, batch.len(), "{published:?}");
}

/// Removes the first records of a topic's only partition.
async fn lose(topics: &TestTopics, topic: &str, partition: &dyn MessageSource, count: u64) {
    topics.lose(topic, 0, i64::try_from(count).unwrap()).await;
    let beginning = partition.token_at(StartingPoint::Beginning).await.expect("the broker is there");
    assert_eq!(beginning.position.value(), count);
}
