//! Segments as they stand in their table while their shape is changed, locked until the change is made.

use application::ports::token_store::{Generation, ProcessorName, Segment};
use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use super::step_error::StepError;
use super::stored::Fields;
use crate::stores::processors::token;
use crate::stores::segments::StoredSegment;

/// What the tables call a generation.
pub(super) async fn find_generation(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    number: Generation,
) -> Result<Option<i64>, StepError> {
    let found = sqlx::query(include_str!("../sql/token_store/generation.sql"));
    let found = found.bind(processor.as_str()).bind(number.0.cast_signed()).fetch_optional(tables).await?;
    found.map(|row| Fields::of(&row).get("id")).transpose()
}

/// All of a generation, by segment. No commit on one of them is made until the transaction ends.
pub(super) async fn lock_all(
    tables: &mut PgConnection,
    generation: i64,
) -> Result<Vec<StoredSegment>, StepError> {
    let all = sqlx::query(include_str!("../sql/token_store/segments.sql")).bind(generation);
    all.fetch_all(tables).await?.iter().map(read).collect()
}

/// Adds segments that nobody holds.
pub(super) async fn put(
    tables: &mut PgConnection,
    generation: i64,
    places: &[StoredSegment],
) -> Result<(), StepError> {
    let (ids, masks) = ids_and_masks(places.iter().map(|place| place.segment));
    let number = |of: fn(&StoredSegment) -> u64| -> Vec<_> {
        places.iter().map(|place| of(place).cast_signed()).collect()
    };
    let tokens = || places.iter().map(|place| place.token);
    sqlx::query(include_str!("../sql/token_store/put_segments.sql"))
        .bind(generation)
        .bind(ids)
        .bind(masks)
        .bind(number(|place| place.epoch))
        .bind(number(|place| place.commits))
        .bind(number(|place| place.committed_under))
        .bind(tokens().map(|token| token.log.uuid()).collect::<Vec<_>>())
        .bind(number(|place| place.token.position.value()))
        .bind(tokens().map(|token| token.event.map(|event| event.uuid())).collect::<Vec<_>>())
        .execute(tables)
        .await?;
    Ok(())
}

pub(super) async fn remove(
    tables: &mut PgConnection,
    generation: i64,
    segments: impl IntoIterator<Item = Segment>,
) -> Result<(), StepError> {
    let (ids, masks) = ids_and_masks(segments);
    let gone = sqlx::query(include_str!("../sql/token_store/drop_segments.sql"));
    gone.bind(generation).bind(ids).bind(masks).execute(tables).await?;
    Ok(())
}

/// As the statements take segments.
pub(super) fn ids_and_masks(segments: impl IntoIterator<Item = Segment>) -> (Vec<i64>, Vec<i64>) {
    segments.into_iter().map(|segment| (i64::from(segment.id), i64::from(segment.mask))).unzip()
}

fn read(row: &PgRow) -> Result<StoredSegment, StepError> {
    let fields = Fields::of(row);
    Ok(StoredSegment {
        segment: Segment { id: fields.small_number("id")?, mask: fields.small_number("mask")? },
        epoch: fields.number("epoch")?,
        lease: None,
        token: token(&fields)?,
        commits: fields.number("commits")?,
        committed_under: fields.number("committed_under")?,
    })
}
