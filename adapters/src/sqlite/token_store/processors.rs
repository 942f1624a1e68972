//! Processors and their generations.

use application::ports::event_store::Position;
use application::ports::processor_admin::{Desired, ProcessorState};
use application::ports::token_store::{Generation, ProcessorName};
use jiff::Timestamp;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::segments::load_all;
use super::step_error::StepError;
use super::stored::Fields;
use crate::stores::generations::Generations;
use crate::stores::processors::generations;
use crate::stores::segments::unknown;

/// One processor as it stands in its table.
pub(super) struct ProcessorRow {
    pub(super) name: ProcessorName,
    pub(super) generations: Generations,
    rejected_dropped: u64,
}

pub(super) async fn shown(
    tables: &mut SqliteConnection,
    now: Timestamp,
) -> Result<Vec<ProcessorState>, StepError> {
    let rows = sqlx::query(include_str!("../sql/token_store/processors.sql")).fetch_all(&mut *tables).await?;
    let mut states = Vec::with_capacity(rows.len());
    for row in rows {
        states.push(ProcessorRow::read(&row)?.shown(tables, now).await?);
    }
    Ok(states)
}

pub(super) async fn set_desired(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    desired: Desired,
) -> Result<(), StepError> {
    let (by, reason) = match desired {
        Desired::Running => (None, None),
        Desired::Paused { by, reason } => (Some(by), Some(reason)),
    };
    let set = sqlx::query(include_str!("../sql/token_store/set_desired.sql"));
    let set = set.bind(processor.as_str()).bind(by).bind(reason).execute(tables).await?;
    if set.rows_affected() == 0 {
        return Err(unknown(processor, "the name").into());
    }
    Ok(())
}

/// The position all live segments have reached.
pub(super) async fn progress(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
) -> Result<Option<Position>, StepError> {
    let slowest = sqlx::query(include_str!("../sql/token_store/progress.sql")).bind(processor.as_str());
    let row = slowest.fetch_one(tables).await?;
    let reached = Fields::of(&row).get::<Option<i64>>("reached")?;
    Ok(reached.map(|position| Position::new(position.cast_unsigned())))
}

/// What the tables call a generation.
pub(super) async fn generation_id(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    number: Generation,
) -> Result<Option<i64>, StepError> {
    let found = sqlx::query(include_str!("../sql/token_store/generation.sql"));
    let found = found.bind(processor.as_str()).bind(number.0.cast_signed()).fetch_optional(tables).await?;
    found.map(|row| Fields::of(&row).get("id")).transpose()
}

/// What the tables call the live generation.
pub(super) async fn live_generation_id(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
) -> Result<Option<i64>, StepError> {
    let Some(found) = ProcessorRow::find(tables, processor).await? else { return Ok(None) };
    generation_id(tables, processor, found.generations.live).await
}

pub(super) async fn add_rejected_dropped(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    dropped: u64,
) -> Result<(), StepError> {
    let add = sqlx::query(include_str!("../sql/token_store/add_rejected_dropped.sql"));
    add.bind(processor.as_str()).bind(dropped.cast_signed()).execute(tables).await?;
    Ok(())
}

/// How many letters of each kind a generation has.
#[derive(Default)]
pub(super) struct LetterCounts {
    pub(super) parked: usize,
    pub(super) abandoned: usize,
    rejected: usize,
}

impl LetterCounts {
    pub(super) async fn of(tables: &mut SqliteConnection, generation: i64) -> Result<Self, StepError> {
        let counts = sqlx::query(include_str!("../sql/token_store/letter_counts.sql")).bind(generation);
        let row = counts.fetch_one(tables).await?;
        let count = |column| Ok::<_, StepError>(Fields::of(&row).small_number(column)? as usize);
        Ok(Self { parked: count("parked")?, abandoned: count("abandoned")?, rejected: count("rejected")? })
    }
}

impl ProcessorRow {
    pub(super) async fn load(tables: &mut SqliteConnection, name: &ProcessorName) -> Result<Self, StepError> {
        Self::find(tables, name).await?.ok_or_else(|| unknown(name, "the name").into())
    }

    pub(super) async fn find(
        tables: &mut SqliteConnection,
        name: &ProcessorName,
    ) -> Result<Option<Self>, StepError> {
        let found = sqlx::query(include_str!("../sql/token_store/processor.sql")).bind(name.as_str());
        found.fetch_optional(tables).await?.map(|row| Self::read(&row)).transpose()
    }

    async fn shown(self, tables: &mut SqliteConnection, now: Timestamp) -> Result<ProcessorState, StepError> {
        let generations =
            sqlx::query(include_str!("../sql/token_store/generations.sql")).bind(self.name.as_str());
        let (mut segments, mut letters) = (Vec::new(), LetterCounts::default());
        for row in generations.fetch_all(&mut *tables).await? {
            let (id, number) = (Fields::of(&row).get("id")?, Generation(Fields::of(&row).number("number")?));
            segments.extend(load_all(tables, id).await?.iter().map(|place| place.shown(number, now)));
            let counts = LetterCounts::of(tables, id).await?;
            letters.parked += counts.parked;
            letters.abandoned += counts.abandoned;
            letters.rejected += counts.rejected;
        }
        Ok(ProcessorState {
            name: self.name,
            desired: self.generations.desired,
            live: self.generations.live,
            rebuilding: self.generations.rebuilding,
            segments,
            parked: letters.parked,
            abandoned: letters.abandoned,
            rejected: letters.rejected,
            rejected_dropped: self.rejected_dropped,
        })
    }

    fn read(row: &SqliteRow) -> Result<Self, StepError> {
        let fields = Fields::of(row);
        Ok(Self {
            name: ProcessorName::stored(fields.get("name")?),
            generations: generations(&fields)?,
            rejected_dropped: fields.number("rejected_dropped")?,
        })
    }
}
