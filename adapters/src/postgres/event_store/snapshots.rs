//! Streams, and the snapshots that save reading them from their beginning.

use application::ports::event_store::{LoadFrom, Loaded, Snapshot, StreamName, Version};
use bytes::Bytes;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::rows;
use crate::postgres::connection::{Database, Failure};

/// Columns of a loaded row before those of the event.
const BEFORE_EVENT: usize = 10;

/// Snapshot and events in one round trip.
pub(super) async fn load(
    database: &Database,
    stream: &StreamName,
    from: LoadFrom,
    limit: usize,
) -> Result<Loaded, Failure> {
    let (after, wants_snapshot) = match from {
        LoadFrom::Version(version) => (version, false),
        LoadFrom::Snapshot => (Version::START, true),
    };
    let load = sqlx::query(include_str!("../sql/log/load.sql"))
        .bind(stream.as_str())
        .bind(rows::number(after.value()))
        .bind(wants_snapshot)
        .bind(rows::number(limit as u64));
    let loaded = database.fetch(load).await?;
    let start = rows::first(&loaded)?;
    let is_there: bool = start.try_get("is_there")?;
    let is_usable = start.try_get::<Option<bool>, _>("is_usable")?.unwrap_or(false);
    let piece = Loaded {
        snapshot: if is_usable { Some(snapshot(start)?) } else { None },
        unusable: (is_there && !is_usable).then_some(Snapshot::FOREIGN),
        at_start: rows::event_id(start, "at_start")?,
        events: rows::all_recorded(&loaded, BEFORE_EVENT)?,
        head: rows::version(start, "head")?,
    };
    piece.without_gap(from).map_err(Failure::contradiction)
}

/// Keeps `snapshot`, unless a later one that can be used is there.
pub(super) async fn keep(
    database: &Database,
    stream: &StreamName,
    snapshot: &Snapshot,
) -> Result<(), Failure> {
    let keep = sqlx::query(include_str!("../sql/log/keep_snapshot.sql"))
        .bind(stream.as_str())
        .bind(rows::number(snapshot.version.value()))
        .bind(rows::number(snapshot.position.value()))
        .bind(snapshot.event.uuid())
        .bind(snapshot.log.uuid())
        .bind(snapshot.schema.cast_signed())
        .bind(snapshot.state.as_ref());
    database.change(keep).await?;
    Ok(())
}

/// By place, since an event's columns of the same names come after it.
fn snapshot(row: &PgRow) -> Result<Snapshot, Failure> {
    let event = rows::event_id(row, "event")?;
    Ok(Snapshot {
        version: Version::new(rows::unsigned(row.try_get(3)?)?),
        position: rows::unsigned(row.try_get(4)?).map(application::ports::event_store::Position::new)?,
        event: event.ok_or_else(|| Failure::contradiction("a snapshot names no event"))?,
        log: rows::log_id(row, "log")?,
        schema: row.try_get::<i64, _>("schema")?.cast_unsigned(),
        state: Bytes::from(row.try_get::<Vec<u8>, _>("state")?),
    })
}
