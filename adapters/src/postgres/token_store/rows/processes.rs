//! The attempts.

use std::fmt::Write;

use application::codec::rows::{StoredName, kind_number, process_key, time_text};
use application::ports::process_view::{ProcessQuery, ProcessRow};
use application::ports::token_store::{Row, RowKey};
use domain::ProcessId;
use jiff::Timestamp;

use super::super::step_error::StepError;
use super::super::stored::count;
use super::{Read, View, read_all};
use crate::postgres::connection::{Database, Statement};
use crate::stores::rows::process as read_process;

/// How they are kept.
pub(super) const VIEW: View = View {
    after,
    sweep: "with gone as ( \
                delete from process_row where ctid = any (array(select ctid from process_row where generation = $1 limit $2)) \
                returning 1 \
            ) \
            select count(*) as swept from gone",
};

pub(in super::super) async fn process(
    database: &Database,
    id: ProcessId,
) -> Result<Option<ProcessRow>, StepError> {
    let process =
        sqlx::query(include_str!("../../sql/token_store/process.sql")).bind(process_key(id).to_vec());
    Ok(read_all(database, process, read_process).await?.pop())
}

/// Those that fit, newest first, through the index of what restricts most.
pub(in super::super) async fn processes(
    database: &Database,
    wanted: &ProcessQuery,
    limit: usize,
) -> Result<Vec<ProcessRow>, StepError> {
    let status = wanted.status.map(StoredName::name);
    let sql = match (&wanted.member_id, status) {
        (Some(_), _) => include_str!("../../sql/token_store/processes_of_member.sql"),
        (None, Some(_)) => include_str!("../../sql/token_store/processes_with_status.sql"),
        (None, None) => include_str!("../../sql/token_store/processes_of_any.sql"),
    };
    let rows = sqlx::query(sql)
        .bind(wanted.before.map_or(i64::MAX, |before| before.value().cast_signed()))
        .bind(wanted.kind.map(kind_number))
        .bind(count(limit));
    let rows = match &wanted.member_id {
        Some(member) => rows.bind(member.as_str()).bind(status),
        None if status.is_some() => rows.bind(status),
        None => rows,
    };
    read_all(database, rows, read_process).await
}

/// Those whose deadline is not after `now`, by deadline and id, after the one named.
pub(in super::super) async fn due(
    database: &Database,
    now: Timestamp,
    after: Option<(Timestamp, ProcessId)>,
    limit: usize,
) -> Result<Vec<ProcessRow>, StepError> {
    // Nothing comes before an empty text.
    let after = after.map(|(deadline, id)| (time_text(deadline), process_key(id).to_vec()));
    let (deadline, id) = after.unwrap_or_default();
    let due = sqlx::query(include_str!("../../sql/token_store/due_processes.sql"));
    let due = due.bind(time_text(now)).bind(count(limit)).bind(deadline).bind(id);
    read_all(database, due, read_process).await
}

/// None when a later kind has been reached.
fn after(generation: i64, after: Option<RowKey>, limit: i64) -> Option<(Statement, Read)> {
    let after = match after {
        Some(RowKey::Process(id)) => process_key(id).to_vec(),
        None | Some(RowKey::Catalogue(_) | RowKey::Loan(_) | RowKey::BestSeller(..)) => Vec::new(),
        Some(RowKey::Title(_)) => return None,
    };
    let rows = sqlx::query(include_str!("../../sql/token_store/process_rows_after.sql"));
    let rows = rows.bind(generation).bind(after).bind(limit);
    Some((rows, |fields| read_process(fields).map(|row| Row::Process(Box::new(row)))))
}

/// A key as the database reads bytes from text.
pub(super) fn stored_key(id: ProcessId) -> String {
    let mut text = String::from("\\x");
    for byte in process_key(id) {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
