//! Splitting a segment in two and joining two in one.

use application::ports::token_store::{ProcessorName, Segment};
use sqlx::PgConnection;

use super::segments::{self, Generations};
use super::step_error::StepError;
use crate::stores::segments::{Reshaped, StoredSegment, merge as merged, split as halved};

pub(super) async fn split(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    segment: Segment,
) -> Result<(Segment, Segment), StepError> {
    let (live, places, is_rebuilding) = live(tables, processor).await?;
    let [even, odd] = reshape(tables, live, halved(processor, &places, is_rebuilding, segment)?).await?;
    Ok((even, odd))
}

pub(super) async fn merge(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    segment: Segment,
) -> Result<Segment, StepError> {
    let (live, places, is_rebuilding) = live(tables, processor).await?;
    let [whole] = reshape(tables, live, merged(processor, &places, is_rebuilding, segment)?).await?;
    Ok(whole)
}

/// The live generation with its segments, and whether another one grows beside it.
async fn live(
    tables: &mut PgConnection,
    processor: &ProcessorName,
) -> Result<(i64, Vec<StoredSegment>, bool), StepError> {
    let found = Generations::lock(tables, processor).await?;
    let live = segments::generation_id(tables, processor, found.live).await?;
    Ok((live, segments::lock_all(tables, live).await?, found.rebuilding.is_some()))
}

async fn reshape<const GONE: usize, const NEW: usize>(
    tables: &mut PgConnection,
    generation: i64,
    reshaped: Reshaped<GONE, NEW>,
) -> Result<[Segment; NEW], StepError> {
    segments::remove(tables, generation, reshaped.gone).await?;
    segments::put(tables, generation, &reshaped.new).await?;
    Ok(reshaped.new.map(|place| place.segment))
}
