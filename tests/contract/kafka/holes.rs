//! Offsets with holes and without bodies, and readers at different places of one partition.

use std::time::Duration;

use adapters::kafka::{KafkaBroker, KafkaPartition, KafkaPublisher, KafkaSettings};
use application::messages::ForeignRecord;
use application::ports::event_store::{Recorded, Types};
use application::ports::message_source::{SourceError, StartingPoint, Token};
use application::ports::publisher::OutgoingRecord;
use application::ports::{MessageSource, Publisher};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use tests::topics::TestTopics;

const TOPIC: &str = "topic";
const LIMIT: Duration = Duration::from_secs(20);

async fn topic() -> Option<(TestTopics, KafkaPartition)> {
    let topics = TestTopics::fresh()?;
    topics.create(TOPIC, 1).await;
    let broker = KafkaBroker::connect(topics.settings()).await.expect("the broker is there");
    let partition = broker.partition(TOPIC, 0);
    Some((topics, partition))
}

async fn page(partition: &KafkaPartition, token: &Token, limit: usize) -> (Vec<Recorded>, Token) {
    let page = partition.read(token, &Types::new(), limit).await.expect("the broker is there");
    (page.events, page.next)
}

async fn beginning(partition: &KafkaPartition) -> Token {
    partition.token_at(StartingPoint::Beginning).await.expect("the broker is there")
}

/// Sends bodies in one transaction, and commits it or not. None is a record without a body.
fn in_transaction(settings: &KafkaSettings, id: &str, bodies: &[Option<&str>], commits: bool) {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &settings.brokers)
        .set("transactional.id", format!("{}{id}", settings.prefix));
    let producer: ThreadedProducer<_> = config.create().expect("a producer");
    producer.init_transactions(LIMIT).expect("the broker is there");
    producer.begin_transaction().expect("a transaction");
    let topic = settings.topic(TOPIC);
    for body in bodies {
        let record = BaseRecord::to(&topic).partition(0).key("a");
        let record = if let Some(body) = body { record.payload(*body) } else { record };
        producer.send(record).map_err(|(error, _)| error).expect("room for a record");
    }
    producer.flush(LIMIT).expect("records that are taken");
    let ended = if commits { producer.commit_transaction(LIMIT) } else { producer.abort_transaction(LIMIT) };
    ended.expect("a transaction that ends");
}

/// What a transaction leaves behind has offsets of its own, and what was given up is never seen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marks_of_transactions_are_no_holes_and_what_was_given_up_is_not_there() {
    let Some((topics, partition)) = topic().await else { return };
    let settings = topics.settings();
    let sending = tokio::task::spawn_blocking(move || {
        in_transaction(&settings, "one", &[Some("1"), None], true);
        in_transaction(&settings, "two", &[Some("given up")], false);
        in_transaction(&settings, "three", &[Some("2")], true);
    });
    sending.await.expect("transactions");

    let (mut token, mut bodies) = (beginning(&partition).await, Vec::new());
    loop {
        let (events, next) = page(&partition, &token, 2).await;
        if next == token {
            break;
        }
        let record = |event: &Recorded| ForeignRecord::of(event).expect("a record").expect("it says which");
        bodies.extend(events.iter().map(|event| record(event).body));
        token = next;
    }
    assert_eq!(bodies, [Some("1".into()), None, Some("2".into())]);
    assert_eq!(token.position.value(), 6, "two records and a mark, one and a mark, and then this one");
    let (nothing, same) = page(&partition, &token, 2).await;
    assert_eq!((nothing, same), (vec![], token), "the mark behind it is nothing to wait for");
    partition.knows(&token).await.expect("it goes on from there");
}

/// One reads all from the start while the other stands at the end: they move one fetch to and fro.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_at_different_places_see_everything_once() {
    const COUNT: usize = 6_000;
    let Some((topics, partition)) = topic().await else { return };
    let publisher = KafkaPublisher::new(topics.settings());
    let record = |number: usize| OutgoingRecord {
        topic: TOPIC.to_owned(),
        key: "a".to_owned(),
        headers: vec![],
        body: format!("{number:0500}").into(),
    };
    for batch in (0..COUNT).map(record).collect::<Vec<_>>().chunks(1_000) {
        let published = publisher.publish(batch).await.expect("the broker is there");
        assert_eq!(published.contiguous, batch.len());
    }
    let (mut behind, mut seen) = (beginning(&partition).await, 0);
    let mut ahead = partition.token_at(StartingPoint::Head).await.expect("the broker is there");
    for turn in 0.. {
        let (events, next) = page(&partition, &behind, 500).await;
        for event in &events {
            seen += 1;
            assert_eq!(event.position.value(), seen, "in order and without a hole");
        }
        let published = publisher.publish(&[record(COUNT + turn)]).await.expect("the broker is there");
        assert_eq!(published.contiguous, 1);
        let (events, further) = page(&partition, &ahead, 500).await;
        assert_eq!(events.len(), 1, "what came at the end, and once");
        (behind, ahead) = (next, further);
        if seen >= COUNT as u64 {
            break;
        }
    }
}

/// Its name is that of a topic which was there, and its offsets begin anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_beyond_a_topic_that_was_made_anew_is_refused() {
    let Some((topics, partition)) = topic().await else { return };
    let publisher = KafkaPublisher::new(topics.settings());
    let record = || OutgoingRecord {
        topic: TOPIC.to_owned(),
        key: "a".to_owned(),
        headers: vec![],
        body: "{}".into(),
    };
    publisher.publish(&[record(), record()]).await.expect("the broker is there");
    let (_, token) = page(&partition, &beginning(&partition).await, 10).await;
    topics.delete(TOPIC).await;
    topics.create(TOPIC, 1).await;

    let broker = KafkaBroker::connect(topics.settings()).await.expect("the broker is there");
    let refused = broker.partition(TOPIC, 0).read(&token, &Types::new(), 10).await;
    assert!(matches!(refused, Err(SourceError::ForeignToken { .. })), "{refused:?}");
}
