//! Splitting a segment in two and joining two in one.

use application::ports::token_store::{ProcessorName, Segment, TokenError};
use sqlx::SqliteConnection;

use super::processors::ProcessorRow;
use super::segments::SegmentRow;
use super::step_error::{StepError, unknown};

pub(super) async fn split(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    segment: Segment,
) -> Result<(Segment, Segment), StepError> {
    let found = reshapable(tables, processor, segment).await?;
    let place = SegmentRow::load(tables, processor, found.live, segment).await?;
    let place = place.ok_or_else(|| unknown(processor, "the segment"))?;
    let Some(halves) = segment.halves() else {
        return Err(refused(processor, segment, "its mask has all its bits"));
    };
    place.remove(tables).await?;
    for half in [halves.0, halves.1] {
        let child = SegmentRow { segment: half, epoch: place.epoch + 1, lease: None, ..place.clone() };
        child.save(tables).await?;
    }
    Ok(halves)
}

/// The epoch of what comes out lies above every epoch of what went in, so no old claim can ever fit again.
pub(super) async fn merge(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    segment: Segment,
) -> Result<Segment, StepError> {
    let found = reshapable(tables, processor, segment).await?;
    let place = SegmentRow::load(tables, processor, found.live, segment).await?;
    let place = place.ok_or_else(|| unknown(processor, "the segment"))?;
    let Some((sibling, whole)) = segment.sibling() else {
        return Err(refused(processor, segment, "it is the only one"));
    };
    let Some(other) = SegmentRow::load(tables, processor, found.live, sibling).await? else {
        return Err(refused(processor, segment, "its sibling was split"));
    };
    if place.token != other.token {
        return Err(refused(processor, segment, "it and its sibling are not at the same position"));
    }
    place.remove(tables).await?;
    other.remove(tables).await?;
    let epoch = place.epoch.max(other.epoch) + 1;
    SegmentRow { segment: whole, epoch, lease: None, ..place }.save(tables).await?;
    Ok(whole)
}

async fn reshapable(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    segment: Segment,
) -> Result<ProcessorRow, StepError> {
    let found = ProcessorRow::load(tables, processor).await?;
    if found.rebuilding.is_some() {
        return Err(refused(processor, segment, "a rebuild runs"));
    }
    Ok(found)
}

fn refused(processor: &ProcessorName, segment: Segment, why: &'static str) -> StepError {
    TokenError::CannotReshape { processor: processor.clone(), segment, why }.into()
}
