//! Commits: documents with events of one stream that were stored together.
//!
//! `_id` is the stream and the version of the first event, `e` that of the last one, `pos` the first position, `at`
//! when it was recorded by the server's clock. `c` are the commands and `o` how many events stand before the first one
//! of each. Of the events `ev`, `n` is how many stand before it, so that one that is taken away leaves a gap; `i` its
//! id, `t` and `r` type and revision, `p` and `m` payload and metadata, `a` when it happened, in microseconds.

use application::ports::event_store::{
    CommandId, DamagedEvent, Done, EventId, Position, Recorded, StreamName, TypeName, Version,
};
use bytes::Bytes;
use jiff::Timestamp;
use mongodb::bson::raw::{RawArrayBuf, RawBsonRef, RawDocument, RawDocumentBuf, cstr};
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime};
use uuid::Uuid;

use super::fields::{binary, id_in, number, position, raw_place, stream_place};
use crate::mongo::connection::{Failure, contradiction};

/// The most bytes of payloads and metadata in a document, which may have 16 MiB at most. One event fits in any case.
const COMMIT_BYTES_MAX: usize = 12 * 1024 * 1024;
/// The most events in a document: whoever reads a part of them reads all.
pub(super) const EVENTS_MAX: usize = 256;

/// The documents of events that follow one another in the log, as they were recorded `at`.
pub(super) fn documents(events: &[Recorded], at: DateTime) -> Vec<RawDocumentBuf> {
    let mut documents = Vec::new();
    let mut rest = events;
    while !rest.is_empty() {
        let (together, left) = rest.split_at(fitting(rest));
        documents.push(document(together, at));
        rest = left;
    }
    documents
}

/// How many of the next events go into one document: at least one.
fn fitting(events: &[Recorded]) -> usize {
    let mut bytes = 0;
    let mut together = 0;
    for event in events {
        bytes += event.bytes();
        let first = &events[0];
        let follows = event.stream == first.stream && event.version == first.version.plus(together as u64);
        if together > 0 && (!follows || together == EVENTS_MAX || bytes > COMMIT_BYTES_MAX) {
            break;
        }
        together += 1;
    }
    together
}

fn document(events: &[Recorded], at: DateTime) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return document };
    let (mut commands, mut offsets, mut elements) =
        (RawArrayBuf::new(), RawArrayBuf::new(), RawArrayBuf::new());
    for (before, event) in (0_i32..).zip(events) {
        if let Some(command) = event.command {
            commands.push(binary(command.uuid()));
            offsets.push(before);
        }
        elements.push(element(before, event));
    }
    document.append(cstr!("_id"), raw_place(&first.stream, first.version));
    document.append(cstr!("e"), raw_place(&last.stream, last.version));
    document.append(cstr!("pos"), number(first.position.value()));
    document.append(cstr!("at"), at);
    // Without one there is no key: the index of commands has to find nothing, and not an empty list.
    if !commands.is_empty() {
        document.append(cstr!("c"), commands);
        document.append(cstr!("o"), offsets);
    }
    document.append(cstr!("ev"), elements);
    document
}

fn element(before: i32, event: &Recorded) -> RawDocumentBuf {
    let bytes = |bytes: &Bytes| Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() };
    let mut element = RawDocumentBuf::new();
    element.append(cstr!("n"), before);
    element.append(cstr!("i"), binary(event.id.uuid()));
    element.append(cstr!("t"), event.kind.as_str());
    element.append(cstr!("r"), event.revision.cast_signed());
    element.append(cstr!("p"), bytes(&event.payload));
    element.append(cstr!("m"), bytes(&event.metadata));
    element.append(cstr!("a"), event.occurred_at.as_microsecond());
    element
}

/// A commit as it was read. What it has of the events may have been left out.
pub(super) struct StoredCommit<'d> {
    document: &'d RawDocument,
    pub(super) stream: StreamName,
    /// The version of its first event.
    pub(super) first: Version,
    /// The position of its first event.
    pub(super) position: Position,
}

impl<'d> StoredCommit<'d> {
    pub(super) fn read(document: &'d RawDocument) -> Result<Self, Failure> {
        let (stream, first) = stream_place(document, "_id")?;
        Ok(Self { document, stream, first, position: position(document, "pos")? })
    }

    /// The commands and how many events stand before the first one of each.
    pub(super) fn commands(&self) -> Result<Vec<(CommandId, u64)>, Failure> {
        let Some(RawBsonRef::Array(commands)) = self.document.get("c").map_err(contradiction)? else {
            return Ok(Vec::new());
        };
        let offsets = self.document.get_array("o").map_err(contradiction)?;
        let both = commands.into_iter().zip(offsets).map(|(command, offset)| {
            let (command, offset) = (command.map_err(contradiction)?, offset.map_err(contradiction)?);
            let both = id_in(command).zip(offset.as_i32().and_then(|offset| u64::try_from(offset).ok()));
            both.ok_or_else(|| contradiction("a command of a commit cannot be read"))
        });
        both.map(|both| both.map(|(command, offset)| (CommandId::new(command), offset))).collect()
    }

