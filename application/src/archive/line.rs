//! One event as it is shown and exported.

use std::str::FromStr;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;
use uuid::Uuid;

use crate::ports::event_store::{CommandId, EventId, Position, Recorded, StreamName, TypeName, Version};

/// An event as it is shown and exported, the fields in this order; payload and metadata byte for byte. It is neither
/// printed for debugging nor logged: what was recorded may be personal.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its place in the log.
    pub position: u64,
    /// Its stream.
    pub stream: String,
    /// Its place in the stream.
    pub version: u64,
    /// Its id.
    pub id: String,
    /// The command, on the first event of what it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_id: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The revision of its payload's form.
    pub revision: u32,
    /// When it happened.
    pub at: String,
    /// The payload; none when what is stored is not JSON.
    pub data: Option<Box<RawValue>>,
    /// What stands beside it; none when what is stored is not JSON.
    pub metadata: Option<Box<RawValue>>,
}

/// Why a line is not an event as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("event {position} has {what}")]
pub struct LineError {
    /// Where it says that it stands.
    pub position: u64,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Stored bytes as JSON, byte for byte; none when they are something else, or more than that.
#[must_use]
pub fn json_of(stored: &[u8]) -> Option<Box<RawValue>> {
    // What is wrong with them is for who reads the event; here it only matters that they cannot stand in a line.
    let json: Box<RawValue> = serde_json::from_slice(stored).ok()?;
    (json.get().len() == stored.len()).then_some(json)
}

impl Line {
    /// An event of a store.
    #[must_use]
    pub fn of(event: &Recorded) -> Self {
        Self {
            position: event.position.value(),
            stream: event.stream.to_string(),
            version: event.version.value(),
            id: event.id.to_string(),
            command_id: event.command.map(|command| command.to_string()),
            kind: event.kind.to_string(),
            revision: event.revision,
            at: event.occurred_at.to_string(),
            data: json_of(&event.payload),
            metadata: json_of(&event.metadata),
        }
    }

    /// The event as a store keeps it.
    ///
    /// # Errors
    /// What of it cannot be.
    pub fn recorded(&self) -> Result<Recorded, LineError> {
        let error = |what| LineError { position: self.position, what };
        // The parsers' own errors quote what was found.
        let uuid = |raw: &str, what| Uuid::from_str(raw).map_err(|_| error(what));
        let stored = |json: Option<&RawValue>, what| {
            json.map(|json| Bytes::copy_from_slice(json.get().as_bytes())).ok_or_else(|| error(what))
        };
        let command =
            self.command_id.as_deref().map(|raw| uuid(raw, "a command id that is none")).transpose()?;
        Ok(Recorded {
            position: Position::new(self.position),
            stream: StreamName::parse(&self.stream).ok_or_else(|| error("a stream that is none"))?,
            version: Version::new(self.version),
            id: EventId::new(uuid(&self.id, "an id that is none")?),
            command: command.map(CommandId::new),
            kind: TypeName::stored(self.kind.clone()),
            revision: self.revision,
            payload: stored(self.data.as_deref(), "a payload that is not JSON and is not shown")?,
            metadata: stored(self.metadata.as_deref(), "metadata that are not JSON and are not shown")?,
            occurred_at: Timestamp::from_str(&self.at).map_err(|_| error("a time that is none"))?,
        })
    }

    /// The line as it stands in a file, without its end.
    ///
    /// # Errors
    /// [`LineError`] when it would not come back as it is.
    pub fn text(&self) -> Result<String, LineError> {
        let error = |what| LineError { position: self.position, what };
        self.recorded()?;
        let text = serde_json::to_string(self).map_err(|_| error("a form that cannot be written"))?;
        // Between the parts of a payload line breaks mean nothing, but to leave them out would change it.
        if text.contains(['\n', '\r']) { Err(error("line breaks in what is stored")) } else { Ok(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(payload: &'static [u8]) -> Line {
        Line::of(&Recorded {
            position: Position::new(1),
            stream: StreamName::parse("book-1").unwrap(),
            version: Version::new(1),
            id: EventId::new(Uuid::from_u128(1)),
            command: Some(CommandId::new(Uuid::from_u128(2))),
            kind: TypeName::of("book.book-lent"),
            revision: 1,
            payload: Bytes::from_static(payload),
            metadata: Bytes::from_static(b"{}"),
            occurred_at: Timestamp::UNIX_EPOCH,
        })
    }

    #[test]
    fn an_event_comes_back_from_its_line_byte_for_byte() {
        let payload = br#"{"b":1e0, "a":"\u0041" ,"c":12345678901234567890123}"#;
        let text = line(payload).text().unwrap();
        let read: Line = serde_json::from_str(&text).unwrap();
        assert_eq!(read.recorded().unwrap().payload, &payload[..]);
        assert_eq!(read.text().unwrap(), text);
    }

    #[test]
    fn what_would_not_come_back_as_it_is_has_no_line() {
        for payload in [&b"{broken"[..], b"\xff", b"", b" {}", b"{}\n", b"{\n}", b"{} {}"] {
            assert!(line(payload).text().is_err(), "{payload:?}");
        }
    }
}
