//! The shape of a processor as its tables keep it, and what its generations leave behind.

use application::ports::event_store::Position;
use application::ports::token_store::{Generation, ProcessorName, Segment};
use sqlx::SqliteConnection;

use super::processors::{LetterCounts, ProcessorRow, generation_id};
use super::segments;
use super::step_error::StepError;
use super::stored::count;
use crate::stores::generations::{Generations, ProcessorTables};
use crate::stores::segments::{StoredSegment, unknown};

/// Rows of a generation, of each view as many as are named.
const SWEEPS: [&str; 5] = [
    include_str!("../sql/token_store/sweep_catalogue_rows.sql"),
    include_str!("../sql/token_store/sweep_loan_rows.sql"),
    include_str!("../sql/token_store/sweep_best_seller_rows.sql"),
    include_str!("../sql/token_store/sweep_process_rows.sql"),
    "DELETE FROM title_row WHERE generation = ?1 AND no IN (SELECT no FROM title_row WHERE generation = ?1 LIMIT ?2 + 0)",
];

/// The tables of one processor within a transaction, which nobody else is in.
pub(super) struct Shape<'c> {
    pub(super) tables: &'c mut SqliteConnection,
    pub(super) name: ProcessorName,
}

impl Shape<'_> {
    /// What the tables call a generation.
    async fn find(&mut self, number: Generation) -> Result<Option<i64>, StepError> {
        generation_id(self.tables, &self.name, number).await
    }

    async fn id(&mut self, number: Generation) -> Result<i64, StepError> {
        self.find(number).await?.ok_or_else(|| unknown(&self.name, "the generation").into())
    }
}

impl ProcessorTables for Shape<'_> {
    type Error = StepError;

    fn name(&self) -> &ProcessorName {
        &self.name
    }

    async fn add(&mut self) -> Result<bool, StepError> {
        let put = sqlx::query(include_str!("../sql/token_store/put_processor.sql"));
        let put = put.bind(self.name.as_str()).execute(&mut *self.tables).await?;
        Ok(put.rows_affected() > 0)
    }

    async fn lock(&mut self) -> Result<Option<Generations>, StepError> {
        Ok(ProcessorRow::find(self.tables, &self.name).await?.map(|found| found.generations))
    }

    async fn save(&mut self, found: &Generations) -> Result<(), StepError> {
        sqlx::query(include_str!("../sql/token_store/set_generations.sql"))
            .bind(self.name.as_str())
            .bind(found.live.0.cast_signed())
            .bind(found.rebuilding.map(|number| number.0.cast_signed()))
            .bind(found.newest.0.cast_signed())
            .execute(&mut *self.tables)
            .await?;
        Ok(())
    }

    async fn segments(&mut self, number: Generation) -> Result<Vec<StoredSegment>, StepError> {
        let Some(id) = self.find(number).await? else { return Ok(Vec::new()) };
        segments::load_all(self.tables, id).await
    }

    async fn begin(&mut self, number: Generation) -> Result<(), StepError> {
        let put = sqlx::query(include_str!("../sql/token_store/put_generation.sql"));
        put.bind(self.name.as_str()).bind(number.0.cast_signed()).execute(&mut *self.tables).await?;
        Ok(())
    }

    async fn put(&mut self, number: Generation, places: &[StoredSegment]) -> Result<(), StepError> {
        let id = self.id(number).await?;
        for place in places {
            segments::save(self.tables, id, place).await?;
        }
        Ok(())
    }

    async fn remove(&mut self, number: Generation, gone: &[Segment]) -> Result<(), StepError> {
        let id = self.id(number).await?;
        for segment in gone {
            segments::remove(self.tables, id, *segment).await?;
        }
        Ok(())
    }

    async fn release(&mut self, number: Generation) -> Result<(), StepError> {
        let released = sqlx::query(include_str!("../sql/token_store/release_generation.sql"));
        released.bind(self.id(number).await?).execute(&mut *self.tables).await?;
        Ok(())
    }

    async fn end(&mut self, number: Generation) -> Result<(), StepError> {
        let id = self.find(number).await?;
        for dropped in [
            include_str!("../sql/token_store/drop_segments.sql"),
            include_str!("../sql/token_store/drop_letters.sql"),
        ] {
            sqlx::query(dropped).bind(id).execute(&mut *self.tables).await?;
        }
        Ok(())
    }

    async fn is_letter_waiting(&mut self, number: Generation) -> Result<bool, StepError> {
        let id = self.id(number).await?;
        let letters = LetterCounts::of(self.tables, id).await?;
        Ok(letters.parked + letters.abandoned > 0)
    }

    async fn drop_letters_beyond(
        &mut self,
        number: Generation,
        position: Position,
    ) -> Result<usize, StepError> {
        let beyond = "DELETE FROM letter WHERE generation = ?1 AND kind <> 2 AND position > ?2";
        let beyond = sqlx::query(beyond).bind(self.id(number).await?).bind(position.value().cast_signed());
        Ok(usize::try_from(beyond.execute(&mut *self.tables).await?.rows_affected()).unwrap_or(usize::MAX))
    }
}

/// Removes a piece of what generations have left that ended, and those of which nothing is left.
pub(super) async fn sweep(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    limit: usize,
) -> Result<usize, StepError> {
    let ended = sqlx::query_scalar(include_str!("../sql/token_store/ended_generations.sql"));
    let ended: Vec<i64> = ended.bind(processor.as_str()).fetch_all(&mut *tables).await?;
    for id in ended {
        let mut swept = 0;
        for sweep in SWEEPS {
            let piece = sqlx::query(sweep).bind(id).bind(count(limit)).execute(&mut *tables).await?;
            swept += piece.rows_affected();
        }
        if swept > 0 {
            return Ok(usize::try_from(swept).unwrap_or(usize::MAX));
        }
        let gone = sqlx::query(include_str!("../sql/token_store/drop_generation.sql"));
        gone.bind(id).execute(&mut *tables).await?;
    }
    Ok(0)
}
