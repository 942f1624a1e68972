//! What a broker answers, and what becomes of it: on the mock cluster of the client library.

use std::time::Duration;

use adapters::kafka::{KafkaPublisher, KafkaSettings};
use application::ports::Publisher;
use application::ports::publisher::{OutgoingRecord, PublishError, PublishFailure, Published};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

const TOPIC: &str = "topic";

struct Mocked(MockCluster<'static, DefaultProducerContext>);

impl Mocked {
    /// Three brokers and one partition, led by the first.
    fn new() -> Self {
        let cluster = MockCluster::new(3).unwrap();
        cluster.create_topic(TOPIC, 1, 3).unwrap();
        cluster.partition_leader(TOPIC, 0, Some(1)).unwrap();
        Self(cluster)
    }

    fn publisher(&self) -> KafkaPublisher {
        let delivery_max = Duration::from_secs(5);
        KafkaPublisher::new(KafkaSettings { delivery_max, ..KafkaSettings::of(self.0.bootstrap_servers()) })
    }

    fn answer(&self, errors: &[RDKafkaRespErr]) {
        self.0.request_errors(RDKafkaApiKey::Produce, errors);
    }
}

fn batch(count: usize) -> Vec<OutgoingRecord> {
    let record = |number: usize| OutgoingRecord {
        topic: TOPIC.to_owned(),
        key: "a".to_owned(),
        headers: vec![],
        body: number.to_string().into(),
    };
    (0..count).map(record).collect()
}

fn assert_all(published: &Published, count: usize) {
    assert!(published.contiguous == count && published.failed.is_empty(), "{published:?}");
}

#[tokio::test]
async fn what_passes_by_itself_is_tried_again_until_it_is_taken() {
    let mocked = Mocked::new();
    mocked.answer(&[
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
    ]);
    assert_all(&mocked.publisher().publish(&batch(20)).await.unwrap(), 20);
}

#[tokio::test]
async fn another_broker_leads_and_nothing_is_lost() {
    let mocked = Mocked::new();
    let publisher = mocked.publisher();
    assert_all(&publisher.publish(&batch(5)).await.unwrap(), 5);
    mocked.0.broker_down(1).unwrap();
    mocked.0.partition_leader(TOPIC, 0, Some(2)).unwrap();
    assert_all(&publisher.publish(&batch(5)).await.unwrap(), 5);
}

#[tokio::test]
async fn nobody_is_there_and_then_somebody_is() {
    let mocked = Mocked::new();
    let publisher = mocked.publisher();
    for broker in 1..=3 {
        mocked.0.broker_down(broker).unwrap();
    }
    let refusal = publisher.publish(&batch(3)).await;
    assert!(matches!(refusal, Err(PublishError::Unavailable { count: 3, .. })), "{refusal:?}");
    for broker in 1..=3 {
        mocked.0.broker_up(broker).unwrap();
    }
    assert_all(&publisher.publish(&batch(3)).await.unwrap(), 3);
}

#[tokio::test]
async fn a_topic_that_may_not_be_written_to_refuses_for_good() {
    let mocked = Mocked::new();
    mocked.answer(&[RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED]);
    let published = mocked.publisher().publish(&batch(3)).await.unwrap();
    let refused = matches!(&published.failed[..], [(0, PublishFailure::Permanent(_))]);
    assert!(refused && published.contiguous == 0, "{published:?}");
}

/// The broker refuses a batch for one record in it and does not say which.
#[tokio::test]
async fn a_batch_that_is_refused_is_sent_one_by_one_to_find_the_record() {
    let mocked = Mocked::new();
    let publisher = mocked.publisher();
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD;
    mocked.answer(&[refusal]);
    assert_all(&publisher.publish(&batch(5)).await.unwrap(), 5);

    mocked.answer(&[refusal, RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR, refusal]);
    let published = publisher.publish(&batch(5)).await.unwrap();
    let refused = matches!(&published.failed[..], [(1, PublishFailure::Permanent(_))]);
    assert!(refused && published.contiguous == 1, "{published:?}");
}
