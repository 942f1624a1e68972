//! The attempts: one row a rent, return or payment, from its start for ever.

use async_trait::async_trait;
use domain::rental_card::attempt::{Part, Status};
use domain::{BookNo, Kind, MemberId, OutcomeKind, Participant, ProcessId, Reason, Step};
use jiff::Timestamp;

use super::event_store::Position;
use super::token_store::TokenError;

/// Answers questions about attempts.
#[async_trait]
pub trait ProcessView: Send + Sync {
    /// One attempt; none when the view does not know it.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn process(&self, id: ProcessId) -> Result<Option<ProcessRow>, TokenError>;

    /// Attempts that fit, newest first (by the position they started at), at most `limit`.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn processes(&self, wanted: &ProcessQuery, limit: usize) -> Result<Vec<ProcessRow>, TokenError>;

    /// Attempts whose deadline is not after `now`, ordered by deadline and id, after `after`, at most `limit`.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn due(
        &self,
        now: Timestamp,
        after: Option<(Timestamp, ProcessId)>,
        limit: usize,
    ) -> Result<Vec<ProcessRow>, TokenError>;
}

/// Which attempts are wanted; what is none does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProcessQuery {
    /// Only with this status.
    pub status: Option<Status>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only of this member.
    pub member_id: Option<MemberId>,
    /// Only those that started before this position.
    pub before: Option<Position>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessRow {
    /// The attempt.
    pub id: ProcessId,
    /// Whose card.
    pub member_id: MemberId,
    /// The book it is about; none for a payment.
    pub book_no: Option<BookNo>,
    /// How far it is.
    pub status: Status,
    /// Why it was cancelled, refused or sent to review; the latest.
    pub reason: Option<Reason>,
    /// Where the book stands; none for a payment.
    pub book: Option<ParticipantRow>,
    /// Where the member stands.
    pub member: ParticipantRow,
    /// What happened, in order; at most [`STEPS_MAX`], then the oldest but the first go.
    pub steps: Vec<ProcessStep>,
    /// When it started.
    pub started_at: Timestamp,
    /// Where in the log it started.
    pub started: Position,
    /// When somebody has to look, while somebody is still waited for and nobody was called yet.
    pub deadline: Option<Timestamp>,
}

/// How many steps a row keeps.
pub const STEPS_MAX: usize = 64;

/// Where a participant stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantRow {
    /// Its state.
    pub state: Part,
    /// Why it refused, when it did.
    pub reason: Option<Reason>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessStep {
    /// When.
    pub at: Timestamp,
    /// Where in the log.
    pub position: Position,
    /// What.
    pub what: StepKind,
}

/// What happened to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepKind {
    /// It was started.
    Started(Kind),
    /// A participant answered: who, to what, and how.
    Answered(Participant, Step, OutcomeKind),
    /// What was asked for happened.
    Confirmed(Kind),
    /// It did not happen.
    Cancelled(Kind),
    /// A participant was asked to undo what it did.
    UndoRequested,
    /// Everything was undone.
    Compensated,
    /// Somebody has to look.
    ReviewRequested,
    /// An operator decided.
    ReviewResolved,
}
