//! Dead letters.

use std::collections::BTreeSet;

use application::codec::rows::{self, time_text};
use application::ports::dead_letters::{
    DeadLetter, DeadLetterId, DeadLetterKind, DeadLetterQuery, EventOverride, LETTERS_PER_SEQUENCE_MAX,
    ParkedSequence, REJECTED_MAX, SEQUENCES_MAX, SettledLetter, WaitingLetter,
};
use application::ports::event_store::{
    CommandId, EventId, Position, Recorded, StreamName, TypeName, Version,
};
use application::ports::token_store::{Claim, Generation, ProcessorName, Segment, TokenError};
use jiff::Timestamp;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::overrides::event_override;
use super::processors::{ProcessorRow, known_generation};
use super::step_error::StepError;
use super::stored::{Fields, unreadable};
use crate::stores::letters::redelivered;
use crate::stores::segments::unknown;

/// Takes away those that are done.
pub(super) async fn settle(
    tables: &mut SqliteConnection,
    generation: i64,
    processor: &ProcessorName,
    settled: &[SettledLetter],
) -> Result<(), StepError> {
    for SettledLetter { id, revision } in settled {
        let gone = sqlx::query(include_str!("../sql/token_store/drop_letter.sql"))
            .bind(generation)
            .bind(id.uuid().as_bytes().to_vec())
            .bind(revision.cast_signed());
        if gone.execute(&mut *tables).await?.rows_affected() == 0 {
            return Err(changed(processor));
        }
    }
    Ok(())
}

/// Puts new letters in and others in the place of what was read, and answers how many rejected ones had to go.
pub(super) async fn put(
    tables: &mut SqliteConnection,
    generation: i64,
    processor: &ProcessorName,
    letters: &[DeadLetter],
) -> Result<u64, StepError> {
    if letters.is_empty() {
        return Ok(0);
    }
    for letter in letters {
        if !put_one(tables, generation, letter).await? {
            return Err(changed(processor));
        }
    }
    let touched: BTreeSet<&str> = letters.iter().map(|letter| letter.sequence.as_str()).collect();
    check_limits(tables, generation, processor, &touched).await?;
    let oldest = sqlx::query(include_str!("../sql/token_store/drop_oldest_rejected.sql"));
    let dropped = oldest.bind(generation).bind(REJECTED_MAX as i64).execute(tables).await?;
    Ok(dropped.rows_affected())
}

