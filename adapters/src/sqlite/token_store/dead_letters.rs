//! Dead letters.

use std::collections::BTreeSet;

use application::codec::rows::{letter_kind_number, time_text};
use application::ports::dead_letters::{
    DeadLetter, DeadLetterQuery, LETTERS_PER_SEQUENCE_MAX, ParkedSequence, REJECTED_MAX, SEQUENCES_MAX,
    SettledLetter, WaitingLetter,
};
use application::ports::token_store::{Claim, ProcessorName, Segment, TokenError};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::super::connection::Failure;
use super::processors::{ProcessorRow, generation_id};
use super::step_error::StepError;
use super::stored::Fields;
use crate::stores::letters::{self as stored, StoredLetter, redelivered};
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
        let parked = stored::parked_sequence(&Fields::of(&row))?;
        if segment.holds(&parked.sequence) {
            held.push(parked);
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
        .bind(wanted.kind.map(letter_kind_number))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(after.map(|place| place.processor.as_str()))
        .bind(after.map(|place| letter_kind_number(place.kind)))
        .bind(after.map(|place| place.sequence.as_str()))
        .bind(after.map(|place| place.position.value().cast_signed()))
        .bind(after.map(|place| place.generation.0.cast_signed()))
        .bind(after.map(|place| place.id.uuid().as_bytes().to_vec()))
        .fetch_all(tables)
        .await?;
    found.iter().map(|row| stored::letter(&Fields::of(row))).collect()
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
    waiting.fetch_all(tables).await?.iter().map(|row| stored::waiting(&Fields::of(row))).collect()
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
    let live = ProcessorRow::load(tables, &processor).await?.generations.live;
    if letter.generation != live {
        return Err(unknown(&processor, "the generation").into());
    }
    let generation = generation_id(tables, &processor, live).await?;
    let generation = generation.ok_or_else(|| unknown(&processor, "the generation"))?;
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
    let (event, form): (_, StoredLetter<'_>) = (&letter.event, StoredLetter::of::<Failure>(letter)?);
    let sql = match letter.revision {
        0 => include_str!("../sql/token_store/add_letter.sql"),
        _ => include_str!("../sql/token_store/change_letter.sql"),
    };
    let put = sqlx::query(sql)
        .bind(generation)
        .bind(letter.id.uuid().as_bytes().to_vec())
        .bind(form.sequence)
        .bind(form.kind)
        .bind(form.position.cast_signed())
        .bind(form.stream)
        .bind(form.version.cast_signed())
        .bind(event.id.uuid().as_bytes().to_vec())
        .bind(event.command.map(|command| command.uuid().as_bytes().to_vec()))
        .bind(form.r#type)
        .bind(i64::from(form.revision))
        .bind(event.payload.as_ref())
        .bind(event.metadata.as_ref())
        .bind(form.occurred_at)
        .bind(i64::from(form.attempts))
        .bind(form.failures)
        .bind(form.first_at)
        .bind(form.last_at)
        .bind(form.due)
        .bind(form.letter_revision.cast_signed());
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
