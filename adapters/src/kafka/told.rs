//! What the client library says by itself: in our log, and kept for whoever gets no answer.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use thiserror::Error;

/// How many words of a client are heard at once that says them to nobody else: more than it has between two questions.
const WORDS_MAX: usize = 100;

/// What a client last complained about. It is why a request had no answer, which the request itself does not say.
#[derive(Debug, Default)]
pub(super) struct LastProblem(Mutex<Option<ClientProblem>>);

/// A complaint of a client about its connections.
#[derive(Debug, Clone, Error)]
#[error("the Kafka client last said: {said}")]
pub(super) struct ClientProblem {
    pub(super) code: Option<RDKafkaErrorCode>,
    said: String,
}

impl LastProblem {
    /// Notes a complaint. That all brokers are away follows each of those that say why, and is none.
    pub(super) fn note(&self, found: &KafkaError, reason: &str) {
        error(found, reason);
        let code = found.rdkafka_error_code();
        if code != Some(RDKafkaErrorCode::AllBrokersDown) {
            let said = reason.to_owned();
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(ClientProblem { code, said });
        }
    }

    /// The last one.
    pub(super) fn get(&self) -> Option<ClientProblem> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Writes into the log what the library says. A broker that is away is said by whoever needs it, so most is for those
/// who look closely.
pub(super) fn log(level: RDKafkaLogLevel, about: &str, text: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(about, text, "the Kafka client gave an alarm");
        }
        RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => {
            tracing::debug!(about, text, "the Kafka client complains");
        }
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
            tracing::trace!(about, text, "the Kafka client says something");
        }
    }
}

/// The same of what concerns no request in particular, such as that all brokers are away.
pub(super) fn error(error: &KafkaError, reason: &str) {
    tracing::debug!(%error, reason, "the Kafka client has a problem");
}

/// A client that only says things.
#[derive(Debug, Default)]
pub(super) struct Listener {
    pub(super) problem: LastProblem,
}

impl ClientContext for Listener {
    fn log(&self, level: RDKafkaLogLevel, about: &str, text: &str) {
        log(level, about, text);
    }

    fn error(&self, found: KafkaError, reason: &str) {
        self.problem.note(&found, reason);
    }
}

impl ConsumerContext for Listener {}

/// Hears what a client has to say that fetches nothing, and gives its last complaint.
pub(super) fn problem_of(client: &BaseConsumer<Listener>) -> Option<ClientProblem> {
    for _ in 0..WORDS_MAX {
        // A word that concerns no record looks like none at all.
        if let Some(Err(error)) = client.poll(Duration::ZERO) {
            tracing::trace!(%error, "the Kafka client says something");
        }
    }
    client.context().problem.get()
}
