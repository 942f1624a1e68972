//! What the client library says by itself, in our log.

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;

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
#[derive(Debug, Clone, Copy)]
pub(super) struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, level: RDKafkaLogLevel, about: &str, text: &str) {
        log(level, about, text);
    }

    fn error(&self, found: KafkaError, reason: &str) {
        error(&found, reason);
    }
}
