//! The envelope on its way out: CloudEvents 1.0, binary mode.

use domain::ProcessId;
use domain::rental_card::Addressee;

use super::{Body, Message, json};
use crate::ports::publisher::OutgoingRecord;

/// The version of CloudEvents that is written and read.
pub(super) const SPEC_VERSION: &str = "1.0";

/// The names of headers.
pub(super) mod header {
    pub(in crate::messages) const SPEC_VERSION: &str = "ce_specversion";
    pub(in crate::messages) const ID: &str = "ce_id";
    pub(in crate::messages) const SOURCE: &str = "ce_source";
    pub(in crate::messages) const TYPE: &str = "ce_type";
    pub(in crate::messages) const TIME: &str = "ce_time";
    pub(in crate::messages) const SUBJECT: &str = "ce_subject";
    pub(in crate::messages) const PARTITION_KEY: &str = "ce_partitionkey";
    pub(in crate::messages) const CORRELATION_ID: &str = "ce_correlationid";
    pub(in crate::messages) const CAUSATION_ID: &str = "ce_causationid";
    pub(in crate::messages) const POSITION: &str = "ce_position";
    pub(in crate::messages) const CONTENT_TYPE: &str = "content-type";
    pub(in crate::messages) const TRACEPARENT: &str = "traceparent";
}

/// A message ready to be published.
#[must_use]
pub fn record_of(message: &Message) -> OutgoingRecord {
    OutgoingRecord {
        topic: message.topic.name().to_owned(),
        key: message.key.clone(),
        headers: headers_of(message)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect(),
        body: json::write(&message.body),
    }
}

impl Body {
    /// The attempt it belongs to, when it names one.
    #[must_use]
    pub const fn process(&self) -> Option<ProcessId> {
        match self {
            Self::Request(asked) => Some(asked.process()),
            Self::Result(result) => match result.to {
                Addressee::Process(process) => Some(process),
                Addressee::OnlyOne(_) => None,
            },
            Self::Catalogue { .. } => None,
        }
    }
}

fn headers_of(message: &Message) -> Vec<(&'static str, String)> {
    let envelope = &message.envelope;
    let mut headers = vec![
        (header::SPEC_VERSION, SPEC_VERSION.to_owned()),
        (header::ID, envelope.id.to_string()),
        (header::SOURCE, envelope.source.clone()),
        (header::TYPE, envelope.kind.clone()),
        (header::TIME, envelope.time.to_string()),
        (header::SUBJECT, envelope.subject.to_string()),
        (header::PARTITION_KEY, message.key.clone()),
    ];
    headers.extend(message.body.process().map(|process| (header::CORRELATION_ID, process.to_string())));
    headers.push((header::CAUSATION_ID, envelope.causation.to_string()));
    headers.push((header::POSITION, envelope.position.to_string()));
    headers.push((header::CONTENT_TYPE, "application/json".to_owned()));
    headers.extend(envelope.traceparent.clone().map(|traceparent| (header::TRACEPARENT, traceparent)));
    headers
}
