//! How the events of one aggregate are written and read: a table of names, revisions and fields.

use bytes::Bytes;
use serde::{Deserializer, Serialize};

use super::problem::CodecProblem;
use super::upcast::upcast;
use super::{DecodeError, Encoded};
use crate::ports::event_store::{Recorded, TypeName};

/// A type of event, with the newest revision of its stored form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownType {
    /// Its stored name.
    pub kind: &'static str,
    /// The newest revision, which is the one written.
    pub revision: u32,
}

/// The events of an aggregate, with their stored form.
pub(super) trait StoredEvent: Sized {
    /// All types, in the order of the domain's enum.
    const TYPES: &'static [KnownType];

    /// Writes an event.
    fn encode(&self) -> Encoded;

    /// Reads an event in its newest form; none when it is not of this aggregate.
    fn read<'de, D: Deserializer<'de>>(kind: &str, from: D) -> Result<Option<Self>, D::Error>;
}

/// Reads a stored event, whatever its revision.
pub(super) fn decode<E: StoredEvent>(recorded: &Recorded) -> Result<E, DecodeError> {
    let kind = recorded.kind.as_str();
    let known = E::TYPES.iter().find(|known| known.kind == kind);
    let newest = known.ok_or_else(|| unknown_type(recorded))?.revision;
    let read = match recorded.revision {
        0 => Err(CodecProblem::new("revisions count from 1")),
        revision if revision == newest => from_bytes(kind, &recorded.payload),
        revision if revision < newest => from_older(kind, revision, newest, &recorded.payload),
        found => return Err(unknown_revision(recorded, found, newest)),
    };
    match read {
        Ok(Some(event)) => Ok(event),
        Ok(None) => Err(unknown_type(recorded)),
        Err(problem) => Err(malformed(recorded, problem)),
    }
}

/// The error of an event whose payload or metadata do not have their form.
pub(super) fn malformed(recorded: &Recorded, problem: CodecProblem) -> DecodeError {
    DecodeError::Malformed {
        position: recorded.position,
        stream: recorded.stream.clone(),
        kind: recorded.kind.clone(),
        revision: recorded.revision,
        source: Box::new(problem),
    }
}

/// The error of an event whose type no codec knows.
pub(super) fn unknown_type(recorded: &Recorded) -> DecodeError {
    DecodeError::UnknownType {
        position: recorded.position,
        stream: recorded.stream.clone(),
        kind: recorded.kind.clone(),
    }
}

/// The stored form of an event, from its type and wire struct.
pub(super) fn encoded(kind: &'static str, revision: u32, wire: &impl Serialize) -> Encoded {
    Encoded { kind: TypeName::of(kind), revision, payload: json(wire) }
}

/// A value as JSON text.
pub(crate) fn json(wire: &impl Serialize) -> Bytes {
    let mut text = Vec::with_capacity(512);
    match serde_json::to_writer(&mut text, wire) {
        Ok(()) => text.into(),
        // Memory takes every byte and every key is a text, which are the only two ways to fail.
        Err(error) => unreachable!("wire structs can always be written: {error}"),
    }
}

fn unknown_revision(recorded: &Recorded, found: u32, known: u32) -> DecodeError {
    DecodeError::UnknownRevision {
        position: recorded.position,
        stream: recorded.stream.clone(),
        kind: recorded.kind.clone(),
        found,
        known,
    }
}

/// JSON as the text it has to be: looked through once here, and not again for each value in it.
pub(super) fn text_of(json: &[u8]) -> Result<&str, CodecProblem> {
    std::str::from_utf8(json)
        .map_err(|error| CodecProblem::new(format!("not UTF-8 from byte {} on", error.valid_up_to())))
}

fn from_bytes<E: StoredEvent>(kind: &str, payload: &[u8]) -> Result<Option<E>, CodecProblem> {
    let mut from = serde_json::Deserializer::from_str(text_of(payload)?);
    let event = E::read(kind, &mut from)?;
    from.end()?;
    Ok(event)
}

fn from_older<E: StoredEvent>(
    kind: &str,
    revision: u32,
    newest: u32,
    payload: &[u8],
) -> Result<Option<E>, CodecProblem> {
    let mut tree = serde_json::from_str(text_of(payload)?)?;
    upcast(kind, revision, newest, &mut tree)?;
    Ok(E::read(kind, tree)?)
}

/// The table of an aggregate's events: variant, stored name, newest revision, fields. A field's name in JSON is its own
/// in camelCase unless renamed, and one whose type is an `Option` may be left out. A variant that does not have the
/// stored fields as they are says behind its name where they stand in it.
macro_rules! stored_events {
    ($event:ident { $(
        $variant:ident $({ $($place:tt)* })? = $kind:literal $revision:literal {
            $( $(#[$attribute:meta])* $field:ident : $of:ty ),* $(,)?
        }
    )+ }) => {
        impl $crate::codec::stored_event::StoredEvent for $event {
            const TYPES: &'static [$crate::codec::KnownType] =
                &[ $( $crate::codec::KnownType { kind: $kind, revision: $revision } ),+ ];

            fn encode(&self) -> $crate::codec::Encoded {
                match self { $(
                    placed!($variant [$({ $($place)* })?] $($field)*) => {
                        #[derive(serde::Serialize)]
                        #[serde(rename_all = "camelCase")]
                        struct Wire<'a> { $(
                            $(#[$attribute])*
                            #[serde(skip_serializing_if = "crate::codec::wire::Out::is_absent")]
                            $field: $crate::codec::wire::Out<'a, $of>,
                        )* }
                        let wire = Wire { $($field: $crate::codec::wire::Out($field)),* };
                        $crate::codec::stored_event::encoded($kind, $revision, &wire)
                    }
                )+ }
            }

            fn read<'de, D: serde::Deserializer<'de>>(kind: &str, from: D) -> Result<Option<Self>, D::Error> {
                match kind { $(
                    $kind => {
                        #[derive(serde::Deserialize)]
                        #[serde(rename_all = "camelCase")]
                        struct Wire { $( $(#[$attribute])* $field: $crate::codec::wire::In<$of>, )* }
                        let Wire { $($field),* } = serde::Deserialize::deserialize(from)?;
                        $( let $field = $field.0; )*
                        Ok(Some(placed!($variant [$({ $($place)* })?] $($field)*)))
                    }
                )+
                    _ => Ok(None),
                }
            }
        }
    };
}

/// A variant with its stored fields, as a pattern or as a value.
macro_rules! placed {
    ($variant:ident [] $($field:ident)*) => { Self::$variant { $($field),* } };
    ($variant:ident [{ $($place:tt)* }] $($field:ident)*) => { Self::$variant { $($place)* } };
}

pub(super) use {placed, stored_events};
