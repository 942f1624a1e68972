//! A generation that grows beside the live one until it takes over.

use application::ports::message_source::Token;
use application::ports::token_store::{Generation, ProcessorName, Segment};
use sqlx::PgConnection;

use super::segments::{self, Generations, find_generation, generation_id};
use super::step_error::StepError;
use super::stored::{Fields, count};
use crate::postgres::connection::Database;
use crate::stores::segments::{StoredSegment, check_switch, unknown};

pub(super) async fn start_rebuild(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    first: Token,
) -> Result<Generation, StepError> {
    let mut found = Generations::lock(tables, processor).await?;
    if let Some(running) = found.rebuilding {
        return Ok(running);
    }
    let live = generation_id(tables, processor, found.live).await?;
    let live = segments::lock_all(tables, live).await?.into_iter().map(|place| place.segment);
    let number = Generation(found.newest.0 + 1);
    put_generation(tables, processor, number, first, live).await?;
    found.newest = number;
    found.rebuilding = Some(number);
    found.save(tables, processor).await?;
    Ok(number)
}

pub(super) async fn switch(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    force: bool,
) -> Result<(), StepError> {
    let mut found = Generations::lock(tables, processor).await?;
    let number = found.rebuilding.take().ok_or_else(|| unknown(processor, "a rebuild"))?;
    let live = generation_id(tables, processor, found.live).await?;
    let next = generation_id(tables, processor, number).await?;
    let (places, fresh) = (segments::lock_all(tables, live).await?, segments::lock_all(tables, next).await?);
    let waiting = sqlx::query(include_str!("../sql/token_store/is_letter_waiting.sql")).bind(next);
    let is_letter_waiting = Fields(&waiting.fetch_one(&mut *tables).await?).get("is_waiting")?;
    check_switch(processor, &places, &fresh, is_letter_waiting, force)?;
    end_generation(tables, live).await?;
    let release = sqlx::query(include_str!("../sql/token_store/release_generation.sql")).bind(next);
    release.execute(&mut *tables).await?;
    found.live = number;
    found.save(tables, processor).await
}

pub(super) async fn begin_anew(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    first: Token,
) -> Result<(), StepError> {
    let mut found = Generations::lock(tables, processor).await?;
    // Whoever commits to one of the segments is waited for, or finds it gone.
    let segments = match find_generation(tables, processor, found.live).await? {
        Some(live) => segments::lock_all(tables, live).await?,
        None => vec![],
    };
    let segments = Segment::made_whole(segments.into_iter().map(|row| row.segment).collect());
    if let Some(number) = found.rebuilding.take() {
        let dropped = generation_id(tables, processor, number).await?;
        segments::lock_all(tables, dropped).await?;
    }
    sqlx::query(include_str!("../sql/token_store/end_generations.sql"))
        .bind(processor.as_str())
        .execute(&mut *tables)
        .await?;
    let number = Generation(found.newest.0 + 1);
    put_generation(tables, processor, number, first, segments.into_iter()).await?;
    (found.newest, found.live) = (number, number);
    found.save(tables, processor).await
}

/// Removes a piece of what generations have left that ended, and those of which nothing is left.
pub(super) async fn sweep(
    database: &Database,
    processor: &ProcessorName,
    limit: usize,
) -> Result<usize, StepError> {
    let ended = sqlx::query(include_str!("../sql/token_store/ended_generations.sql"));
    for row in database.fetch(ended.bind(processor.as_str().to_owned())).await? {
        let id = Fields(&row).get::<i64>("id")?;
        let piece = sqlx::query(include_str!("../sql/token_store/sweep_generation.sql"));
        let swept = database.change(piece.bind(id).bind(count(limit))).await?;
        let swept = swept.first().map_or(Ok(0), |row| Fields(row).number("swept"))?;
        if swept > 0 {
            return Ok(usize::try_from(swept).unwrap_or(usize::MAX));
        }
        database.change(sqlx::query(include_str!("../sql/token_store/drop_generation.sql")).bind(id)).await?;
    }
    Ok(0)
}

pub(super) async fn cancel_rebuild(
    tables: &mut PgConnection,
    processor: &ProcessorName,
) -> Result<(), StepError> {
    let mut found = Generations::lock(tables, processor).await?;
    let number = found.rebuilding.take().ok_or_else(|| unknown(processor, "a rebuild"))?;
    let dropped = generation_id(tables, processor, number).await?;
    // Whoever commits to one of its segments is waited for, or finds it gone.
    segments::lock_all(tables, dropped).await?;
    end_generation(tables, dropped).await?;
    found.save(tables, processor).await
}

/// Adds an empty generation.
async fn put_generation(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    number: Generation,
    first: Token,
    segments: impl Iterator<Item = Segment> + Send,
) -> Result<(), StepError> {
    let put =
        sqlx::query_scalar(include_str!("../sql/token_store/put_generation.sql")).bind(processor.as_str());
    let put = put.bind(number.0.cast_signed()).fetch_one(&mut *tables).await?;
    segments::put(tables, put, segments, &StoredSegment::at(Segment::WHOLE, first)).await
}

/// Nobody finds a segment or a letter of it any more. Its rows stay: there may be more than one transaction can remove
/// in its time.
async fn end_generation(tables: &mut PgConnection, id: i64) -> Result<(), StepError> {
    sqlx::query(include_str!("../sql/token_store/end_generation.sql")).bind(id).execute(tables).await?;
    Ok(())
}
