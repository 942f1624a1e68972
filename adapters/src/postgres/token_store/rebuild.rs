//! The shape of a processor as its tables keep it, and what its generations leave behind.

use application::ports::event_store::Position;
use application::ports::token_store::{Generation, ProcessorName, Segment};
use sqlx::PgConnection;

use super::rows::{VIEWS, View};
use super::segments;
use super::step_error::StepError;
use super::stored::{Fields, count};
use crate::postgres::connection::Database;
use crate::stores::generations::{Generations, ProcessorTables};
use crate::stores::processors::generations;
use crate::stores::segments::{StoredSegment, unknown};

/// The tables of one processor within a transaction.
pub(super) struct Shape<'c> {
    pub(super) tables: &'c mut PgConnection,
    pub(super) name: ProcessorName,
}

impl Shape<'_> {
    /// What the tables call a generation.
    async fn find(&mut self, number: Generation) -> Result<Option<i64>, StepError> {
        segments::find_generation(self.tables, &self.name, number).await
    }

    pub(super) async fn id(&mut self, number: Generation) -> Result<i64, StepError> {
        self.find(number).await?.ok_or_else(|| unknown(&self.name, "the generation").into())
    }
}

impl ProcessorTables for Shape<'_> {
    type Error = StepError;

    fn name(&self) -> &ProcessorName {
        &self.name
    }

    async fn add(&mut self) -> Result<bool, StepError> {
        let put =
            "insert into processor (name, live, newest) values ($1, 0, 0) on conflict (name) do nothing";
        let put = sqlx::query(put).bind(self.name.as_str()).execute(&mut *self.tables).await?;
        Ok(put.rows_affected() > 0)
    }

    async fn lock(&mut self) -> Result<Option<Generations>, StepError> {
        let found = sqlx::query(include_str!("../sql/token_store/processor.sql")).bind(self.name.as_str());
        let found = found.fetch_optional(&mut *self.tables).await?;
        found.map(|row| generations(&Fields::of(&row))).transpose()
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
        segments::lock_all(self.tables, id).await
    }

    async fn begin(&mut self, number: Generation) -> Result<(), StepError> {
        let put = sqlx::query(include_str!("../sql/token_store/put_generation.sql"));
        put.bind(self.name.as_str()).bind(number.0.cast_signed()).execute(&mut *self.tables).await?;
        Ok(())
    }

    async fn put(&mut self, number: Generation, places: &[StoredSegment]) -> Result<(), StepError> {
        let id = self.id(number).await?;
        segments::put(self.tables, id, places).await
    }

    async fn remove(&mut self, number: Generation, gone: &[Segment]) -> Result<(), StepError> {
        let id = self.id(number).await?;
        segments::remove(self.tables, id, gone.iter().copied()).await
    }

    async fn release(&mut self, number: Generation) -> Result<(), StepError> {
        let released = sqlx::query(include_str!("../sql/token_store/release_generation.sql"));
        released.bind(self.id(number).await?).execute(&mut *self.tables).await?;
        Ok(())
    }

    async fn end(&mut self, number: Generation) -> Result<(), StepError> {
        let ended = sqlx::query(include_str!("../sql/token_store/end_generation.sql"));
        ended.bind(self.find(number).await?).execute(&mut *self.tables).await?;
        Ok(())
    }

    async fn is_letter_waiting(&mut self, number: Generation) -> Result<bool, StepError> {
        let waiting = sqlx::query(include_str!("../sql/token_store/is_letter_waiting.sql"));
        let waiting = waiting.bind(self.id(number).await?).fetch_one(&mut *self.tables).await?;
        Fields::of(&waiting).flag("is_waiting")
    }

    async fn drop_letters_beyond(
        &mut self,
        number: Generation,
        position: Position,
    ) -> Result<usize, StepError> {
        let beyond = "delete from letter where generation = $1 and kind <> 2 and position > $2";
        let beyond = sqlx::query(beyond).bind(self.id(number).await?).bind(position.value().cast_signed());
        Ok(usize::try_from(beyond.execute(&mut *self.tables).await?.rows_affected()).unwrap_or(usize::MAX))
    }
}

/// Removes a piece of what generations have left that ended, and those of which nothing is left.
pub(super) async fn sweep(
    database: &Database,
    processor: &ProcessorName,
    limit: usize,
) -> Result<usize, StepError> {
    let ended = sqlx::query(include_str!("../sql/token_store/ended_generations.sql"));
    for row in database.fetch(ended.bind(processor.as_str().to_owned())).await? {
        let id = Fields::of(&row).get::<i64>("id")?;
        let mut swept = 0;
        for View { sweep, .. } in VIEWS {
            let piece = database.change(sqlx::query(sweep).bind(id).bind(count(limit))).await?;
            swept += piece.first().map_or(Ok(0), |row| Fields::of(row).number("swept"))?;
        }
        if swept > 0 {
            return Ok(usize::try_from(swept).unwrap_or(usize::MAX));
        }
        database.change(sqlx::query(include_str!("../sql/token_store/drop_generation.sql")).bind(id)).await?;
    }
    Ok(0)
}
