//! Processes as they are shown.

use application::codec::Named;
use application::ports::process_view::{ParticipantRow, ProcessRow, ProcessStep};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::command::Written;
use super::super::docs::values;

/// A process.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ProcessDocument {
    #[schema(value_type = values::ProcessId)]
    id: String,
    #[schema(value_type = values::ProcessKind)]
    kind: &'static str,
    #[schema(value_type = values::MemberId)]
    member_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<values::BookNo>, nullable = false)]
    book_no: Option<i64>,
    #[schema(value_type = values::ProcessStatus)]
    status: &'static str,
    /// Why it was cancelled, refused or sent to review; the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    participants: Participants,
    steps: Vec<StepShown>,
    #[schema(value_type = values::Moment)]
    started_at: String,
    /// When somebody has to look; null when nobody is waited for.
    #[schema(value_type = Option<values::Moment>)]
    deadline: Option<String>,
}

/// A process as the answer to a command, with the place of what the command recorded.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct AnsweredProcess {
    #[serde(flatten)]
    process: ProcessDocument,
    #[serde(flatten)]
    written: Written,
}

/// Who takes part.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
struct Participants {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    book: Option<Participant>,
    member: Participant,
}

/// Where a participant stands.
#[derive(Serialize, ToSchema)]
struct Participant {
    #[schema(value_type = values::ParticipantState)]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// One thing that happened.
#[derive(Serialize, ToSchema)]
#[schema(as = Step)]
struct StepShown {
    #[schema(value_type = values::Moment)]
    at: String,
    position: u64,
    /// Such as `rent-confirmed` or `answer-recorded BOOK DO DONE`.
    what: String,
}

impl ProcessDocument {
    /// The process of a row.
    pub(in super::super) fn of(row: ProcessRow) -> Self {
        Self {
            id: row.id.to_string(),
            kind: row.id.kind().name(),
            member_id: row.member_id.to_string(),
            book_no: row.book_no.map(|no| no.value()),
            status: row.status.name(),
            reason: row.reason.map(|reason| reason.as_str().to_owned()),
            participants: Participants {
                book: row.book.map(Participant::of),
                member: Participant::of(row.member),
            },
            steps: row.steps.into_iter().map(StepShown::of).collect(),
            started_at: row.started_at.to_string(),
            deadline: row.deadline.map(|deadline| deadline.to_string()),
        }
    }
}

impl AnsweredProcess {
    /// The process beside what the command did.
    pub(in super::super) const fn new(process: ProcessDocument, written: Written) -> Self {
        Self { process, written }
    }
}

impl Participant {
    fn of(row: ParticipantRow) -> Self {
        let state = row.state.name();
        Self { state, reason: row.reason.map(|reason| reason.as_str().to_owned()) }
    }
}

impl StepShown {
    fn of(step: ProcessStep) -> Self {
        Self { at: step.at.to_string(), position: step.position.value(), what: step.what.to_string() }
    }
}