    /// Its last event, when all of them were read.
    pub(super) fn last(&self) -> Result<(Version, EventId), Failure> {
        let last = self.events()?.last().ok_or_else(|| contradiction("a commit has no events"))??;
        let id = last.id.ok_or_else(|| contradiction("the last event of a commit has no id"))?;
        Ok((self.first.plus(last.offset), EventId::new(id)))
    }

    /// The id of the event of an offset, if it is there.
    pub(super) fn id_at(&self, offset: u64) -> Result<Option<EventId>, Failure> {
        for event in self.events()? {
            let event = event?;
            if event.offset == offset {
                return Ok(event.id.map(EventId::new));
            }
        }
        Ok(None)
    }

    /// Where the event of an offset stands.
    pub(super) fn done(&self, offset: u64) -> Done {
        let (version, position) = (self.first.plus(offset), self.position.plus(offset));
        Done { stream: self.stream.clone(), version, position }
    }

    /// The events in order.
    pub(super) fn events(&self) -> Result<impl Iterator<Item = Result<EventFields<'d>, Failure>>, Failure> {
        let events = self.document.get_array("ev").map_err(contradiction)?;
        Ok(events.into_iter().map(|event| {
            let event = event.map_err(contradiction)?;
            event
                .as_document()
                .ok_or_else(|| contradiction("an event is no document"))
                .and_then(EventFields::read)
        }))
    }

    /// An event as it stands in the log. What cannot be right is said with its position.
    pub(super) fn recorded(
        &self,
        event: &EventFields<'_>,
        commands: &[(CommandId, u64)],
    ) -> Result<Recorded, Failure> {
        let Done { stream, version, position } = self.done(event.offset);
        let command = commands.iter().find(|(_, offset)| *offset == event.offset);
        let damaged = |found: String| contradiction(DamagedEvent { position, found });
        let missing = |what: &str| damaged(format!("it has no {what}"));
        let bytes =
            |found: Option<&[u8]>, what| found.map(Bytes::copy_from_slice).ok_or_else(|| missing(what));
        let occurred_at = event.occurred_at.ok_or_else(|| missing("time"))?;
        Ok(Recorded {
            position,
            stream,
            version,
            id: EventId::new(event.id.ok_or_else(|| missing("id"))?),
            command: command.map(|(command, _)| *command),
            kind: TypeName::stored(event.kind.ok_or_else(|| missing("type"))?.to_owned()),
            revision: event.revision.ok_or_else(|| missing("revision"))?.cast_unsigned(),
            payload: bytes(event.payload, "payload")?,
            metadata: bytes(event.metadata, "metadata")?,
            occurred_at: Timestamp::from_microsecond(occurred_at)
                .map_err(|error| damaged(error.to_string()))?,
        })
    }
}

/// An event of a commit, of which not everything has to have been read.
#[derive(Default)]
pub(super) struct EventFields<'d> {
    /// How many events of the commit stand before it.
    pub(super) offset: u64,
    pub(super) id: Option<Uuid>,
    pub(super) kind: Option<&'d str>,
    pub(super) occurred_at: Option<i64>,
    revision: Option<i32>,
    payload: Option<&'d [u8]>,
    metadata: Option<&'d [u8]>,
}

impl<'d> EventFields<'d> {
    /// How many bytes it was counted with.
    pub(super) fn bytes(&self) -> u64 {
        (self.payload().len() + self.metadata.unwrap_or_default().len()) as u64
    }

    pub(super) fn payload(&self) -> &'d [u8] {
        self.payload.unwrap_or_default()
    }

    /// In one walk through its fields.
    fn read(document: &'d RawDocument) -> Result<Self, Failure> {
        let (mut event, mut offset) = (Self::default(), None);
        for field in document {
            let (name, value) = field.map_err(contradiction)?;
            match name.as_str() {
                "n" => offset = value.as_i32().and_then(|offset| u64::try_from(offset).ok()),
                "i" => event.id = id_in(value),
                "t" => event.kind = value.as_str(),
                "r" => event.revision = value.as_i32(),
                "p" => event.payload = value.as_binary().map(|binary| binary.bytes),
                "m" => event.metadata = value.as_binary().map(|binary| binary.bytes),
                "a" => event.occurred_at = value.as_i64(),
                _ => {} // of a later version
            }
        }
        event.offset =
            offset.ok_or_else(|| contradiction("an event does not say which one of its commit it is"))?;
        Ok(event)
    }
}
