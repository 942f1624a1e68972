//! Values as they stand in the tables, and back.

use std::collections::HashMap;
use std::fmt::Display;

use application::ports::event_store::{
    CommandId, DamagedEvent, Done, EventId, LogId, Position, Recorded, StreamName, TypeName, Version,
};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Row, SqliteExecutor};
use uuid::Uuid;

use crate::sqlite::connection::Failure;

/// What became of those of `commands` that were stored.
pub(super) async fn known_commands(
    executor: impl SqliteExecutor<'_>,
    commands: &[CommandId],
) -> Result<HashMap<CommandId, Done>, Failure> {
    let known = sqlx::query(include_str!("../sql/log/known_commands.sql"));
    let known = known.bind(json_ids(commands.iter().copied())?);
    known.fetch_all(executor).await?.iter().map(known_command).collect()
}

/// A command that was stored, with what it did.
pub(super) fn known_command(row: &SqliteRow) -> Result<(CommandId, Done), Failure> {
    let done = Done {
        stream: stream(row)?,
        version: version(row, "version")?,
        position: position(row, "position")?,
    };
    Ok((CommandId::new(uuid(row, "command")?), done))
}

/// A whole event. What cannot be right is said with its position.
pub(super) fn recorded(row: &SqliteRow) -> Result<Recorded, Failure> {
    event(row).map_err(|failure| match (failure, row.try_get::<i64, _>(0)) {
        (Failure::Corrupt(found), Ok(position)) => {
            let (position, found) = (Position::new(position.unsigned_abs()), found.to_string());
            Failure::contradiction(DamagedEvent { position, found })
        }
        (failure, _) => failure,
    })
}

/// Its columns stand in the order in which every statement that reads events names them, and are found by place: ten
/// look-ups of names for each event of a long log are felt.
fn event(row: &SqliteRow) -> Result<Recorded, Failure> {
    let occurred_at = Timestamp::from_microsecond(row.try_get(9)?);
    let revision = u32::try_from(row.try_get::<i64, _>(6)?);
    Ok(Recorded {
        position: Position::new(unsigned(row, 0)?),
        stream: stream_name(row.try_get(1)?)?,
        version: Version::new(unsigned(row, 2)?),
        id: EventId::new(uuid(row, 3)?),
        command: uuid_or_none(row, 4)?.map(CommandId::new),
        kind: TypeName::stored(row.try_get(5)?),
        revision: revision.map_err(Failure::contradiction)?,
        payload: Bytes::from(row.try_get::<Vec<u8>, _>(7)?),
        metadata: Bytes::from(row.try_get::<Vec<u8>, _>(8)?),
        occurred_at: occurred_at.map_err(Failure::contradiction)?,
    })
}

pub(super) fn event_id(row: &SqliteRow, column: &str) -> Result<Option<EventId>, Failure> {
    Ok(uuid_or_none(row, column)?.map(EventId::new))
}

pub(super) fn log_id(row: &SqliteRow, column: &str) -> Result<LogId, Failure> {
    uuid(row, column).map(LogId::new)
}

pub(super) fn stream(row: &SqliteRow) -> Result<StreamName, Failure> {
    stream_name(row.try_get("stream")?)
}

pub(super) fn position(row: &SqliteRow, column: &str) -> Result<Position, Failure> {
    unsigned(row, column).map(Position::new)
}

pub(super) fn count(row: &SqliteRow, column: &str) -> Result<u64, Failure> {
    unsigned(row, column)
}

pub(super) fn version(row: &SqliteRow, column: &str) -> Result<Version, Failure> {
    unsigned(row, column).map(Version::new)
}

pub(super) fn bytes(row: &SqliteRow, column: &str) -> Result<Bytes, Failure> {
    Ok(row.try_get::<Vec<u8>, _>(column)?.into())
}

/// A number as the database counts: what lies beyond its range is beyond everything that is stored.
pub(super) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A list of commands as the statements take it.
pub(super) fn json_ids(commands: impl Iterator<Item = CommandId>) -> Result<String, Failure> {
    let ids: Vec<_> = commands.map(|command| command.uuid().simple().to_string()).collect();
    json(&ids)
}

/// A list as the statements take it.
pub(super) fn json<T: Serialize + ?Sized>(list: &T) -> Result<String, Failure> {
    serde_json::to_string(list).map_err(Failure::contradiction)
}

fn stream_name(name: &str) -> Result<StreamName, Failure> {
    StreamName::parse(name).ok_or_else(|| Failure::contradiction(format!("`{name}` is no name of a stream")))
}

fn unsigned(row: &SqliteRow, column: impl ColumnIndex<SqliteRow>) -> Result<u64, Failure> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(Failure::contradiction)
}

fn uuid(row: &SqliteRow, column: impl ColumnIndex<SqliteRow> + Copy + Display) -> Result<Uuid, Failure> {
    let id = uuid_or_none(row, column)?;
    id.ok_or_else(|| Failure::contradiction(format!("`{column}` is empty where an id has to stand")))
}

fn uuid_or_none(row: &SqliteRow, column: impl ColumnIndex<SqliteRow>) -> Result<Option<Uuid>, Failure> {
    let stored: Option<&[u8]> = row.try_get(column)?;
    stored.map(|bytes| Uuid::from_slice(bytes).map_err(Failure::contradiction)).transpose()
}
