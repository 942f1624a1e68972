//! A broker in memory, which publishes and is followed.

use std::num::NonZeroU32;
use std::sync::Arc;

use adapters::memory::{Fault, MemoryBroker, MemoryPartition};
use application::messages::ForeignRecord;
use application::ports::publisher::{OutgoingRecord, PublishError, PublishFailure};
use application::ports::{MessageSource, Publisher};
use async_trait::async_trait;
use bytes::Bytes;
use domain::Date;
use tests::clock::StoppedClock;
use tests::laws::message_source::SourceUnderTest;
use tests::laws::publisher::PublisherUnderTest;
use uuid::Uuid;

tests::publisher_laws!(MemoryTopics);
tests::message_source_laws!(MemoryTopic);

const TOPIC: &str = "topic";
/// As many as topics have by default.
const PARTITIONS: u32 = 4;

fn broker(partitions: u32) -> MemoryBroker {
    let clock = StoppedClock::at_noon_of(Date::constant(2026, 1, 1));
    let broker = MemoryBroker::new(Uuid::from_u128(1), Arc::new(clock));
    broker.create(TOPIC, NonZeroU32::new(partitions).unwrap());
    broker
}

fn outgoing(key: &str, headers: Vec<(String, Bytes)>) -> OutgoingRecord {
    OutgoingRecord { topic: TOPIC.to_owned(), key: key.to_owned(), headers, body: Bytes::from_static(b"{}") }
}

fn published(record: ForeignRecord) -> OutgoingRecord {
    let ForeignRecord { topic, key, headers, body, .. } = record;
    let key = String::from_utf8(key.unwrap().to_vec()).unwrap();
    OutgoingRecord { topic, key, headers, body: body.unwrap() }
}

pub(crate) struct MemoryTopics(MemoryBroker);

#[async_trait]
impl PublisherUnderTest for MemoryTopics {
    async fn fresh() -> Option<Self> {
        Some(Self(broker(PARTITIONS)))
    }

    fn publisher(&self) -> Arc<dyn Publisher> {
        Arc::new(self.0.clone())
    }

    fn topic(&self) -> &'static str {
        TOPIC
    }

    async fn records(&self) -> Vec<OutgoingRecord> {
        self.0.records(TOPIC).into_iter().map(published).collect()
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

/// One partition, whose records name their types in a header.
struct MemoryTopic(MemoryBroker, Arc<MemoryPartition>);

#[async_trait]
impl SourceUnderTest for MemoryTopic {
    async fn fresh() -> Option<Self> {
        let broker = broker(1);
        let partition = Arc::new(broker.partition(TOPIC, 0)?);
        Some(Self(broker, partition))
    }

    fn source(&self) -> Arc<dyn MessageSource> {
        self.1.clone()
    }

    async fn add(&self, kinds: &[&'static str]) {
        let header = |kind: &&'static str| vec![("ce_type".to_owned(), Bytes::from_static(kind.as_bytes()))];
        let batch: Vec<_> = kinds.iter().map(|kind| outgoing("a", header(kind))).collect();
        let published = self.0.publish(&batch).await.expect("the broker is there");
        assert_eq!(published.contiguous, batch.len());
    }

    async fn lose(&self, count: u64) -> bool {
        self.0.forget_before(TOPIC, 0, count);
        true
    }
}

#[tokio::test]
async fn nothing_is_sent_while_nobody_is_there() {
    let broker = broker(1);
    broker.fail(1, Fault::Away);
    let batch = [outgoing("a", vec![]), outgoing("a", vec![])];

    let refusal = broker.publish(&batch).await;
    assert!(matches!(refusal, Err(PublishError::Unavailable { count: 2, .. })), "{refusal:?}");
    assert_eq!(broker.records(TOPIC), []);

    broker.publish(&batch).await.expect("somebody is there again");
    assert_eq!(broker.records(TOPIC).into_iter().map(published).collect::<Vec<_>>(), batch);
}

#[tokio::test]
async fn a_topic_is_never_made_by_writing_to_it() {
    let broker = broker(1);
    let record = OutgoingRecord { topic: "other".to_owned(), ..outgoing("a", vec![]) };
    let published = broker.publish(&[record]).await.unwrap();
    let refused = matches!(&published.failed[..], [(0, PublishFailure::Permanent(_))]);
    assert!(refused && published.contiguous == 0, "{published:?}");
    assert!(broker.partition("other", 0).is_none() && broker.partition(TOPIC, 1).is_none());
}

/// Offsets count in each partition from 0, and a key stays in its own.
#[tokio::test]
async fn each_key_keeps_to_a_partition_and_each_partition_counts_for_itself() {
    let broker = broker(PARTITIONS);
    let batch: Vec<_> = (0..40).map(|number| outgoing(&format!("key-{}", number % 10), vec![])).collect();
    broker.publish(&batch).await.unwrap();
    let all = broker.records(TOPIC);
    for partition in 0..PARTITIONS {
        let own = all.iter().filter(|record| record.partition.unsigned_abs() == partition);
        let offsets: Vec<_> = own.map(|record| record.offset).collect();
        assert_eq!(offsets, (0..offsets.len() as u64).collect::<Vec<_>>());
    }
    for key in (0..10).map(|number| Bytes::from(format!("key-{number}"))) {
        let places: Vec<_> = all.iter().filter(|record| record.key.as_ref() == Some(&key)).collect();
        assert!(places.len() == 4 && places.iter().all(|record| record.partition == places[0].partition));
    }
}
