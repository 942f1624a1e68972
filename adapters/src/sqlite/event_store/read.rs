//! Reads the log. What is stored never changes, so several statements see one log when the first says where it ends.

use application::ports::event_store::{
    CommandId, Done, EventId, Head, LogId, LogPage, MissingPosition, Position, Recorded, StreamName, Types,
};
use jiff::Timestamp;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::rows;
use crate::sqlite::connection::Failure;

/// Gives the log its id, unless it has one.
pub(super) async fn name_log(connection: &mut SqliteConnection, id: LogId) -> Result<(), Failure> {
    let name = sqlx::query(include_str!("../sql/log/name_log.sql")).bind(id.uuid().as_bytes().to_vec());
    name.execute(connection).await?;
    Ok(())
}

pub(super) async fn log_id(reader: &mut SqliteConnection) -> Result<LogId, Failure> {
    let row = sqlx::query(include_str!("../sql/log/log_id.sql")).fetch_optional(&mut *reader).await?;
    let row = row.ok_or_else(|| Failure::contradiction("the log has no id"))?;
    rows::log_id(&row, "id")
}

pub(super) async fn head(reader: &mut SqliteConnection, log: LogId) -> Result<Head, Failure> {
    let last = sqlx::query(include_str!("../sql/log/head.sql")).fetch_optional(&mut *reader).await?;
    let Some(last) = last else { return Ok(Head { log, position: Position::START, event: None }) };
    Ok(Head { log, position: rows::position(&last, "position")?, event: rows::event_id(&last, "id")? })
}

pub(super) async fn outcomes(
    reader: &mut SqliteConnection,
    commands: &[CommandId],
) -> Result<Vec<Option<Done>>, Failure> {
    let known = rows::known_commands(reader, commands).await?;
    Ok(commands.iter().map(|command| known.get(command).cloned()).collect())
}

const PAGE: &str =
    concat!(include_str!("../sql/log/page_ends.sql"), ";\n", include_str!("../sql/log/page.sql"));

/// One round trip. What was appended between the two statements lies beyond the end that the first one saw, and is left
/// out.
pub(super) async fn page(
    reader: &mut SqliteConnection,
    log: LogId,
    after: Position,
    unwanted: &Types,
    limit: usize,
) -> Result<LogPage, Failure> {
    let until = after.value().saturating_add(limit.max(1) as u64);
    let unwanted: Vec<_> = unwanted.iter().map(|kind| kind.as_str()).collect();
    let rows = sqlx::query(PAGE)
        .bind(rows::number(after.value()))
        .bind(rows::number(until))
        .bind(rows::json(&unwanted)?)
        .fetch_all(&mut *reader)
        .await?;
    let (ends, rows) = rows.split_first().ok_or_else(|| Failure::contradiction("a page has no ends"))?;
    let scanned_to = rows::position(ends, "scanned_to")?;
    let mut page = LogPage {
        log,
        at_start: rows::event_id(ends, "at_start")?,
        events: all_recorded(rows)?,
        scanned_to,
        at_end: rows::event_id(ends, "at_end")?,
        head: rows::position(ends, "head")?,
    };
    page.events.truncate(page.events.partition_point(|event| event.position <= scanned_to));
    // Of a page that nothing is left out of, the events themselves say whether all are there.
    let found = if unwanted.is_empty() { page.events.len() as u64 } else { rows::count(ends, "found")? };
    if found < scanned_to.value() - after.value() {
        end_before_hole(reader, after, &mut page).await?;
    }
    Ok(page)
}

async fn end_before_hole(
    reader: &mut SqliteConnection,
    after: Position,
    page: &mut LogPage,
) -> Result<(), Failure> {
    let last = sqlx::query(include_str!("../sql/log/last_before_hole.sql"))
        .bind(rows::number(after.value()))
        .bind(rows::number(page.scanned_to.value()))
        .fetch_optional(&mut *reader)
        .await?;
    let Some(last) = last else { return Err(Failure::contradiction(MissingPosition(after.plus(1)))) };
    let (position, id): (_, Option<EventId>) =
        (rows::position(&last, "position")?, rows::event_id(&last, "id")?);
    page.events.truncate(page.events.partition_point(|event| event.position <= position));
    (page.scanned_to, page.at_end) = (position, id);
    Ok(())
}

pub(super) async fn page_backward(
    reader: &mut SqliteConnection,
    log: LogId,
    before: Position,
    limit: usize,
) -> Result<LogPage, Failure> {
    let ends = sqlx::query(include_str!("../sql/log/page_backward_ends.sql"))
        .bind(rows::number(before.value()))
        .fetch_one(&mut *reader)
        .await?;
    let head = rows::position(&ends, "head")?;
    let events = sqlx::query(include_str!("../sql/log/page_backward.sql"))
        .bind(rows::number(before.value().min(head.value().saturating_add(1))))
        .bind(rows::number(limit.max(1) as u64))
        .fetch_all(&mut *reader)
        .await?;
    let events = all_recorded(&events)?;
    let at_start = rows::event_id(&ends, "at_start")?;
    LogPage::backward(log, before, at_start, events, head).map_err(Failure::contradiction)
}

/// Clocks jump, so times are not in order and the last event that is early enough decides.
pub(super) async fn position_at(reader: &mut SqliteConnection, time: Timestamp) -> Result<Position, Failure> {
    let last = sqlx::query(include_str!("../sql/log/position_before.sql"))
        .bind(time.as_microsecond())
        .fetch_optional(&mut *reader)
        .await?;
    last.map_or(Ok(Position::START), |row| rows::position(&row, "position"))
}

/// Each is found by the one before it, so that long streams cost no more than short ones.
pub(super) async fn streams(
    reader: &mut SqliteConnection,
    (after, end): (String, String),
    limit: usize,
) -> Result<Vec<StreamName>, Failure> {
    let rows = sqlx::query(include_str!("../sql/log/streams.sql"))
        .bind(after)
        .bind(end)
        .bind(rows::number(limit as u64))
        .fetch_all(&mut *reader)
        .await?;
    rows.iter().map(rows::stream).collect()
}

pub(super) fn all_recorded(events: &[SqliteRow]) -> Result<Vec<Recorded>, Failure> {
    // With room for all: collecting what may fail does not know how many come.
    let mut recorded = Vec::with_capacity(events.len());
    for event in events {
        recorded.push(rows::recorded(event)?);
    }
    Ok(recorded)
}