pub(super) async fn parked_sequences(
    tables: &mut SqliteConnection,
    generation: i64,
    segment: Segment,
) -> Result<Vec<ParkedSequence>, StepError> {
    let all = sqlx::query(include_str!("../sql/token_store/parked_sequences.sql")).bind(generation);
    let mut held = Vec::new();
    for row in all.fetch_all(tables).await? {
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
    tables: &mut SqliteConnection,
    wanted: &DeadLetterQuery,
    limit: usize,
) -> Result<Vec<DeadLetter>, StepError> {
    let after = wanted.after.as_ref();
    let found = sqlx::query(include_str!("../sql/token_store/letters.sql"))
        .bind(wanted.id.map(|id| id.uuid().as_bytes().to_vec()))
        .bind(wanted.processor.as_ref().map(ProcessorName::as_str))
        .bind(wanted.generation.map(|number| number.0.cast_signed()))
        .bind(wanted.sequence.as_deref())
        .bind(wanted.kind.map(rows::letter_kind_number))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(after.map(|place| place.processor.as_str()))
        .bind(after.map(|place| rows::letter_kind_number(place.kind)))
        .bind(after.map(|place| place.sequence.as_str()))
        .bind(after.map(|place| place.position.value().cast_signed()))
        .bind(after.map(|place| place.generation.0.cast_signed()))
        .bind(after.map(|place| place.id.uuid().as_bytes().to_vec()))
        .fetch_all(tables)
        .await?;
    found.iter().map(read).collect()
}

/// Those that block a sequence, each with what was said about its event.
pub(super) async fn waiting_letters(
    tables: &mut SqliteConnection,
    claim: &Claim,
    sequence: &str,
    limit: usize,
) -> Result<Vec<WaitingLetter>, StepError> {
    let waiting = sqlx::query(include_str!("../sql/token_store/waiting_letters.sql"))
        .bind(claim.processor.as_str())
        .bind(claim.generation.0.cast_signed())
        .bind(sequence)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let waiting = waiting.fetch_all(tables).await?;
    waiting
        .iter()
        .map(|row| Ok(WaitingLetter { letter: read(row)?, event_override: said(&Fields(row))? }))
        .collect()
}

pub(super) async fn retry_now(
    tables: &mut SqliteConnection,
    now: Timestamp,
    processor: &ProcessorName,
    sequence: Option<&str>,
) -> Result<usize, StepError> {
    let due = sqlx::query(include_str!("../sql/token_store/retry_now.sql")).bind(processor.as_str());
    let due = due.bind(sequence).bind(time_text(now)).execute(tables).await?;
    Ok(usize::try_from(due.rows_affected()).unwrap_or(usize::MAX))
}

pub(super) async fn redeliver(
    tables: &mut SqliteConnection,
    now: Timestamp,
    letter: DeadLetter,
) -> Result<(), StepError> {
    let processor = letter.processor.clone();
    let live = ProcessorRow::load(tables, &processor).await?.live;
    if letter.generation != live {
        return Err(unknown(&processor, "the generation").into());
    }
    let generation = known_generation(tables, &processor, live).await?;
    let (id, of) = (Some(letter.id), Some(processor.clone()));
    let wanted = DeadLetterQuery { id, processor: of, generation: Some(live), ..DeadLetterQuery::default() };
    let known = letters(tables, &wanted, 1).await?.pop();
    put(tables, generation, &processor, &[redelivered(known, letter, now)]).await?;
    Ok(())
}

/// Whether it was as it had been read.
async fn put_one(
    tables: &mut SqliteConnection,
    generation: i64,
    letter: &DeadLetter,
) -> Result<bool, StepError> {
    let event = &letter.event;
    let failures = rows::failures_text(&letter.failures).map_err(|error| unreadable("failures", error))?;
    let sql = match letter.revision {
        0 => include_str!("../sql/token_store/add_letter.sql"),
        _ => include_str!("../sql/token_store/change_letter.sql"),
    };
    let put = sqlx::query(sql)
        .bind(generation)
        .bind(letter.id.uuid().as_bytes().to_vec())
        .bind(letter.sequence.as_str())
        .bind(rows::letter_kind_number(letter.kind))
        .bind(event.position.value().cast_signed())
        .bind(event.stream.as_str())
        .bind(event.version.value().cast_signed())
        .bind(event.id.uuid().as_bytes().to_vec())
        .bind(event.command.map(|command| command.uuid().as_bytes().to_vec()))
        .bind(event.kind.as_str())
        .bind(i64::from(event.revision))
        .bind(event.payload.as_ref())
        .bind(event.metadata.as_ref())
        .bind(time_text(event.occurred_at))
        .bind(i64::from(letter.attempts))
        .bind(failures)
        .bind(time_text(letter.first_at))
        .bind(time_text(letter.last_at))
        .bind(letter.due.map(time_text))
        .bind(letter.revision.cast_signed());
    Ok(put.execute(tables).await?.rows_affected() == 1)
}

async fn check_limits(
    tables: &mut SqliteConnection,
    generation: i64,
    processor: &ProcessorName,
    touched: &BTreeSet<&str>,
) -> Result<(), StepError> {
    let sequences = sqlx::query_scalar::<_, i64>(include_str!("../sql/token_store/sequence_count.sql"));
    let sequences = sequences.bind(generation).fetch_one(&mut *tables).await?;
    if sequences > SEQUENCES_MAX as i64 {
        return Err(full(processor, SEQUENCES_MAX, "sequences"));
    }
    for sequence in touched {
        let letters =
            sqlx::query_scalar::<_, i64>(include_str!("../sql/token_store/letters_of_sequence.sql"));
        let letters = letters.bind(generation).bind(*sequence).fetch_one(&mut *tables).await?;
        if letters > LETTERS_PER_SEQUENCE_MAX as i64 {
            return Err(full(processor, LETTERS_PER_SEQUENCE_MAX, "letters in a sequence"));
        }
    }
    Ok(())
}

fn changed(processor: &ProcessorName) -> StepError {
    TokenError::LetterChanged { processor: processor.clone() }.into()
}

fn full(processor: &ProcessorName, limit: usize, of: &'static str) -> StepError {
    TokenError::Full { processor: processor.clone(), limit, of }.into()
}

fn read(row: &SqliteRow) -> Result<DeadLetter, StepError> {
    let fields = Fields(row);
    Ok(DeadLetter {
        id: DeadLetterId::new(fields.id("id")?),
        processor: ProcessorName::stored(fields.get("processor")?),
        generation: Generation(fields.number("number")?),
        sequence: fields.get("sequence")?,
        kind: kind_of(&fields)?,
        event: read_event(&fields)?,
        attempts: fields.small_number("attempts")?,
        failures: fields.parsed("failures", rows::failures)?,
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
        id: EventId::new(fields.id("event")?),
        command: fields.id_or_none("command")?.map(CommandId::new),
        kind: TypeName::stored(fields.get("type")?),
        revision: fields.small_number("revision")?,
        payload: fields.get::<Vec<u8>>("payload")?.into(),
        metadata: fields.get::<Vec<u8>>("metadata")?.into(),
        occurred_at: fields.time("occurred_at")?,
    })
}

fn kind_of(fields: &Fields<'_>) -> Result<DeadLetterKind, StepError> {
    rows::letter_kind(fields.get("kind")?).map_err(|error| unreadable("kind", error))
}
