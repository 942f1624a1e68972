//! Values as they stand in the tables, and back.

use application::ports::event_store::{
    CommandId, Done, EventId, LogId, Position, Recorded, StreamName, TypeName, Version,
};
use bytes::Bytes;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row, Type};
use uuid::Uuid;

use crate::postgres::connection::Failure;

/// The events of all rows, whose columns begin at place `at`; a row without one has none. What cannot be right is said
/// with its position.
pub(super) fn all_recorded(rows: &[PgRow], at: usize) -> Result<Vec<Recorded>, Failure> {
    // With room for all: collecting what may fail does not know how many come.
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(position) = row.try_get::<Option<i64>, _>(at)? {
            let event = recorded(row, at, position, events.is_empty());
            events.push(event.map_err(|failure| failure.at(position))?);
        }
    }
    Ok(events)
}

fn recorded(row: &PgRow, at: usize, position: i64, is_first: bool) -> Result<Recorded, Failure> {
    let columns = Columns { row, at, is_first };
    let occurred_at = Timestamp::from_microsecond(columns.value(9)?);
    Ok(Recorded {
        position: Position::new(unsigned(position)?),
        stream: stream_name(columns.value(1)?)?,
        version: Version::new(unsigned(columns.value(2)?)?),
        id: EventId::new(columns.value(3)?),
        command: columns.value::<Option<Uuid>>(4)?.map(CommandId::new),
        kind: TypeName::stored(columns.value(5)?),
        revision: columns.value::<i32>(6)?.cast_unsigned(),
        payload: Bytes::copy_from_slice(columns.value(7)?),
        metadata: Bytes::copy_from_slice(columns.value(8)?),
        occurred_at: occurred_at.map_err(Failure::contradiction)?,
    })
}

/// The columns of an event, which begin at place `at` of a row.
struct Columns<'r> {
    row: &'r PgRow,
    at: usize,
    is_first: bool,
}

impl<'r> Columns<'r> {
    /// The types are those of all rows of the answer, so they are compared in the first alone. Where that one has a
    /// null nothing is compared; of what may be null, a command's id, the length is looked at anyway.
    fn value<T>(&self, place: usize) -> Result<T, sqlx::Error>
    where
        T: Decode<'r, Postgres> + Type<Postgres>,
    {
        let place = self.at + place;
        if self.is_first { self.row.try_get(place) } else { self.row.try_get_unchecked(place) }
    }
}

pub(super) fn stream(row: &PgRow) -> Result<StreamName, Failure> {
    stream_name(row.try_get("stream")?)
}

/// Where the first event of a command stands.
pub(super) fn done(row: &PgRow) -> Result<Done, Failure> {
    Ok(Done { stream: stream(row)?, version: version(row, "version")?, position: position(row, "position")? })
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
