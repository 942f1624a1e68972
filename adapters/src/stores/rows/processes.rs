//! Attempts as they are stored, and back.

use application::codec::rows::{StoredName, kind_number, process_id, steps, steps_text, time_text};
use application::ports::event_store::Position;
use application::ports::process_view::{ParticipantRow, ProcessRow};
use domain::rental_card::attempt::{Part, Status};
use domain::{BookNo, MemberId, Reason};
use serde::Serialize;

use crate::stores::fields::{Fields, Read, StoredRow, unreadable};
use crate::stores::step_error::{StepError, StoreFailure};

/// All but the key.
#[derive(Serialize)]
pub(crate) struct StoredProcess<'r> {
    pub(crate) kind: i16,
    pub(crate) member: &'r str,
    pub(crate) book: Option<i64>,
    pub(crate) status: &'static str,
    pub(crate) reason: Option<&'r str>,
    pub(crate) book_state: Option<&'static str>,
    pub(crate) book_reason: Option<&'r str>,
    pub(crate) member_state: &'static str,
    pub(crate) member_reason: Option<&'r str>,
    pub(crate) steps: String,
    pub(crate) started_at: String,
    pub(crate) started: u64,
    pub(crate) deadline: Option<String>,
}

impl<'r> StoredProcess<'r> {
    pub(crate) fn of<F: StoreFailure>(row: &'r ProcessRow) -> Result<Self, StepError<F>> {
        let book = row.book.as_ref();
        Ok(Self {
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

pub(crate) fn process<R: StoredRow>(fields: &Fields<'_, R>) -> Read<ProcessRow, R> {
    let book = fields.parsed_or_none("book_state", Part::named)?;
    let book_no = fields.integer_or_none("book")?.map(BookNo::parse).transpose();
    Ok(ProcessRow {
        id: process_id(fields.bytes("id")?).map_err(|error| unreadable("id", error))?,
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

fn participant<R: StoredRow>(
    fields: &Fields<'_, R>,
    state: Part,
    reason: &'static str,
) -> Read<ParticipantRow, R> {
    Ok(ParticipantRow { state, reason: fields.parsed_or_none(reason, Reason::stored)? })
}

fn reason_text(reason: Option<&Reason>) -> Option<&str> {
    reason.map(Reason::as_str)
}
