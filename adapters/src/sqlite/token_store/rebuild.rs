//! A generation that grows beside the live one until it takes over.

use application::ports::message_source::Token;
use application::ports::token_store::{Generation, ProcessorName, Segment};
use sqlx::SqliteConnection;

use super::processors::{LetterCounts, ProcessorRow, generation_id, known_generation, put_generation};
use super::segments::{load_all, save};
use super::step_error::StepError;
use super::stored::count;
use crate::stores::segments::{self, StoredSegment, check_switch, unknown};

/// Rows of a generation, of each view as many as are named.
const SWEEPS: [&str; 5] = [
    include_str!("../sql/token_store/sweep_catalogue_rows.sql"),
    include_str!("../sql/token_store/sweep_loan_rows.sql"),
    include_str!("../sql/token_store/sweep_best_seller_rows.sql"),
    include_str!("../sql/token_store/sweep_process_rows.sql"),
    "DELETE FROM title_row WHERE generation = ?1 AND no IN (SELECT no FROM title_row WHERE generation = ?1 LIMIT ?2 + 0)",
];

pub(super) async fn start_rebuild(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    first: Token,
) -> Result<Generation, StepError> {
    let mut found = ProcessorRow::load(tables, processor).await?;
    if let Some(running) = found.rebuilding {
        return Ok(running);
    }
    let live = known_generation(tables, processor, found.live).await?;
    let places = load_all(tables, live).await?;
    let fresh: Vec<_> = places.iter().map(|place| StoredSegment::at(place.segment, first)).collect();
    let number = Generation(found.newest.0 + 1);
    put_generation(tables, processor, number, &fresh).await?;
    found.newest = number;
    found.rebuilding = Some(number);
    found.save_generations(tables).await?;
    Ok(number)
}

pub(super) async fn switch(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    force: bool,
) -> Result<(), StepError> {
    let mut found = ProcessorRow::load(tables, processor).await?;
    let number = found.rebuilding.take().ok_or_else(|| unknown(processor, "a rebuild"))?;
    let live = known_generation(tables, processor, found.live).await?;
    let next = known_generation(tables, processor, number).await?;
    let letters = LetterCounts::of(tables, next).await?;
    let is_letter_waiting = letters.parked + letters.abandoned > 0;
    let (places, fresh) = (load_all(tables, live).await?, load_all(tables, next).await?);
    check_switch(processor, &places, &fresh, is_letter_waiting, force)?;
    end_generation(tables, live).await?;
    let release = sqlx::query(include_str!("../sql/token_store/release_generation.sql")).bind(next);
    release.execute(&mut *tables).await?;
    found.live = number;
    found.save_generations(tables).await
}

pub(super) async fn begin_anew(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    first: Token,
) -> Result<(), StepError> {
    let mut found = ProcessorRow::load(tables, processor).await?;
    let live = generation_id(tables, processor, found.live).await?;
    let segments = match live {
        Some(live) => load_all(tables, live).await?,
        None => vec![],
    };
    let segments = Segment::made_whole(segments.into_iter().map(|row| row.segment).collect());
    if let Some(number) = found.rebuilding.take() {
        let dropped = known_generation(tables, processor, number).await?;
        end_generation(tables, dropped).await?;
    }
    if let Some(live) = live {
        end_generation(tables, live).await?;
    }
    let number = Generation(found.newest.0 + 1);
    let fresh: Vec<_> = segments.into_iter().map(|segment| StoredSegment::at(segment, first)).collect();
    put_generation(tables, processor, number, &fresh).await?;
    (found.newest, found.live) = (number, number);
    found.save_generations(tables).await
}

/// Answers how many letters went.
pub(super) async fn reset(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    to: Token,
) -> Result<usize, StepError> {
    let found = ProcessorRow::load(tables, processor).await?;
    let live = known_generation(tables, processor, found.live).await?;
    let places = load_all(tables, live).await?;
    for place in segments::reset(processor, &found.desired, &places, found.rebuilding.is_some(), to)? {
        save(tables, live, &place).await?;
    }
    let beyond = sqlx::query("DELETE FROM letter WHERE generation = ?1 AND kind <> 2 AND position > ?2");
    let gone = beyond.bind(live).bind(to.position.value().cast_signed()).execute(tables).await?;
    Ok(usize::try_from(gone.rows_affected()).unwrap_or(usize::MAX))
}

pub(super) async fn cancel_rebuild(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
) -> Result<(), StepError> {
    let mut found = ProcessorRow::load(tables, processor).await?;
    let number = found.rebuilding.take().ok_or_else(|| unknown(processor, "a rebuild"))?;
    let dropped = known_generation(tables, processor, number).await?;
    end_generation(tables, dropped).await?;
    found.save_generations(tables).await
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

/// Nobody finds a segment or a letter of it any more. Its rows stay: there may be more than others can wait for.
async fn end_generation(tables: &mut SqliteConnection, id: i64) -> Result<(), StepError> {
    sqlx::query(include_str!("../sql/token_store/drop_segments.sql")).bind(id).execute(&mut *tables).await?;
    sqlx::query(include_str!("../sql/token_store/drop_letters.sql")).bind(id).execute(tables).await?;
    Ok(())
}
