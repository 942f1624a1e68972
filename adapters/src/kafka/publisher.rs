//! The publisher: a window of sends in flight, acknowledged by all replicas, in order for each key.
//!
//! The producer stops for good at the first record that fails, so that nothing overtakes it; then another one is made.

mod window;

use std::sync::Arc;

use application::ports::Publisher;
use application::ports::publisher::{OutgoingRecord, PublishError, PublishFailure, Published};
use async_trait::async_trait;
use rdkafka::ClientConfig;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::{Producer, ThreadedProducer};
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::failure::{RecordRefusal, safe};
use super::settings::{KafkaSettings, REQUEST_MAX};
use super::told::ClientProblem;
pub(super) use window::headers_of;
use window::{Deliveries, Window};

/// What topics take by default, without what a batch has around its records.
pub(super) const RECORD_MAX: usize = 1_048_588 - AROUND;
/// What a batch of one record has around it.
const AROUND: usize = 1_024;
/// What a header or a key has around it, at most.
const AROUND_PART: usize = 16;
/// Records and kilobytes that wait in the client. A batch that is larger waits for room.
const QUEUED_MAX: &str = "20000";
const QUEUED_KB_MAX: &str = "65536";

/// Publishes to the topics of a Kafka broker. Cheap to clone.
#[derive(Clone)]
pub struct KafkaPublisher(Arc<ProducerLine>);

struct ProducerLine {
    settings: KafkaSettings,
    record_max: usize,
    /// One batch at a time, since the next one may not overtake it.
    state: Mutex<ProducerState>,
}

#[derive(Default)]
struct ProducerState {
    producer: Option<ThreadedProducer<Deliveries>>,
    /// The one before, while it lets go of its connections.
    closing: Option<JoinHandle<()>>,
}

#[derive(Debug, Error)]
enum Unsent {
    #[error("the record has {size} bytes, and the topic takes {max}; nothing this large can be published")]
    TooLarge { size: usize, max: usize },
    #[error("the client refused it")]
    Refused(#[source] application::ports::BoxError),
    #[error("the broker answered `{0}`")]
    Answered(RDKafkaErrorCode),
    #[error("no broker of {brokers} has acknowledged it within {limit:?}")]
    Unanswered {
        brokers: String,
        limit: std::time::Duration,
        #[source]
        problem: Option<ClientProblem>,
    },
    #[error("the client before this one still lets go of its connections")]
    StillClosing,
}

/// How far a part of a batch came, and what stopped it.
struct Sent {
    acknowledged: usize,
    stopped: Option<(RecordRefusal, Unsent)>,
}

impl KafkaPublisher {
    /// Without any connection yet; the first batch makes one.
    #[must_use]
    pub fn new(settings: KafkaSettings) -> Self {
        Self(Arc::new(ProducerLine { settings, record_max: RECORD_MAX, state: Mutex::default() }))
    }

    /// The same to topics that take records of so many bytes at most.
    #[must_use]
    pub fn taking(settings: KafkaSettings, bytes: usize) -> Self {
        let record_max = bytes.saturating_sub(AROUND).max(AROUND);
        Self(Arc::new(ProducerLine { settings, record_max, state: Mutex::default() }))
    }

    /// Lets go of the connections, within a limit; what was not acknowledged is given up.
    pub async fn close(&self) {
        let mut state = self.0.state.lock().await;
        state.discard();
        if !state.has_closed().await {
            tracing::warn!("the Kafka producer did not end in time and is left behind");
        }
    }
}

#[async_trait]
impl Publisher for KafkaPublisher {
    async fn publish(&self, batch: &[OutgoingRecord]) -> Result<Published, PublishError> {
        let mut state = self.0.state.lock().await;
        let fitting = batch.iter().position(|record| self.0.too_large(record).is_some());
        let mut sent = state.send(&self.0, &batch[..fitting.unwrap_or(batch.len())]).await;
        if let Some((RecordRefusal::SomeOfTheBatch, _)) = sent.stopped {
            sent = state.send_one_by_one(&self.0, batch, sent.acknowledged).await;
        }
        let contiguous = sent.acknowledged;
        let too_large = fitting.filter(|at| *at == contiguous).and_then(|at| self.0.too_large(&batch[at]));
        let stopped = too_large.map(|unsent| (RecordRefusal::ForGood, unsent)).or(sent.stopped);
        let Some((refusal, cause)) = stopped else { return Ok(Published { contiguous, failed: vec![] }) };
        let failure = match refusal {
            RecordRefusal::ForGood | RecordRefusal::SomeOfTheBatch => PublishFailure::Permanent(cause.into()),
            RecordRefusal::ThisTime if contiguous == 0 => {
                return Err(PublishError::Unavailable { count: batch.len(), source: cause.into() });
            }
            RecordRefusal::ThisTime => PublishFailure::Transient(cause.into()),
        };
        Ok(Published { contiguous, failed: vec![(contiguous, failure)] })
    }
}

impl ProducerState {
    async fn send(&mut self, line: &ProducerLine, records: &[OutgoingRecord]) -> Sent {
        if records.is_empty() {
            return Sent { acknowledged: 0, stopped: None };
        }
        let producer = match self.producer(line).await {
            Ok(producer) => producer,
            Err(cause) => return Sent { acknowledged: 0, stopped: Some((RecordRefusal::ThisTime, cause)) },
        };
        let window = Window::of(records.len());
        let sending = window.send_all(producer, &line.settings, records);
        let refused = timeout(line.settings.delivery_max, sending).await.ok().and_then(Result::err);
        let problem = producer.context().problem.get();
        let sent = judged(&window, line, refused, problem);
        if sent.stopped.is_some() {
            self.discard();
        }
        sent
    }

