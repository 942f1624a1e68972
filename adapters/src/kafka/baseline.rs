//! The client library without the application: records as they are, as many in flight as it holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::park_timeout;
use std::time::Duration;

use application::ports::baseline::Terms;
use application::ports::publisher::{OutgoingRecord, PublishError};
use application::ports::{BoxError, PublisherBaseline};
use async_trait::async_trait;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::{ClientContext, util::get_rdkafka_version};

use super::failure::safe;
use super::publisher::{RECORD_MAX, headers_of, producer_of};
use super::settings::KafkaSettings;
use super::told;
use super::topics::{KafkaTopics, TopicState};

/// How long the last records may take to be acknowledged.
const FLUSH_MAX: Duration = Duration::from_secs(60);
/// How long a producer whose queue is full is left alone.
const FULL_PAUSE: Duration = Duration::from_millis(1);
/// How often such a producer is left alone in a row: a minute.
const FULL_MOST: u32 = 60_000;

/// A bare producer with the settings of [`KafkaPublisher`](super::KafkaPublisher).
pub struct KafkaRawLimit {
    producer: Arc<ThreadedProducer<Acknowledgements>>,
    topics: KafkaTopics,
    settings: KafkaSettings,
}

/// Counts what was not acknowledged.
#[derive(Default)]
struct Acknowledgements {
    failed: AtomicU64,
}

impl KafkaRawLimit {
    /// Without a connection yet.
    ///
    /// # Errors
    /// Why the settings are refused.
    pub fn open(settings: KafkaSettings) -> Result<Self, BoxError> {
        let producer = producer_of(&settings, RECORD_MAX).create_with_context(Acknowledgements::default());
        let topics = KafkaTopics::open(settings.clone())?;
        Ok(Self { producer: Arc::new(producer.map_err(safe)?), topics, settings })
    }
}

#[async_trait]
impl PublisherBaseline for KafkaRawLimit {
    async fn publish_bare(&self, records: Arc<[OutgoingRecord]>) -> Result<(), PublishError> {
        let (producer, settings, count) = (Arc::clone(&self.producer), self.settings.clone(), records.len());
        let sending = tokio::task::spawn_blocking(move || send_all(&producer, &settings, &records));
        let sent = sending.await.unwrap_or_else(|panic| Err(panic.into()));
        sent.map_err(|source| PublishError::Unavailable { count, source })
    }

    async fn terms(&self) -> Result<Terms, PublishError> {
        let states = self.topics.list().await;
        let states =
            states.map_err(|source| PublishError::Unavailable { count: 0, source: source.into() })?;
        let least = |of: fn(&TopicState) -> Option<u32>| {
            let least = states.iter().filter_map(of).min();
            least.map_or_else(|| "unknown".to_owned(), |count| count.to_string())
        };
        let durability = vec![
            ("acks", "all".to_owned()),
            ("enable.idempotence", "true".to_owned()),
            ("replication", least(|state| Some(state.replication))),
            ("min.insync.replicas", least(|state| state.in_sync_min)),
        ];
        Ok(Terms { kind: "kafka", version: format!("(client {})", get_rdkafka_version().1), durability })
    }
}

fn send_all(
    producer: &ThreadedProducer<Acknowledgements>,
    settings: &KafkaSettings,
    records: &[OutgoingRecord],
) -> Result<(), BoxError> {
    let before = producer.context().failed.load(Ordering::Acquire);
    for record in records {
        send(producer, &settings.topic(&record.topic), record)?;
    }
    producer.flush(FLUSH_MAX).map_err(safe)?;
    match producer.context().failed.load(Ordering::Acquire) - before {
        0 => Ok(()),
        failed => Err(format!("{failed} of {} records were not acknowledged", records.len()).into()),
    }
}

fn send(
    producer: &ThreadedProducer<Acknowledgements>,
    topic: &str,
    record: &OutgoingRecord,
) -> Result<(), BoxError> {
    for _ in 0..FULL_MOST {
        let outgoing =
            BaseRecord::to(topic).key(&record.key).payload(&*record.body).headers(headers_of(record));
        match producer.send(outgoing) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => park_timeout(FULL_PAUSE),
            Err((error, _)) => return Err(safe(error)),
        }
    }
    Err("the client's queue stays full".into())
}

impl ProducerContext for Acknowledgements {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if result.is_err() {
            self.failed.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl ClientContext for Acknowledgements {
    fn log(&self, level: RDKafkaLogLevel, about: &str, text: &str) {
        told::log(level, about, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        told::error(&error, reason);
    }
}
