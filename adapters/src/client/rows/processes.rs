//! Processes, read back from how they are shown.

use std::str::FromStr;

use application::codec::Named;
use application::ports::BoxError;
use application::ports::event_store::Position;
use application::ports::process_view::{ParticipantRow, ProcessRow, ProcessStep};
use application::ports::token_store::Row;
use domain::rental_card::attempt::{Part, Status};
use domain::{BookNo, MemberId, ProcessId, Reason};
use jiff::Timestamp;
use serde::Deserialize;

/// A process.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ShownProcess {
    pub(in super::super) id: String,
    member_id: String,
    book_no: Option<i64>,
    pub(in super::super) status: String,
    reason: Option<String>,
    participants: ShownParticipants,
    steps: Vec<ShownStep>,
    started_at: String,
    deadline: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct ShownParticipants {
    book: Option<ShownParticipant>,
    member: ShownParticipant,
}

#[derive(Debug, Deserialize)]
struct ShownParticipant {
    state: String,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ShownStep {
    at: String,
    position: u64,
    what: String,
}

impl ShownProcess {
    /// Where in the log it started: the first step is kept for ever.
    pub(in super::super) fn started(&self) -> u64 {
        self.steps.first().map_or(0, |step| step.position)
    }

    /// How far it is.
    pub(in super::super) fn status(&self) -> Result<Status, BoxError> {
        let unknown = || format!("process {} has the unknown status `{}`", self.id, self.status);
        Ok(Status::named(&self.status).ok_or_else(unknown)?)
    }

    /// Its row.
    pub(in super::super) fn row(self) -> Result<Row, BoxError> {
        let (status, started) = (self.status()?, Position::new(self.started()));
        Ok(Row::Process(Box::new(ProcessRow {
            id: ProcessId::from_str(&self.id)?,
            member_id: MemberId::parse(&self.member_id)?,
            book_no: self.book_no.map(BookNo::parse).transpose()?,
            status,
            reason: reason(self.reason)?,
            book: self.participants.book.map(ShownParticipant::row).transpose()?,
            member: self.participants.member.row()?,
            steps: self.steps.into_iter().map(ShownStep::row).collect::<Result<_, _>>()?,
            started_at: Timestamp::from_str(&self.started_at)?,
            started,
            deadline: self.deadline.as_deref().map(Timestamp::from_str).transpose()?,
        })))
    }
}

impl ShownParticipant {
    fn row(self) -> Result<ParticipantRow, BoxError> {
        let unknown = || format!("a participant has the unknown state `{}`", self.state);
        let state = Part::named(&self.state).ok_or_else(unknown)?;
        Ok(ParticipantRow { state, reason: reason(self.reason)? })
    }
}

impl ShownStep {
    fn row(self) -> Result<ProcessStep, BoxError> {
        let (at, position) = (Timestamp::from_str(&self.at)?, Position::new(self.position));
        Ok(ProcessStep { at, position, what: self.what.parse()? })
    }
}

fn reason(shown: Option<String>) -> Result<Option<Reason>, BoxError> {
    Ok(shown.as_deref().map(Reason::parse).transpose()?)
}
