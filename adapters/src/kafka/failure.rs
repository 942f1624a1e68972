//! What went wrong, sorted by what helps, and said without secrets.

use application::ports::BoxError;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use thiserror::Error;

use super::settings::KafkaSettings;
use super::told::ClientProblem;

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
        /// What the client said of its connections meanwhile.
        #[source]
        source: Option<BoxError>,
    },
    /// They showed no certificate, or one that is not trusted.
    #[error(
        "there is no safe connection to the Kafka brokers {brokers}; see `publisher.tls` and `publisher.authorities`"
    )]
    Unsafe {
        /// Those that were asked.
        brokers: String,
        /// What the client said.
        #[source]
        source: BoxError,
    },
    /// They do not believe who asks.
    #[error(
        "the Kafka brokers {brokers} let nobody in as that user; see `publisher.user`, `publisher.password` and `publisher.mechanism`"
    )]
    NotLetIn {
        /// Those that were asked.
        brokers: String,
        /// What the client said.
        #[source]
        source: BoxError,
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

impl KafkaFailure {
    /// Why no answer came, by what the client said of its connections meanwhile.
    pub(super) fn away(
        settings: &KafkaSettings,
        doing: &'static str,
        problem: Option<ClientProblem>,
    ) -> Self {
        let brokers = settings.brokers.clone();
        let code = problem.as_ref().and_then(|problem| problem.code);
        match (code, problem) {
            (Some(RDKafkaErrorCode::SSL), Some(problem)) => Self::Unsafe { brokers, source: problem.into() },
            (Some(RDKafkaErrorCode::Authentication), Some(problem)) => {
                Self::NotLetIn { brokers, source: problem.into() }
            }
            (_, problem) => Self::Away { brokers, doing, source: problem.map(Into::into) },
        }
    }
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
