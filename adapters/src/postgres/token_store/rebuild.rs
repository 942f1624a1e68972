//! A generation that grows beside the live one until it takes over.

use application::ports::message_source::Token;
use application::ports::token_store::{Generation, ProcessorName, Segment};
use sqlx::PgConnection;

use super::rows::{VIEWS, View};
use super::segments::{self, Generations, find_generation, generation_id};
use super::step_error::StepError;
use super::stored::{Fields, count};
use crate::postgres::connection::Database;
use crate::stores::segments::{self as places, StoredSegment, check_switch, missing, unknown};

/// Makes a processor known, or adds the segments that it lacks.
pub(super) async fn register(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    wanted: &[(Segment, Token)],
) -> Result<(), StepError> {
    let put = "insert into processor (name, live, newest) values ($1, 0, 0) on conflict (name) do nothing";
    let put = sqlx::query(put).bind(processor.as_str()).execute(&mut *tables).await?;
    if put.rows_affected() > 0 {
        return put_generation(tables, processor, Generation::default(), &missing(&[], wanted)).await;
    }
    let found = Generations::lock(tables, processor).await?;
    for number in [Some(found.live), found.rebuilding].into_iter().flatten() {
        let id = generation_id(tables, processor, number).await?;
        let missing = missing(&segments::lock_all(tables, id).await?, wanted);
        segments::put(tables, id, &missing).await?;
    }
    Ok(())
}

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
    let places = segments::lock_all(tables, live).await?;
    let fresh: Vec<_> = places.iter().map(|place| StoredSegment::at(place.segment, first)).collect();
    let number = Generation(found.newest.0 + 1);
    put_generation(tables, processor, number, &fresh).await?;
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
    let is_letter_waiting = Fields::of(&waiting.fetch_one(&mut *tables).await?).get("is_waiting")?;
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
    let fresh: Vec<_> = segments.into_iter().map(|segment| StoredSegment::at(segment, first)).collect();
    put_generation(tables, processor, number, &fresh).await?;
    (found.newest, found.live) = (number, number);
    found.save(tables, processor).await
}

/// Answers how many letters went.
pub(super) async fn reset(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    to: Token,
) -> Result<usize, StepError> {
    let found = Generations::lock(tables, processor).await?;
    let live = generation_id(tables, processor, found.live).await?;
    let stood = segments::lock_all(tables, live).await?;
    let moved = places::reset(processor, &found.desired, &stood, found.rebuilding.is_some(), to)?;
    segments::remove(tables, live, stood.iter().map(|place| place.segment)).await?;
    segments::put(tables, live, &moved).await?;
    let beyond = sqlx::query("delete from letter where generation = $1 and kind <> 2 and position > $2");
    let gone = beyond.bind(live).bind(to.position.value().cast_signed()).execute(tables).await?;
    Ok(usize::try_from(gone.rows_affected()).unwrap_or(usize::MAX))
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
    places: &[StoredSegment],
) -> Result<(), StepError> {
    let put =
        sqlx::query_scalar(include_str!("../sql/token_store/put_generation.sql")).bind(processor.as_str());
    let put = put.bind(number.0.cast_signed()).fetch_one(&mut *tables).await?;
    segments::put(tables, put, places).await
}

/// Nobody finds a segment or a letter of it any more. Its rows stay: there may be more than one transaction can remove
/// in its time.
async fn end_generation(tables: &mut PgConnection, id: i64) -> Result<(), StepError> {
    sqlx::query(include_str!("../sql/token_store/end_generation.sql")).bind(id).execute(tables).await?;
    Ok(())
}
