//! The attempts.

use std::fmt::Write;

use application::codec::rows::{
    StoredName, kind_number, process_id, process_key, steps, steps_text, time_text,
};
use application::ports::event_store::Position;
use application::ports::process_view::{ParticipantRow, ProcessQuery, ProcessRow};
use application::ports::token_store::{Row, RowKey};
use domain::rental_card::attempt::{Part, Status};
use domain::{BookNo, MemberId, ProcessId, Reason};
use jiff::Timestamp;
use serde::Serialize;

use super::super::step_error::StepError;
use super::super::stored::{Fields, count, unreadable};
use super::{Read, read_all};
use crate::postgres::connection::{Database, Statement};

pub(in super::super) async fn process(
    database: &Database,
    id: ProcessId,
) -> Result<Option<ProcessRow>, StepError> {
    let process =
        sqlx::query(include_str!("../../sql/token_store/process.sql")).bind(process_key(id).to_vec());
    Ok(read_all(database, process, read).await?.pop())
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
    read_all(database, rows, read).await
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
    read_all(database, due, read).await
}

/// The last kind.
pub(super) fn after(generation: i64, after: Option<RowKey>, limit: i64) -> Option<(Statement, Read)> {
    let after = match after {
        Some(RowKey::Process(id)) => process_key(id).to_vec(),
        None | Some(RowKey::Catalogue(_) | RowKey::Loan(_) | RowKey::BestSeller(..)) => Vec::new(),
    };
    let rows = sqlx::query(include_str!("../../sql/token_store/process_rows_after.sql"));
    let rows = rows.bind(generation).bind(after).bind(limit);
    Some((rows, |fields| read(fields).map(|row| Row::Process(Box::new(row)))))
}

#[derive(Serialize)]
pub(super) struct StoredProcess<'r> {
    id: String,
    kind: i16,
    member: &'r str,
    book: Option<i64>,
    status: &'static str,
    reason: Option<&'r str>,
    book_state: Option<&'static str>,
    book_reason: Option<&'r str>,
    member_state: &'static str,
    member_reason: Option<&'r str>,
    steps: String,
    started_at: String,
    started: u64,
    deadline: Option<String>,
}

impl<'r> StoredProcess<'r> {
    pub(super) fn of(row: &'r ProcessRow) -> Result<Self, StepError> {
        let book = row.book.as_ref();
        Ok(Self {
            id: stored_key(row.id),
            kind: kind_number(row.id.kind()),
            member: row.member_id.as_str(),
            book: row.book_no.map(BookNo::value),
            status: row.status.name(),
            reason: reason_text(row.reason.as_ref()),
            book_state: book.map(|book| book.state.name()),
            book_reason: book.and_then(|book| reason_text(book.reason.as_ref())),
            member_state: row.member.state.name(),
            member_reason: reason_text(row.member.reason.as_ref()),
            steps: steps_text(&row.steps).map_err(|error| unreadable("steps", error))?,
            started_at: time_text(row.started_at),
            started: row.started.value(),
            deadline: row.deadline.map(time_text),
        })
    }
}

pub(super) fn read(fields: &Fields<'_>) -> Result<ProcessRow, StepError> {
    let book = fields.parsed_or_none("book_state", Part::named)?;
    let book_no = fields.get::<Option<i64>>("book")?.map(BookNo::parse).transpose();
    Ok(ProcessRow {
        id: process_id(fields.get("id")?).map_err(|error| unreadable("id", error))?,
        member_id: fields.parsed("member", MemberId::parse)?,
        book_no: book_no.map_err(|error| unreadable("book", error))?,
        status: fields.parsed("status", Status::named)?,
        reason: fields.parsed_or_none("reason", Reason::stored)?,
        book: book.map(|state| participant(fields, state, "book_reason")).transpose()?,
        member: participant(fields, fields.parsed("member_state", Part::named)?, "member_reason")?,
        steps: fields.parsed("steps", steps)?,
        started_at: fields.time("started_at")?,
        started: Position::new(fields.number("started")?),
        deadline: fields.time_or_none("deadline")?,
    })
}

fn participant(fields: &Fields<'_>, state: Part, reason: &'static str) -> Result<ParticipantRow, StepError> {
    Ok(ParticipantRow { state, reason: fields.parsed_or_none(reason, Reason::stored)? })
}

fn reason_text(reason: Option<&Reason>) -> Option<&str> {
    reason.map(Reason::as_str)
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
