//! Reads the log: one statement a question.

use std::collections::HashMap;

use application::ports::event_store::{
    CommandId, Done, Head, LogId, LogPage, MissingPosition, Position, StreamName, Types,
};
use jiff::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::rows;
use crate::postgres::connection::{Database, Failure};

/// Gives the log the id `new_id`, unless it has one.
pub(super) async fn name_log(database: &Database, new_id: LogId) -> Result<(), Failure> {
    if database.fetch(sqlx::query(include_str!("../sql/log/log_id.sql"))).await?.is_empty() {
        database.change(sqlx::query(include_str!("../sql/log/name_log.sql")).bind(new_id.uuid())).await?;
    }
    Ok(())
}

/// The log's id is asked for each time: another log may have been put behind a running node.
pub(super) async fn head(database: &Database) -> Result<Head, Failure> {
    let rows = database.fetch(sqlx::query(include_str!("../sql/log/head.sql"))).await?;
    let last = rows::first(&rows)?;
    let (log, event) = (rows::log_id(last, "log")?, rows::event_id(last, "id")?);
    let position = if event.is_some() { rows::position(last, "position")? } else { Position::START };
    Ok(Head { log, position, event })
}

pub(super) async fn outcomes(
    database: &Database,
    commands: &[CommandId],
) -> Result<Vec<Option<Done>>, Failure> {
    let ids: Vec<_> = commands.iter().map(|command| command.uuid()).collect();
    let known = sqlx::query(include_str!("../sql/log/known_commands.sql")).bind(ids);
    let mut found: HashMap<Uuid, Done> = HashMap::with_capacity(commands.len());
    for row in database.fetch(known).await? {
        found.insert(row.try_get("command")?, rows::done(&row)?);
    }
    Ok(commands.iter().map(|command| found.get(&command.uuid()).cloned()).collect())
}

pub(super) async fn page(
    database: &Database,
    after: Position,
    unwanted: &Types,
    limit: usize,
) -> Result<LogPage, Failure> {
    let until = after.value().saturating_add(limit.max(1) as u64);
    let unwanted: Vec<_> = unwanted.iter().map(|kind| kind.as_str()).collect();
    let page = sqlx::query(include_str!("../sql/log/page.sql"))
        .bind(rows::number(after.value()))
        .bind(rows::number(until))
        .bind(unwanted);
    let page = database.fetch(page).await?;
    let Some((ends, events)) = page.split_first().filter(|(ends, _)| is_of_no_event(ends)) else {
        return Err(Failure::contradiction("a page of the log does not begin with its ends"));
    };
    // They stand in the columns of an event.
    let scanned_to = Position::new(rows::version(ends, "version")?.value());
    let head = rows::position(ends, "position")?;
    if scanned_to == after && head > after {
        return Err(Failure::contradiction(MissingPosition(after.plus(1))));
    }
    let log: Uuid = ends.try_get::<&str, _>("type")?.parse().map_err(Failure::contradiction)?;
    Ok(LogPage {
        log: LogId::new(log),
        at_start: rows::event_id(ends, "id")?,
        scanned_to,
        at_end: rows::event_id(ends, "command")?,
        head,
        events: rows::all_recorded(events, 0)?,
    })
}

fn is_of_no_event(row: &PgRow) -> bool {
    matches!(row.try_get::<Option<&str>, _>("stream"), Ok(None))
}

/// Columns of a page that is read backward, before those of the event.
const BEFORE_EARLIER_EVENT: usize = 3;

pub(super) async fn page_backward(
    database: &Database,
    before: Position,
    limit: usize,
) -> Result<LogPage, Failure> {
    let page = sqlx::query(include_str!("../sql/log/page_backward.sql"))
        .bind(rows::number(before.value()))
        .bind(rows::number(limit.max(1) as u64));
    let page = database.fetch(page).await?;
    let ends = rows::first(&page)?;
    let log = rows::log_id(ends, "log")?;
    let (head, at_start) = (rows::position(ends, "head")?, rows::event_id(ends, "at_start")?);
    let events = rows::all_recorded(&page, BEFORE_EARLIER_EVENT)?;
    LogPage::backward(log, before, at_start, events, head).map_err(Failure::contradiction)
}

/// Each is found by the one before it, so that long streams cost no more than short ones.
pub(super) async fn streams(
    database: &Database,
    (after, end): (String, String),
    limit: usize,
) -> Result<Vec<StreamName>, Failure> {
    let streams = sqlx::query(include_str!("../sql/log/streams.sql"))
        .bind(after)
        .bind(end)
        .bind(rows::number(limit as u64));
    database.fetch(streams).await?.iter().map(rows::stream).collect()
}

/// Clocks jump, so times are not in order and the last event that is early enough decides.
pub(super) async fn position_at(database: &Database, time: Timestamp) -> Result<Position, Failure> {
    let last = sqlx::query(include_str!("../sql/log/position_before.sql")).bind(time.as_microsecond());
    let last = database.fetch(last).await?;
    last.first().map_or(Ok(Position::START), |row| rows::position(row, "position"))
}