    /// One of these records is refused for good: it is found by sending each alone.
    async fn send_one_by_one(
        &mut self,
        line: &ProducerLine,
        records: &[OutgoingRecord],
        from: usize,
    ) -> Sent {
        for at in from..records.len() {
            let sent = self.send(line, &records[at..=at]).await;
            if sent.stopped.is_some() {
                return Sent { acknowledged: at, stopped: sent.stopped };
            }
        }
        Sent { acknowledged: records.len(), stopped: None }
    }

    async fn producer(&mut self, line: &ProducerLine) -> Result<&ThreadedProducer<Deliveries>, Unsent> {
        if !self.has_closed().await {
            return Err(Unsent::StillClosing);
        }
        match &mut self.producer {
            Some(producer) => Ok(producer),
            none => Ok(none.insert(line.producer().map_err(|error| Unsent::Refused(safe(error)))?)),
        }
    }

    /// Gives up a producer with all that it has in flight. It may take its time to let go, on a thread of its own.
    fn discard(&mut self) {
        if let Some(producer) = self.producer.take() {
            self.closing = Some(tokio::task::spawn_blocking(|| drop(producer)));
        }
    }

    async fn has_closed(&mut self) -> bool {
        let Some(closing) = &mut self.closing else { return true };
        let has_closed = timeout(REQUEST_MAX, closing).await.is_ok();
        if has_closed {
            self.closing = None;
        }
        has_closed
    }
}

impl ProducerLine {
    fn producer(&self) -> rdkafka::error::KafkaResult<ThreadedProducer<Deliveries>> {
        producer_of(&self.settings, self.record_max).create_with_context(Deliveries::default())
    }

    /// Why a record cannot be sent to any broker.
    fn too_large(&self, record: &OutgoingRecord) -> Option<Unsent> {
        let headers = record.headers.iter().map(|(name, value)| name.len() + value.len() + AROUND_PART);
        let size = record.key.len() + record.body.len() + AROUND_PART + headers.sum::<usize>();
        (size > self.record_max).then_some(Unsent::TooLarge { size, max: self.record_max })
    }
}

/// What a client is asked that publishes records of so many bytes at most.
pub(super) fn producer_of(settings: &KafkaSettings, record_max: usize) -> ClientConfig {
    let mut client = settings.client();
    client
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("enable.gapless.guarantee", "true")
        .set("compression.type", "lz4")
        .set("linger.ms", "1")
        // As Java's clients have it, so that a key has one partition whoever writes.
        .set("partitioner", "murmur2_random")
        // A record that was given up by itself would let those behind it overtake; the batch has a limit instead.
        .set("message.timeout.ms", "0")
        .set("message.max.bytes", (record_max + AROUND / 2).to_string())
        .set("batch.size", record_max.min(1_000_000).to_string())
        .set("queue.buffering.max.messages", QUEUED_MAX)
        .set("queue.buffering.max.kbytes", QUEUED_KB_MAX);
    client
}

/// What became of a window: the first record that is not acknowledged says how far it came, and the first answer that
/// is no mere consequence of another says why.
fn judged(
    window: &Window,
    line: &ProducerLine,
    refused: Option<Unsent>,
    problem: Option<ClientProblem>,
) -> Sent {
    let (acknowledged, codes) = window.outcome();
    if acknowledged == window.len() {
        return Sent { acknowledged, stopped: None };
    }
    let first = codes.iter().find(|(at, code)| *at == acknowledged && !is_consequence(*code));
    let cause = first
        .or_else(|| codes.iter().find(|(_, code)| RecordRefusal::of(*code) == RecordRefusal::SomeOfTheBatch));
    let stopped = match (cause, refused) {
        (Some((_, code)), _) => (RecordRefusal::of(*code), Unsent::Answered(*code)),
        (None, Some(refused)) => (RecordRefusal::ThisTime, refused),
        (None, None) => {
            let KafkaSettings { brokers, delivery_max: limit, .. } = line.settings.clone();
            (RecordRefusal::ThisTime, Unsent::Unanswered { brokers, limit, problem })
        }
    };
    Sent { acknowledged, stopped: Some(stopped) }
}

/// Whether a record only failed because another one did, or because it was given up here.
const fn is_consequence(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::PurgeQueue
            | RDKafkaErrorCode::PurgeInflight
            | RDKafkaErrorCode::Fatal
            | RDKafkaErrorCode::GaplessGuarantee
    )
}
