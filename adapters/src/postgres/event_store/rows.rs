//! Values as they stand in the tables, and back.

use application::ports::event_store::{
    CommandId, Done, EventId, LogId, Position, Recorded, StreamName, TypeName, Version,
};
use bytes::Bytes;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::postgres::connection::Failure;

/// The events of all rows, whose columns begin at place `at`; a row without one has none. What cannot be right is said with
/// its position.
pub(super) fn all_recorded(rows: &[PgRow], at: usize) -> Result<Vec<Recorded>, Failure> {
    // With room for all: collecting what may fail does not know how many come.
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(position) = row.try_get::<Option<i64>, _>(at)? {
            let event = recorded(row, at, position);
            events.push(event.map_err(|failure| failure.at(position))?);
        }
    }
    Ok(events)
}

fn recorded(row: &PgRow, at: usize, position: i64) -> Result<Recorded, Failure> {
    let occurred_at = Timestamp::from_microsecond(row.try_get(at + 9)?);
    Ok(Recorded {
        position: Position::new(unsigned(position)?),
        stream: stream_name(row.try_get(at + 1)?)?,
        version: Version::new(unsigned(row.try_get(at + 2)?)?),
        id: EventId::new(row.try_get(at + 3)?),
        command: row.try_get::<Option<Uuid>, _>(at + 4)?.map(CommandId::new),
        kind: TypeName::stored(row.try_get(at + 5)?),
        revision: row.try_get::<i32, _>(at + 6)?.cast_unsigned(),
        payload: Bytes::from(row.try_get::<Vec<u8>, _>(at + 7)?),
        metadata: Bytes::from(row.try_get::<Vec<u8>, _>(at + 8)?),
        occurred_at: occurred_at.map_err(Failure::contradiction)?,
    })
}

/// Where the first event of a command stands.
pub(super) fn done(row: &PgRow) -> Result<Done, Failure> {
    Ok(Done {
        stream: stream_name(row.try_get("stream")?)?,
        version: version(row, "version")?,
        position: position(row, "position")?,
    })
}

pub(super) fn event_id(row: &PgRow, column: &str) -> Result<Option<EventId>, Failure> {
    Ok(row.try_get::<Option<Uuid>, _>(column)?.map(EventId::new))
}

pub(super) fn log_id(row: &PgRow, column: &str) -> Result<LogId, Failure> {
    Ok(LogId::new(row.try_get(column)?))
}

pub(super) fn position(row: &PgRow, column: &str) -> Result<Position, Failure> {
    unsigned(row.try_get(column)?).map(Position::new)
}

pub(super) fn version(row: &PgRow, column: &str) -> Result<Version, Failure> {
    unsigned(row.try_get(column)?).map(Version::new)
}

/// The only row, or the first of several.
pub(super) fn first(rows: &[PgRow]) -> Result<&PgRow, Failure> {
    rows.first().ok_or_else(|| Failure::contradiction("a row was to be answered, and none came"))
}

/// A number as the database counts: what lies beyond its range is beyond everything that is stored.
pub(super) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn stream_name(name: &str) -> Result<StreamName, Failure> {
    StreamName::parse(name).ok_or_else(|| Failure::contradiction(format!("`{name}` is no name of a stream")))
}

/// A number that is never negative.
pub(super) fn unsigned(stored: i64) -> Result<u64, Failure> {
    u64::try_from(stored).map_err(Failure::contradiction)
}
