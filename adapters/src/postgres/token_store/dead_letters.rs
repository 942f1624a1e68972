//! Dead letters.

use application::codec::rows::letter_kind_number;
use application::ports::dead_letters::{
    DeadLetter, DeadLetterId, DeadLetterQuery, LETTERS_PER_SEQUENCE_MAX, ParkedSequence, SEQUENCES_MAX,
    WaitingLetter,
};
use application::ports::token_store::{Claim, ProcessorName, Segment, TokenError};
use sqlx::PgConnection;

use super::rebuild::Shape;
use super::step_error::StepError;
use super::stored::{Fields, count, unreadable};
use crate::postgres::connection::{Database, Statement};
use crate::stores::generations::ProcessorTables;
use crate::stores::letters::{self as stored, StoredLetter};
use crate::stores::segments::unknown;

pub(super) async fn parked_sequences(
    database: &Database,
    generation: i64,
    segment: Segment,
) -> Result<Vec<ParkedSequence>, StepError> {
    let all = sqlx::query(include_str!("../sql/token_store/parked_sequences.sql")).bind(generation);
    let mut held = Vec::new();
    for row in database.fetch(all).await? {
        let parked = stored::parked_sequence(&Fields::of(&row))?;
        if segment.holds(&parked.sequence) {
            held.push(parked);
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
    database.fetch(found).await?.iter().map(|row| stored::letter(&Fields::of(row))).collect()
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
    database.fetch(waiting).await?.iter().map(|row| stored::waiting(&Fields::of(row))).collect()
}

pub(super) async fn retry_now(
    database: &Database,
    processor: &ProcessorName,
    sequence: Option<&str>,
) -> Result<usize, StepError> {
    let retry =
        sqlx::query(include_str!("../sql/token_store/retry_now.sql")).bind(processor.as_str()).bind(sequence);
    let due = database.change(retry).await?;
    due.first().map_or(Ok(0), |row| Ok(Fields::of(row).small_number("letters")? as usize))
}

pub(super) async fn redeliver(tables: &mut PgConnection, letter: &DeadLetter) -> Result<(), StepError> {
    let processor = &letter.processor;
    let mut shape = Shape { tables, name: processor.clone() };
    let found = shape.lock().await?.ok_or_else(|| unknown(processor, "the name"))?;
    if found.live != letter.generation {
        return Err(unknown(processor, "the generation").into());
    }
    let generation = shape.id(letter.generation).await?;
    // As a commit does that brings letters: they are counted by one at a time.
    let lock = sqlx::query("select from generation where id = $1 for update").bind(generation);
    lock.execute(&mut *tables).await?;
    let put = sqlx::query(include_str!("../sql/token_store/redeliver.sql")).bind(generation);
    StoredLetters::of(std::slice::from_ref(letter))?.bind(put).execute(&mut *tables).await?;
    let counts = sqlx::query(include_str!("../sql/token_store/letter_counts.sql"));
    let counts = counts.bind(generation).bind(letter.sequence.clone()).fetch_one(&mut *tables).await?;
    let full = |limit, of| Err(TokenError::Full { processor: processor.clone(), limit, of }.into());
    if Fields::of(&counts).number("sequences")? > SEQUENCES_MAX as u64 {
        return full(SEQUENCES_MAX, "sequences");
    }
    if Fields::of(&counts).number("letters")? > LETTERS_PER_SEQUENCE_MAX as u64 {
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
        let stored: Result<Vec<_>, StepError> = letters.iter().map(StoredLetter::of).collect();
        let list = serde_json::to_string(&stored?).map_err(|error| unreadable("letters", error))?;
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
