//! Dead letters as they are stored, and back, and what becomes of them in whatever way a token store keeps them.

use application::codec::rows::{failures, failures_text, letter_kind, letter_kind_number, time_text};
use application::ports::dead_letters::{
    DeadLetter, DeadLetterId, DeadLetterKind, EventOverride, ParkedSequence, WaitingLetter,
};
use application::ports::event_store::{
    CommandId, EventId, Position, Recorded, StreamName, TypeName, Version,
};
use application::ports::token_store::{Generation, ProcessorName};
use jiff::Timestamp;
use serde::Serialize;

use super::fields::{Fields, Read, StoredRow, unreadable};
use super::step_error::{StepError, StoreFailure};

/// All but payload and metadata, which are bytes.
#[derive(Serialize)]
pub(crate) struct StoredLetter<'l> {
    id: String,
    pub(crate) sequence: &'l str,
    pub(crate) kind: i16,
    pub(crate) position: u64,
    pub(crate) stream: &'l str,
    pub(crate) version: u64,
    event: String,
    command: Option<String>,
    pub(crate) r#type: &'l str,
    pub(crate) revision: u32,
    pub(crate) occurred_at: String,
    pub(crate) attempts: u32,
    pub(crate) failures: String,
    pub(crate) first_at: String,
    pub(crate) last_at: String,
    pub(crate) due: Option<String>,
    pub(crate) letter_revision: u64,
}

impl<'l> StoredLetter<'l> {
    pub(crate) fn of<F: StoreFailure>(letter: &'l DeadLetter) -> Result<Self, StepError<F>> {
        let event = &letter.event;
        Ok(Self {
            id: letter.id.to_string(),
            sequence: &letter.sequence,
            kind: letter_kind_number(letter.kind),
            position: event.position.value(),
            stream: event.stream.as_str(),
            version: event.version.value(),
            event: event.id.to_string(),
            command: event.command.map(|command| command.to_string()),
            r#type: event.kind.as_str(),
            revision: event.revision,
            occurred_at: time_text(event.occurred_at),
            attempts: letter.attempts,
            failures: failures_text(&letter.failures).map_err(|error| unreadable("failures", error))?,
            first_at: time_text(letter.first_at),
            last_at: time_text(letter.last_at),
            due: letter.due.map(time_text),
            letter_revision: letter.revision,
        })
    }
}

pub(crate) fn letter<R: StoredRow>(fields: &Fields<'_, R>) -> Read<DeadLetter, R> {
    Ok(DeadLetter {
        id: DeadLetterId::new(fields.id("id")?),
        processor: ProcessorName::stored(fields.text("processor")?.to_owned()),
        generation: Generation(fields.number("number")?),
        sequence: fields.text("sequence")?.to_owned(),
        kind: kind(fields)?,
        event: event(fields)?,
        attempts: fields.small_number("attempts")?,
        failures: fields.parsed("failures", failures)?,
        first_at: fields.time("first_at")?,
        last_at: fields.time("last_at")?,
        due: fields.time_or_none("due")?,
        revision: fields.number("letter_revision")?,
    })
}

/// A letter with what was said about its event.
pub(crate) fn waiting<R: StoredRow>(fields: &Fields<'_, R>) -> Read<WaitingLetter, R> {
    let said = fields.flag("has_overlay")?.then(|| event_override(fields, "overlay")).transpose();
    Ok(WaitingLetter { letter: letter(fields)?, event_override: said? })
}

/// What the payload of an override says.
pub(crate) fn event_override<R: StoredRow>(
    fields: &Fields<'_, R>,
    column: &'static str,
) -> Read<EventOverride, R> {
    let payload = fields.bytes_or_none(column)?;
    let edited = |payload: &[u8]| EventOverride::Edited(payload.to_vec().into());
    Ok(payload.map_or(EventOverride::Skipped, edited))
}

/// A sequence that waits, read of its head with a count of its letters.
pub(crate) fn parked_sequence<R: StoredRow>(fields: &Fields<'_, R>) -> Read<ParkedSequence, R> {
    Ok(ParkedSequence {
        sequence: fields.text("sequence")?.to_owned(),
        letters: fields.small_number("letters")? as usize,
        head: Position::new(fields.number("head")?),
        due: match kind(fields)? {
            DeadLetterKind::Parked => fields.time_or_none("due")?,
            DeadLetterKind::Abandoned | DeadLetterKind::Rejected => None,
        },
    })
}

/// The letter of an event that is to be handled once more: the one that it has, or else a new one.
pub(crate) fn redelivered(known: Option<DeadLetter>, new: DeadLetter, now: Timestamp) -> DeadLetter {
    let letter = known.unwrap_or(DeadLetter { revision: 0, ..new });
    DeadLetter { kind: DeadLetterKind::Parked, attempts: 0, due: Some(now), ..letter }
}

fn event<R: StoredRow>(fields: &Fields<'_, R>) -> Read<Recorded, R> {
    Ok(Recorded {
        position: Position::new(fields.number("position")?),
        stream: fields.parsed("stream", |text| StreamName::parse(text).ok_or("it is no name of a stream"))?,
        version: Version::new(fields.number("version")?),
        id: EventId::new(fields.id("event")?),
        command: fields.id_or_none("command")?.map(CommandId::new),
        kind: TypeName::stored(fields.text("type")?.to_owned()),
        revision: fields.small_number("revision")?,
        payload: fields.bytes("payload")?.to_vec().into(),
        metadata: fields.bytes("metadata")?.to_vec().into(),
        occurred_at: fields.time("occurred_at")?,
    })
}

fn kind<R: StoredRow>(fields: &Fields<'_, R>) -> Read<DeadLetterKind, R> {
    let number = i16::try_from(fields.integer("kind")?).map_err(|error| unreadable("kind", error))?;
    letter_kind(number).map_err(|error| unreadable("kind", error))
}
