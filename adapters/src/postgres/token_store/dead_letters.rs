//! Dead letters.

use application::codec::rows::{failures, failures_text, letter_kind, letter_kind_number, time_text};
use application::ports::dead_letters::{
    DeadLetter, DeadLetterId, DeadLetterKind, DeadLetterQuery, EventOverride, LETTERS_PER_SEQUENCE_MAX,
    ParkedSequence, SEQUENCES_MAX, WaitingLetter,
};
use application::ports::event_store::{
    CommandId, EventId, Position, Recorded, StreamName, TypeName, Version,
};
use application::ports::token_store::{Claim, Generation, ProcessorName, Segment, TokenError};
use serde::Serialize;
use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use super::overrides::event_override;
use super::segments::{Generations, generation_id};
use super::step_error::StepError;
use super::stored::{Fields, count, unreadable};
use crate::postgres::connection::{Database, Statement};
use crate::stores::segments::unknown;

pub(super) async fn parked_sequences(
    database: &Database,
    generation: i64,
    segment: Segment,
) -> Result<Vec<ParkedSequence>, StepError> {
    let all = sqlx::query(include_str!("../sql/token_store/parked_sequences.sql")).bind(generation);
    let mut held = Vec::new();
    for row in database.fetch(all).await? {
        let fields = Fields(&row);
        let sequence: String = fields.get("sequence")?;
        if segment.holds(&sequence) {
            let due = match kind_of(&fields)? {
                DeadLetterKind::Parked => fields.time_or_none("due")?,
                DeadLetterKind::Abandoned | DeadLetterKind::Rejected => None,
            };
            let letters = fields.small_number("letters")? as usize;
            let head = Position::new(fields.number("head")?);
            held.push(ParkedSequence { sequence, letters, head, due });
        }
    }
    Ok(held)
}

pub(super) async fn letters(
    database: &Database,
    wanted: &DeadLetterQuery,
    limit: usize,
) -> Result<Vec<DeadLetter>, StepError> {
    let after = wanted.after.as_ref();
    let found = sqlx::query(include_str!("../sql/token_store/letters.sql"))
        .bind(wanted.id.map(DeadLetterId::uuid))
        .bind(wanted.processor.as_ref().map(ProcessorName::as_str))
        .bind(wanted.generation.map(|number| number.0.cast_signed()))
        .bind(wanted.sequence.as_deref())
        .bind(wanted.kind.map(letter_kind_number))
        .bind(count(limit))
        .bind(after.map(|place| place.processor.as_str()))
        .bind(after.map(|place| letter_kind_number(place.kind)))
        .bind(after.map(|place| place.sequence.as_str()))
        .bind(after.map(|place| place.position.value().cast_signed()))
        .bind(after.map(|place| place.generation.0.cast_signed()))
        .bind(after.map(|place| place.id.uuid()));
    database.fetch(found).await?.iter().map(read).collect()
}

/// Those that block a sequence, each with what was said about its event.
pub(super) async fn waiting_letters(
    database: &Database,
    claim: &Claim,
    sequence: &str,
    limit: usize,
) -> Result<Vec<WaitingLetter>, StepError> {
    let waiting = sqlx::query(include_str!("../sql/token_store/waiting_letters.sql"))
        .bind(claim.processor.as_str())
        .bind(claim.generation.0.cast_signed())
        .bind(sequence.to_owned())
        .bind(count(limit));
    let waiting = database.fetch(waiting).await?;
    waiting
        .iter()
        .map(|row| Ok(WaitingLetter { letter: read(row)?, event_override: said(&Fields(row))? }))
        .collect()
}

pub(super) async fn retry_now(
    database: &Database,
    processor: &ProcessorName,
    sequence: Option<&str>,
) -> Result<usize, StepError> {
    let retry =
        sqlx::query(include_str!("../sql/token_store/retry_now.sql")).bind(processor.as_str()).bind(sequence);
    let due = database.change(retry).await?;
    due.first().map_or(Ok(0), |row| Ok(Fields(row).small_number("letters")? as usize))
}

