//! The stored form of events and snapshots: names, revisions, wire structs and upcasters.

mod aggregate;
mod any_event;
mod metadata;
mod names;

mod best_seller;
mod book;
mod member;
mod operator;
mod rental_card;

mod problem;
pub mod rows;
mod snapshot;
mod stored_event;
mod upcast;
pub(crate) mod wire;

pub use aggregate::{Aggregate, BestSellerId, Encoded};
pub(crate) use any_event::keys_of;
pub use any_event::{AnyEvent, decode, known_types, types_of};
pub use metadata::{Actor, Fingerprint, Metadata, SequenceKeys};
pub use names::Named;
pub use operator::ActionKind;
pub(crate) use problem::CodecProblem;
pub use stored_event::KnownType;
pub(crate) use stored_event::json;

use thiserror::Error;

use crate::ports::BoxError;
use crate::ports::event_store::{Position, StreamName, TypeName};

/// Why a stored event cannot be read.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// This version of the service does not know the type.
    #[error("event {position} of {stream} has type `{kind}`, which this version does not know")]
    UnknownType {
        /// Where in the log.
        position: Position,
        /// In which stream.
        stream: StreamName,
        /// The type found.
        kind: TypeName,
    },
    /// This version of the service does not know the revision.
    #[error(
        "event {position} of {stream} has revision {found} of `{kind}`, and this version knows up to {known}"
    )]
    UnknownRevision {
        /// Where in the log.
        position: Position,
        /// In which stream.
        stream: StreamName,
        /// The type.
        kind: TypeName,
        /// The revision found.
        found: u32,
        /// The newest revision known.
        known: u32,
    },
    /// The payload or the metadata do not have the form of their type and revision.
    #[error("event {position} of {stream} cannot be read as `{kind}` revision {revision}")]
    Malformed {
        /// Where in the log.
        position: Position,
        /// In which stream.
        stream: StreamName,
        /// The type.
        kind: TypeName,
        /// The revision.
        revision: u32,
        /// What is wrong; never quotes the payload.
        #[source]
        source: BoxError,
    },
}

impl DecodeError {
    /// Where in the log the event stands.
    #[must_use]
    pub const fn position(&self) -> Position {
        match self {
            Self::UnknownType { position, .. }
            | Self::UnknownRevision { position, .. }
            | Self::Malformed { position, .. } => *position,
        }
    }

    /// Whether a newer version of the service may be able to read it.
    #[must_use]
    pub const fn is_too_new(&self) -> bool {
        match self {
            Self::UnknownType { .. } | Self::UnknownRevision { .. } => true,
            Self::Malformed { .. } => false,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
