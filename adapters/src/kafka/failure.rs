//! What went wrong, sorted by what helps, and said without secrets.

use application::ports::BoxError;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use thiserror::Error;

/// Why something could not be had of the broker.
#[derive(Debug, Error)]
pub enum KafkaFailure {
    /// The client could not be made.
    #[error("the Kafka client could not be made as the settings ask")]
    Client(#[source] BoxError),
    /// Nobody answered in time.
    #[error("none of the Kafka brokers {brokers} answered while {doing}; start them, or name others")]
    Away {
        /// Those that were asked.
        brokers: String,
        /// What was being done.
        doing: &'static str,
    },
    /// The broker refused something.
    #[error("{doing} on the Kafka brokers failed")]
    Refused {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        #[source]
        source: BoxError,
    },
}

/// A setting that the library does not take. Its value is not said: it may be a secret.
#[derive(Debug, Error)]
#[error("it does not take its setting `{key}`: {why}")]
struct SettingRefused {
    key: String,
    why: String,
}

/// An error of the library without the value of a setting, which may be a secret.
pub(super) fn safe(error: KafkaError) -> BoxError {
    match error {
        KafkaError::ClientConfig(_, why, key, _secret) => Box::new(SettingRefused { key, why }),
        other => Box::new(other),
    }
}

/// What becomes of a record that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordRefusal {
    /// It is refused as it is.
    ForGood,
    /// Its batch is refused for what one record in it is; which one is found out by sending them one by one.
    SomeOfTheBatch,
    /// A later try may go through.
    ThisTime,
}

impl RecordRefusal {
    pub(super) const fn of(code: RDKafkaErrorCode) -> Self {
        match code {
            RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::InvalidTopic
            | RDKafkaErrorCode::TopicAuthorizationFailed => Self::ForGood,
            RDKafkaErrorCode::MessageSizeTooLarge
            | RDKafkaErrorCode::MessageBatchTooLarge
            | RDKafkaErrorCode::InvalidMessage
            | RDKafkaErrorCode::InvalidMessageSize
            | RDKafkaErrorCode::InvalidTimestamp
            | RDKafkaErrorCode::InvalidRecord
            | RDKafkaErrorCode::PolicyViolation => Self::SomeOfTheBatch,
            _ => Self::ThisTime,
        }
    }
}