pub(super) async fn redeliver(tables: &mut PgConnection, letter: &DeadLetter) -> Result<(), StepError> {
    let processor = &letter.processor;
    if Generations::lock(tables, processor).await?.live != letter.generation {
        return Err(unknown(processor, "the generation").into());
    }
    let generation = generation_id(tables, processor, letter.generation).await?;
    // As a commit does that brings letters: they are counted by one at a time.
    let lock = sqlx::query("select from generation where id = $1 for update").bind(generation);
    lock.execute(&mut *tables).await?;
    let put = sqlx::query(include_str!("../sql/token_store/redeliver.sql")).bind(generation);
    StoredLetters::of(std::slice::from_ref(letter))?.bind(put).execute(&mut *tables).await?;
    let counts = sqlx::query(include_str!("../sql/token_store/letter_counts.sql"));
    let counts = counts.bind(generation).bind(letter.sequence.clone()).fetch_one(&mut *tables).await?;
    let full = |limit, of| Err(TokenError::Full { processor: processor.clone(), limit, of }.into());
    if Fields(&counts).number("sequences")? > SEQUENCES_MAX as u64 {
        return full(SEQUENCES_MAX, "sequences");
    }
    if Fields(&counts).number("letters")? > LETTERS_PER_SEQUENCE_MAX as u64 {
        return full(LETTERS_PER_SEQUENCE_MAX, "letters in a sequence");
    }
    let told = sqlx::query("update processor set said = said + 1 where name = $1").bind(processor.as_str());
    told.execute(tables).await?;
    Ok(())
}

/// Letters as a commit takes them: a list, and the bytes beside it.
pub(super) struct StoredLetters<'l> {
    list: Option<String>,
    payloads: Vec<&'l [u8]>,
    metadata: Vec<&'l [u8]>,
}

impl<'l> StoredLetters<'l> {
    pub(super) fn of(letters: &'l [DeadLetter]) -> Result<Self, StepError> {
        let stored = letters.iter().map(StoredLetter::of).collect::<Result<Vec<_>, _>>()?;
        let list = serde_json::to_string(&stored).map_err(|error| unreadable("letters", error))?;
        Ok(Self {
            list: (!letters.is_empty()).then_some(list),
            payloads: letters.iter().map(|letter| letter.event.payload.as_ref()).collect(),
            metadata: letters.iter().map(|letter| letter.event.metadata.as_ref()).collect(),
        })
    }

    pub(super) fn bind(self, commit: Statement) -> Statement {
        commit.bind(self.list).bind(self.payloads).bind(self.metadata)
    }
}

#[derive(Serialize)]
struct StoredLetter<'l> {
    id: String,
    sequence: &'l str,
    kind: i16,
    position: u64,
    stream: &'l str,
    version: u64,
    event: String,
    command: Option<String>,
    r#type: &'l str,
    revision: u32,
    occurred_at: String,
    attempts: u32,
    failures: String,
    first_at: String,
    last_at: String,
    due: Option<String>,
    letter_revision: u64,
}

impl<'l> StoredLetter<'l> {
    fn of(letter: &'l DeadLetter) -> Result<Self, StepError> {
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

fn read(row: &PgRow) -> Result<DeadLetter, StepError> {
    let fields = Fields(row);
    Ok(DeadLetter {
        id: DeadLetterId::new(fields.get("id")?),
        processor: ProcessorName::stored(fields.get("processor")?),
        generation: Generation(fields.number("number")?),
        sequence: fields.get("sequence")?,
        kind: kind_of(&fields)?,
        event: read_event(&fields)?,
        attempts: fields.small_number("attempts")?,
        failures: fields.parsed("failures", failures)?,
        first_at: fields.time("first_at")?,
        last_at: fields.time("last_at")?,
        due: fields.time_or_none("due")?,
        revision: fields.number("letter_revision")?,
    })
}

fn said(fields: &Fields<'_>) -> Result<Option<EventOverride>, StepError> {
    if fields.get("has_overlay")? { event_override(fields, "overlay").map(Some) } else { Ok(None) }
}

fn read_event(fields: &Fields<'_>) -> Result<Recorded, StepError> {
    Ok(Recorded {
        position: Position::new(fields.number("position")?),
        stream: fields.parsed("stream", |text| StreamName::parse(text).ok_or("it is no name of a stream"))?,
        version: Version::new(fields.number("version")?),
        id: EventId::new(fields.get("event")?),
        command: fields.get::<Option<_>>("command")?.map(CommandId::new),
        kind: TypeName::stored(fields.get("type")?),
        revision: fields.small_number("revision")?,
        payload: fields.get::<Vec<u8>>("payload")?.into(),
        metadata: fields.get::<Vec<u8>>("metadata")?.into(),
        occurred_at: fields.time("occurred_at")?,
    })
}

fn kind_of(fields: &Fields<'_>) -> Result<DeadLetterKind, StepError> {
    letter_kind(fields.get("kind")?).map_err(|error| unreadable("kind", error))
}
