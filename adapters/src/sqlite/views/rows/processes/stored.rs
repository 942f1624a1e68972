//! How an attempt stands in its row.

use application::ports::event_store::Position;
use application::ports::process_view::{ParticipantRow, ProcessRow, ProcessStep};
use domain::rental_card::attempt::{Part, Status};
use domain::{BookNo, ClearingId, Kind, MemberId, ProcessId, Reason, RentalId, ReturnId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::super::stored::{Fields, UnknownName, named, time_text, unreadable};
use super::super::super::trouble::Trouble;

const STATUSES: [Status; 6] = [
    Status::Started,
    Status::Completed,
    Status::Compensating,
    Status::Compensated,
    Status::NeedsReview,
    Status::Resolved,
];

const PARTS: [Part; 6] =
    [Part::Waiting, Part::Done, Part::Refused, Part::Undoing, Part::Undone, Part::UndoRefused];

/// A step in the JSON list of its row.
#[derive(Serialize, Deserialize)]
struct StoredStep {
    at: String,
    position: u64,
    what: String,
}

pub(super) fn read(fields: &Fields<'_>) -> Result<ProcessRow, Trouble> {
    let book = fields.parsed_or_none("book_state", part_of)?;
    let book_no = fields.get::<Option<i64>>("book")?.map(BookNo::parse).transpose();
    Ok(ProcessRow {
        id: id_of(fields.get("id")?)?,
        member_id: fields.parsed("member", MemberId::parse)?,
        book_no: book_no.map_err(|error| unreadable("book", error))?,
        status: fields.parsed("status", |found| named(&STATUSES, status_name, found))?,
        reason: fields.parsed_or_none("reason", Reason::parse)?,
        book: book.map(|state| participant(fields, state, "book_reason")).transpose()?,
        member: participant(fields, fields.parsed("member_state", part_of)?, "member_reason")?,
        steps: read_steps(fields)?,
        started_at: fields.time("started_at")?,
        started: Position::new(fields.number("started")?),
        deadline: fields.time_or_none("deadline")?,
    })
}

/// Sorts as ids do: by kind, then by uuid.
pub(in super::super) fn key(id: ProcessId) -> Vec<u8> {
    let (kind, uuid) = match id {
        ProcessId::Rent(id) => (0, id.uuid()),
        ProcessId::Return(id) => (1, id.uuid()),
        ProcessId::Clearing(id) => (2, id.uuid()),
    };
    [&[kind], uuid.as_bytes().as_slice()].concat()
}

pub(super) fn kind_number(kind: Kind) -> i64 {
    match kind {
        Kind::Rent => 0,
        Kind::Return => 1,
        Kind::Overdue => 2,
    }
}

pub(super) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Started => "started",
        Status::Completed => "completed",
        Status::Compensating => "compensating",
        Status::Compensated => "compensated",
        Status::NeedsReview => "needs-review",
        Status::Resolved => "resolved",
    }
}

pub(super) fn part_name(part: Part) -> &'static str {
    match part {
        Part::Waiting => "waiting",
        Part::Done => "done",
        Part::Refused => "refused",
        Part::Undoing => "undoing",
        Part::Undone => "undone",
        Part::UndoRefused => "undo-refused",
    }
}

pub(super) fn reason_text(reason: Option<&Reason>) -> Option<&str> {
    reason.map(Reason::as_str)
}

pub(super) fn steps_text(steps: &[ProcessStep]) -> Result<String, Trouble> {
    let stored = steps.iter().map(|step| StoredStep {
        at: time_text(step.at),
        position: step.position.value(),
        what: step.what.clone(),
    });
    serde_json::to_string(&stored.collect::<Vec<_>>()).map_err(|error| unreadable("steps", error))
}

fn read_steps(fields: &Fields<'_>) -> Result<Vec<ProcessStep>, Trouble> {
    let stored: Vec<StoredStep> = fields.parsed("steps", |text| serde_json::from_str(text))?;
    let steps = stored.into_iter().map(|step| {
        let at = step.at.parse().map_err(|error: jiff::Error| unreadable("steps", error))?;
        Ok(ProcessStep { at, position: Position::new(step.position), what: step.what })
    });
    steps.collect()
}

fn participant(fields: &Fields<'_>, state: Part, reason: &'static str) -> Result<ParticipantRow, Trouble> {
    Ok(ParticipantRow { state, reason: fields.parsed_or_none(reason, Reason::parse)? })
}

fn part_of(found: &str) -> Result<Part, UnknownName> {
    named(&PARTS, part_name, found)
}

fn id_of(stored: &[u8]) -> Result<ProcessId, Trouble> {
    let (kind, id) = stored.split_first().ok_or_else(|| unreadable("id", UnknownName))?;
    let id = Uuid::from_slice(id).map_err(|error| unreadable("id", error))?;
    match kind {
        0 => Ok(ProcessId::Rent(RentalId::new(id))),
        1 => Ok(ProcessId::Return(ReturnId::new(id))),
        2 => Ok(ProcessId::Clearing(ClearingId::new(id))),
        _ => Err(unreadable("id", UnknownName)),
    }
}
