//! Streams, and the snapshots that save reading them from their beginning.

use application::ports::event_store::{EventId, LoadFrom, Loaded, Recorded, Snapshot, StreamName, Version};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{read, rows};
use crate::sqlite::connection::Failure;

pub(super) async fn load(
    reader: &mut SqliteConnection,
    stream: &StreamName,
    from: LoadFrom,
    limit: usize,
) -> Result<Loaded, Failure> {
    let mut loaded = match from {
        LoadFrom::Snapshot => start_at_snapshot(reader, stream).await?,
        LoadFrom::Version(version) => start_at(reader, stream, version).await?,
    };
    let after = match (from, &loaded.snapshot) {
        (LoadFrom::Version(version), _) => version,
        (LoadFrom::Snapshot, Some(snapshot)) => snapshot.version,
        (LoadFrom::Snapshot, None) => Version::START,
    };
    if loaded.head > after {
        loaded.events = events_between(reader, stream, after, loaded.head, limit).await?;
    }
    loaded.without_gap(from).map_err(Failure::contradiction)
}

/// Keeps `snapshot`, unless a later one that can be used is there.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    stream: StreamName,
    snapshot: Snapshot,
) -> Result<(), Failure> {
    sqlx::query(include_str!("../sql/log/keep_snapshot.sql"))
        .bind(stream.as_str().to_owned())
        .bind(rows::number(snapshot.version.value()))
        .bind(rows::number(snapshot.position.value()))
        .bind(snapshot.event.uuid().as_bytes().to_vec())
        .bind(snapshot.log.uuid().as_bytes().to_vec())
        .bind(snapshot.schema.cast_signed())
        .bind(snapshot.state.to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

async fn start_at(
    reader: &mut SqliteConnection,
    stream: &StreamName,
    version: Version,
) -> Result<Loaded, Failure> {
    let start = sqlx::query(include_str!("../sql/log/stream_head.sql"))
        .bind(stream.as_str().to_owned())
        .bind(rows::number(version.value()))
        .fetch_one(&mut *reader)
        .await?;
    Ok(Loaded {
        snapshot: None,
        unusable: None,
        at_start: rows::event_id(&start, "at_start")?,
        events: Vec::new(),
        head: rows::version(&start, "head")?,
    })
}

async fn start_at_snapshot(reader: &mut SqliteConnection, stream: &StreamName) -> Result<Loaded, Failure> {
    let start = sqlx::query(include_str!("../sql/log/stream_start.sql")).bind(stream.as_str().to_owned());
    let start = start.fetch_one(&mut *reader).await?;
    let is_there = start.try_get::<Option<i64>, _>("version")?.is_some();
    let is_usable = start.try_get::<Option<bool>, _>("is_usable")?.unwrap_or(false);
    Ok(Loaded {
        snapshot: if is_usable { Some(snapshot(&start)?) } else { None },
        unusable: (is_there && !is_usable).then_some(Snapshot::FOREIGN),
        at_start: None,
        events: Vec::new(),
        head: rows::version(&start, "head")?,
    })
}

fn snapshot(row: &SqliteRow) -> Result<Snapshot, Failure> {
    let event: Option<EventId> = rows::event_id(row, "event")?;
    Ok(Snapshot {
        version: rows::version(row, "version")?,
        position: rows::position(row, "position")?,
        event: event.ok_or_else(|| Failure::contradiction("a snapshot names no event"))?,
        log: rows::log_id(row, "log")?,
        schema: row.try_get::<i64, _>("schema")?.cast_unsigned(),
        state: rows::bytes(row, "state")?,
    })
}

async fn events_between(
    reader: &mut SqliteConnection,
    stream: &StreamName,
    after: Version,
    until: Version,
    limit: usize,
) -> Result<Vec<Recorded>, Failure> {
    let events = sqlx::query(include_str!("../sql/log/stream_events.sql"))
        .bind(stream.as_str().to_owned())
        .bind(rows::number(after.value()))
        .bind(rows::number(until.value()))
        .bind(rows::number(limit as u64))
        .fetch_all(&mut *reader)
        .await?;
    read::all_recorded(&events)
}
