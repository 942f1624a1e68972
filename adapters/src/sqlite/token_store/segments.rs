//! A segment as it stands in its table: how far it is, and who works on it.

use std::time::Duration;

use application::codec::rows::time_text;
use application::ports::token_store::{Generation, NodeId, ProcessorName, Segment};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::step_error::StepError;
use super::stored::Fields;
use crate::stores::lease::Lease;
use crate::stores::processors::token;
use crate::stores::segments::StoredSegment;

/// A segment, and what the tables call its generation.
pub(super) async fn load(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    generation: Generation,
    segment: Segment,
) -> Result<Option<(i64, StoredSegment)>, StepError> {
    let found = sqlx::query(include_str!("../sql/token_store/segment.sql"))
        .bind(processor.as_str())
        .bind(generation.0.cast_signed())
        .bind(i64::from(segment.id))
        .bind(i64::from(segment.mask))
        .fetch_optional(tables)
        .await?;
    found.map(|row| Ok((Fields::of(&row).get("generation")?, read(&row)?))).transpose()
}

/// All of a generation, by segment.
pub(super) async fn load_all(
    tables: &mut SqliteConnection,
    generation: i64,
) -> Result<Vec<StoredSegment>, StepError> {
    let all = sqlx::query(include_str!("../sql/token_store/segments.sql")).bind(generation);
    all.fetch_all(tables).await?.iter().map(read).collect()
}

pub(super) async fn save(
    tables: &mut SqliteConnection,
    generation: i64,
    place: &StoredSegment,
) -> Result<(), StepError> {
    let lease = place.lease.as_ref();
    sqlx::query(include_str!("../sql/token_store/put_segment.sql"))
        .bind(generation)
        .bind(i64::from(place.segment.id))
        .bind(i64::from(place.segment.mask))
        .bind(place.epoch.cast_signed())
        .bind(lease.map(node_bytes))
        .bind(lease.map(until_text))
        .bind(lease.map(ttl_ns))
        .bind(place.commits.cast_signed())
        .bind(place.committed_under.cast_signed())
        .bind(place.token.log.uuid().as_bytes().to_vec())
        .bind(place.token.position.value().cast_signed())
        .bind(place.token.event.map(|event| event.uuid().as_bytes().to_vec()))
        .execute(tables)
        .await?;
    Ok(())
}

pub(super) async fn remove(
    tables: &mut SqliteConnection,
    generation: i64,
    segment: Segment,
) -> Result<(), StepError> {
    let gone = sqlx::query(include_str!("../sql/token_store/drop_segment.sql")).bind(generation);
    gone.bind(i64::from(segment.id)).bind(i64::from(segment.mask)).execute(tables).await?;
    Ok(())
}

/// The heartbeat of a node.
pub(super) fn node_lease(row: &SqliteRow) -> Result<Lease, StepError> {
    let fields = Fields::of(row);
    lease(&fields, NodeId::new(fields.id("owner")?))
}

pub(super) fn node_bytes(lease: &Lease) -> Vec<u8> {
    lease.node.uuid().as_bytes().to_vec()
}

pub(super) fn until_text(lease: &Lease) -> String {
    time_text(lease.until)
}

/// At most 292 years.
pub(super) fn ttl_ns(lease: &Lease) -> i64 {
    i64::try_from(lease.ttl.as_nanos()).unwrap_or(i64::MAX)
}

fn read(row: &SqliteRow) -> Result<StoredSegment, StepError> {
    let fields = Fields::of(row);
    let owner = fields.id_or_none("owner")?.map(NodeId::new);
    Ok(StoredSegment {
        segment: Segment { id: fields.small_number("id")?, mask: fields.small_number("mask")? },
        epoch: fields.number("epoch")?,
        lease: owner.map(|owner| lease(&fields, owner)).transpose()?,
        token: token(&fields)?,
        commits: fields.number("commits")?,
        committed_under: fields.number("committed_under")?,
    })
}

fn lease(fields: &Fields<'_>, node: NodeId) -> Result<Lease, StepError> {
    Ok(Lease { node, until: fields.time("until")?, ttl: Duration::from_nanos(fields.number("ttl_ns")?) })
}
