//! The attempts.

use std::cmp::Reverse;

use application::codec::rows::{StoredName, kind_number, process_key, time_text};
use application::ports::process_view::{ProcessQuery, ProcessRow};
use application::ports::token_store::Row;
use domain::ProcessId;
use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::super::step_error::StepError;
use super::super::stored::Fields;
use super::{View, count, generations, hex, read_all};
use crate::sqlite::connection::Failure;
use crate::stores::rows::{StoredProcess, process as read_process};

/// How they are kept.
pub(super) const VIEW: View = View {
    get: include_str!("../../sql/token_store/process_row.sql"),
    put: include_str!("../../sql/token_store/put_process_row.sql"),
    remove: include_str!("../../sql/token_store/drop_process_row.sql"),
    read: |fields| read_process(fields).map(|row| Row::Process(Box::new(row))),
};

pub(in super::super) async fn process(
    tables: &mut SqliteConnection,
    id: ProcessId,
) -> Result<Option<ProcessRow>, StepError> {
    let found = sqlx::query(include_str!("../../sql/token_store/live_process_row.sql"));
    let found = found.bind(key(id)).fetch_optional(tables).await?;
    found.map(|row| read_process(&Fields::of(&row))).transpose()
}

/// Those that fit, newest first.
pub(in super::super) async fn processes(
    tables: &mut SqliteConnection,
    wanted: &ProcessQuery,
    limit: usize,
) -> Result<Vec<ProcessRow>, StepError> {
    let mut found = Vec::new();
    for generation in live(tables).await? {
        found.extend(matching(tables, generation, wanted, limit).await?);
    }
    found.sort_by_key(|row| Reverse((row.started, row.id)));
    found.truncate(limit);
    Ok(found)
}

/// Those whose deadline is not after `now`, by deadline and id, after the one named.
pub(in super::super) async fn due(
    tables: &mut SqliteConnection,
    now: Timestamp,
    after: Option<(Timestamp, ProcessId)>,
    limit: usize,
) -> Result<Vec<ProcessRow>, StepError> {
    // Nothing comes before an empty text.
    let (deadline, id) = after.map(|(deadline, id)| (time_text(deadline), key(id))).unwrap_or_default();
    let mut found = Vec::new();
    for generation in live(tables).await? {
        let rows = sqlx::query(include_str!("../../sql/token_store/due_processes.sql"));
        let rows = rows.bind(generation).bind(time_text(now)).bind(count(limit));
        let rows = rows.bind(deadline.as_str()).bind(id.as_slice());
        found.extend(read_all(&rows.fetch_all(&mut *tables).await?, read_process)?);
    }
    found.sort_by_key(|row| (row.deadline, row.id));
    found.truncate(limit);
    Ok(found)
}

pub(super) async fn after(
    tables: &mut SqliteConnection,
    generation: i64,
    after: &[u8],
    limit: i64,
) -> Result<Vec<ProcessRow>, StepError> {
    let rows = sqlx::query(include_str!("../../sql/token_store/process_rows_after.sql"));
    read_all(&rows.bind(generation).bind(after).bind(limit).fetch_all(tables).await?, read_process)
}

/// A row as its statement takes it.
pub(super) fn stored(row: &ProcessRow) -> Result<Value, StepError> {
    let stored: StoredProcess<'_> = StoredProcess::of::<Failure>(row)?;
    Ok(json!([
        hex(&process_key(row.id)),
        stored.kind,
        stored.member,
        stored.book,
        stored.status,
        stored.reason,
        stored.book_state,
        stored.book_reason,
        stored.member_state,
        stored.member_reason,
        stored.steps,
        stored.started_at,
        stored.started,
        stored.deadline,
    ]))
}

/// Through the index of what restricts most.
async fn matching(
    tables: &mut SqliteConnection,
    generation: i64,
    wanted: &ProcessQuery,
    limit: usize,
) -> Result<Vec<ProcessRow>, StepError> {
    let sql = match (&wanted.member_id, &wanted.status) {
        (Some(_), _) => include_str!("../../sql/token_store/processes_of_member.sql"),
        (None, Some(_)) => include_str!("../../sql/token_store/processes_with_status.sql"),
        (None, None) => include_str!("../../sql/token_store/processes_of_any.sql"),
    };
    let rows = sqlx::query(sql)
        .bind(generation)
        .bind(wanted.before.map_or(i64::MAX, |before| before.value().cast_signed()))
        .bind(wanted.kind.map(kind_number))
        .bind(count(limit));
    let status = wanted.status.map(StoredName::name);
    let rows = match &wanted.member_id {
        Some(member) => rows.bind(member.as_str()).bind(status),
        None if status.is_some() => rows.bind(status),
        None => rows,
    };
    read_all(&rows.fetch_all(tables).await?, read_process)
}

async fn live(tables: &mut SqliteConnection) -> Result<Vec<i64>, StepError> {
    generations(tables, include_str!("../../sql/token_store/process_generations.sql")).await
}

/// The stored form of an id, which sorts as ids do.
pub(super) fn key(id: ProcessId) -> Vec<u8> {
    process_key(id).to_vec()
}
