//! What stands beside every event: whose it is, what caused it, and which sequences it belongs to.

mod form;

use bytes::Bytes;
use domain::{BookNo, MemberId, ProcessId};
use jiff::Timestamp;

use super::DecodeError;
use super::stored_event::{json, malformed, text_of};
use super::wire::{In, Out};
use crate::ports::event_store::{CommandId, EventId, Recorded};

/// Metadata of an event, stored as JSON beside the payload, so that it can be read when the payload cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The sequences the event belongs to.
    pub keys: SequenceKeys,
    /// The attempt it belongs to.
    pub correlation: Option<ProcessId>,
    /// The event that caused it; none when a person did.
    pub causation: Option<EventId>,
    /// The command it is of.
    pub command: CommandId,
    /// The fingerprint of the request that brought the command.
    pub fingerprint: Fingerprint,
    /// Who asked.
    pub actor: Actor,
    /// The trace it belongs to, as W3C `traceparent`.
    pub traceparent: Option<String>,
    /// When it happened, by the clock of who appended it.
    pub occurred_at: Timestamp,
}

/// The sequences an event belongs to; within one, order is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SequenceKeys {
    /// The book it is about.
    pub book: Option<BookNo>,
    /// The member it is about.
    pub member: Option<MemberId>,
    /// The attempt it belongs to.
    pub process: Option<ProcessId>,
}

/// A fingerprint of what a request says: xxh3-128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub u128);

impl Fingerprint {
    /// The fingerprint of these bytes.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(xxhash_rust::xxh3::xxh3_128(body))
    }
}

/// Who asked for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who did not say who.
    Anonymous,
    /// A part of the service itself, such as a processor or the ticker, by name.
    Service(String),
    /// A person or program that proved who it is, by name.
    Named(String),
}

impl Metadata {
    /// The stored form.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        json(&Out(self))
    }

    /// Reads the metadata of a stored event.
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] when it does not have the form.
    pub fn decode(recorded: &Recorded) -> Result<Self, DecodeError> {
        let read = text_of(&recorded.metadata).and_then(|text| Ok(serde_json::from_str::<In<Self>>(text)?));
        read.map(|metadata| metadata.0).map_err(|problem| malformed(recorded, problem.in_metadata()))
    }
}
