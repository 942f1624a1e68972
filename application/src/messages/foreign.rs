//! A record of a topic in the form of an event, in which sources hand it out: tokens, letters and laws need no other.
//!
//! Its log is the partition, and its position there the offset and one, since positions count from 1 and offsets from 0.
//! The revision, which events count from 1, is 0.

use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::envelope::header;
use super::{Message, MessageError, Received, Topic, read};
use crate::ports::event_store::{EventId, LogId, Opaque, Position, Recorded, StreamName, TypeName, Version};

/// Namespace of the ids of partitions as logs.
const PARTITIONS: Uuid = Uuid::from_u128(0x54c1_0d6e_93b2_4f0a_8b7e_20f9_a1d5_63c8);
/// The revision of what is no event of ours.
const FOREIGN: u32 = 0;
/// The type of a record that names none.
const UNNAMED: TypeName = TypeName::of("message");

/// A record of a topic.
#[derive(Clone, PartialEq, Eq)]
pub struct ForeignRecord {
    /// The topic.
    pub topic: String,
    /// The partition of it.
    pub partition: i32,
    /// Its place there, from 0.
    pub offset: u64,
    /// When it was written, as its topic says.
    pub time: Timestamp,
    /// What decided its partition.
    pub key: Option<Bytes>,
    /// Its headers, in order.
    pub headers: Vec<(String, Bytes)>,
    /// Its body; none is a deletion mark.
    pub body: Option<Bytes>,
}

/// The key, headers and body may be personal: only what says where it stands is shown.
impl fmt::Debug for ForeignRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, offset, time, body, .. } = self;
        let body = body.as_ref().map(|body| Opaque(body));
        let place = format!("{topic}/{partition}/{offset}");
        f.debug_struct("ForeignRecord")
            .field("place", &place)
            .field("time", time)
            .field("body", &body)
            .finish()
    }
}

/// An event that stands for a record and does not say which.
#[derive(Debug, Error)]
#[error("what stands beside the record at position {position} cannot be read")]
pub struct MalformedRecord {
    /// Its position.
    pub position: Position,
    /// What is wrong.
    #[source]
    source: serde_json::Error,
}

impl ForeignRecord {
    /// The log that a partition is: another cluster, or a topic that was made anew with another id, is another log.
    #[must_use]
    pub fn log_of(cluster: &str, topic: &str, partition: i32) -> LogId {
        LogId::new(Uuid::new_v5(&PARTITIONS, format!("{cluster}/{topic}/{partition}").as_bytes()))
    }

    /// The id of what stands at a position of such a log; none at the start.
    #[must_use]
    pub fn id_at(log: LogId, position: Position) -> Option<EventId> {
        let bytes = position.value().to_be_bytes();
        (position > Position::START).then(|| EventId::new(Uuid::new_v5(&log.uuid(), &bytes)))
    }

    /// Its position: that of a token that has passed it.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position::new(self.offset + 1)
    }

    /// The record in the form of an event of its log. Its type is what `ce_type` says.
    #[must_use]
    pub fn recorded(&self, log: LogId) -> Recorded {
        let position = self.position();
        let form = Form {
            topic: self.topic.clone(),
            partition: self.partition,
            key: self.key.as_ref().map(Octets::of),
            headers: self.headers.iter().map(|(name, value)| (name.clone(), Octets::of(value))).collect(),
            deleted: self.body.is_none(),
        };
        // Names and bytes are always JSON; without them it would be refused when it is read.
        let metadata = serde_json::to_vec(&form).unwrap_or_default();
        Recorded {
            position,
            stream: StreamName::of(&self.topic, self.partition),
            version: Version::new(position.value()),
            id: Self::id_at(log, position).unwrap_or_else(|| EventId::new(log.uuid())),
            command: None,
            kind: self.kind(),
            revision: FOREIGN,
            payload: self.body.clone().unwrap_or_default(),
            metadata: metadata.into(),
            occurred_at: self.time,
        }
    }

    /// The record that such an event stands for; none for an event of a log of ours.
    ///
    /// # Errors
    /// [`MalformedRecord`] when it does not say which.
    pub fn of(recorded: &Recorded) -> Option<Result<Self, MalformedRecord>> {
        (recorded.revision == FOREIGN).then(|| Self::read_form(recorded))
    }

    /// What it says, as a message of this topic.
    ///
    /// # Errors
    /// [`MessageError`] when it cannot be read.
    pub fn message(&self, topic: Topic) -> Result<Message, MessageError> {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (name.as_str(), &value[..])).collect();
        let (partition, time, body) = (self.partition, self.time, self.body.as_deref());
        let offset = i64::try_from(self.offset).unwrap_or(i64::MAX);
        read(&Received { topic, partition, offset, time, headers: &headers, body })
    }

    /// What identifies it for ever, `ce_source` and `ce_id`, if it is one like ours: its attributes in headers, and a
    /// UUID as its id.
    #[must_use]
    pub fn identity(&self) -> Option<(&str, Uuid)> {
        let id = Uuid::try_parse(self.header(header::ID)?).ok()?;
        Some((self.header(header::SOURCE)?, id))
    }

    fn header(&self, wanted: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(name, _)| name == wanted)?;
        std::str::from_utf8(value).ok()
    }

    fn kind(&self) -> TypeName {
        let kind = self.header(header::TYPE);
        kind.map_or(UNNAMED, |kind| TypeName::stored(kind.to_owned()))
    }

    fn read_form(recorded: &Recorded) -> Result<Self, MalformedRecord> {
        let position = recorded.position;
        let form: Form = serde_json::from_slice(&recorded.metadata)
            .map_err(|source| MalformedRecord { position, source })?;
        Ok(Self {
            topic: form.topic,
            partition: form.partition,
            offset: position.value().saturating_sub(1),
            time: recorded.occurred_at,
            key: form.key.map(Octets::bytes),
            headers: form.headers.into_iter().map(|(name, value)| (name, value.bytes())).collect(),
            body: (!form.deleted).then(|| recorded.payload.clone()),
        })
    }
}

/// What stands beside the body, as JSON.
#[derive(Serialize, Deserialize)]
struct Form {
    topic: String,
    partition: i32,
    key: Option<Octets>,
    headers: Vec<(String, Octets)>,
    deleted: bool,
}

/// Bytes, as text where they are.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Octets {
    Text(String),
    Bytes(Vec<u8>),
}

impl Octets {
    fn of(bytes: &Bytes) -> Self {
        std::str::from_utf8(bytes)
            .map_or_else(|_| Self::Bytes(bytes.to_vec()), |text| Self::Text(text.to_owned()))
    }

    fn bytes(self) -> Bytes {
        match self {
            Self::Text(text) => text.into(),
            Self::Bytes(bytes) => bytes.into(),
        }
    }
}
