//! Splitting a segment in two and joining two in one.

use application::ports::token_store::{ProcessorName, Segment, TokenError};
use sqlx::PgConnection;

use super::segments::{self, Generations, SegmentRow};
use super::step_error::{StepError, unknown};

pub(super) async fn split(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    segment: Segment,
) -> Result<(Segment, Segment), StepError> {
    let (live, places) = reshapable(tables, processor, segment).await?;
    let place = find(&places, segment).ok_or_else(|| unknown(processor, "the segment"))?;
    let Some((even, odd)) = segment.halves() else {
        return Err(refused(processor, segment, "its mask has all its bits"));
    };
    segments::remove(tables, live, [segment]).await?;
    let halves = SegmentRow { epoch: place.epoch + 1, ..place.clone() };
    segments::put(tables, live, [even, odd], &halves).await?;
    Ok((even, odd))
}

/// The epoch of what comes out lies above every epoch of what went in, so no old claim can ever fit again.
pub(super) async fn merge(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    segment: Segment,
) -> Result<Segment, StepError> {
    let (live, places) = reshapable(tables, processor, segment).await?;
    let place = find(&places, segment).ok_or_else(|| unknown(processor, "the segment"))?;
    let Some((sibling, whole)) = segment.sibling() else {
        return Err(refused(processor, segment, "it is the only one"));
    };
    let Some(other) = find(&places, sibling) else {
        return Err(refused(processor, segment, "its sibling was split"));
    };
    if place.token != other.token {
        return Err(refused(processor, segment, "it and its sibling are not at the same position"));
    }
    segments::remove(tables, live, [segment, sibling]).await?;
    let joined = SegmentRow { epoch: place.epoch.max(other.epoch) + 1, ..place.clone() };
    segments::put(tables, live, [whole], &joined).await?;
    Ok(whole)
}

/// The live generation and its segments.
async fn reshapable(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    segment: Segment,
) -> Result<(i64, Vec<SegmentRow>), StepError> {
    let found = Generations::lock(tables, processor).await?;
    if found.rebuilding.is_some() {
        return Err(refused(processor, segment, "a rebuild runs"));
    }
    let live = segments::generation_id(tables, processor, found.live).await?;
    Ok((live, segments::lock_all(tables, live).await?))
}

fn find(places: &[SegmentRow], segment: Segment) -> Option<&SegmentRow> {
    places.iter().find(|place| place.segment == segment)
}

fn refused(processor: &ProcessorName, segment: Segment, why: &'static str) -> StepError {
    TokenError::CannotReshape { processor: processor.clone(), segment, why }.into()
}
