//! Which problem it is when the service itself cannot do what was asked.

use application::codec::DecodeError;
use application::commands::{CommandError, ReadError};
use application::ports::event_store::{MissingPosition, Position, StreamName};
use application::ports::{Displaced, FileLoss, StoreError, TokenError};
use application::processing::cause_of;
use application::queries::QueryError;

use super::Problem;
use super::catalogue::{
    CONTENDED, EVENT_TOO_LARGE, IDEMPOTENCY_KEY_REUSED, INTERNAL, INVALID_QUERY, OUTCOME_UNKNOWN, STOPPING,
    STORE_UNAVAILABLE, STREAM_UNREADABLE, TOO_BUSY, VERSION_MISMATCH, VIEW_BEHIND, VIEW_OF_ANOTHER_LOG,
};
use super::refusals::Refusal;

const DEFECT: &str = "the request failed because of a defect; the log has the cause under this request's id";
const STORE_AWAY: &str = "the event store cannot be used now; this request wrote nothing, try again";
const CONTRADICTION: &str = "the event store holds something that cannot be right, and the log of the service says what, under this request's id";
const RESTORE: &str = "an operator has to look at it, or to restore the log from a whole backup";
const VIEWS_AWAY: &str = "the views cannot be read now; try again";
const VIEWS_DAMAGED: &str = "the views cannot be read: what is kept beside the log cannot be right, and the log of the service says what, under this request's id; stop the service and have it built again with `rental rebuild-views`";

impl Problem {
    /// A defect, with its cause for the log.
    pub(in super::super) fn defect(cause: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(&INTERNAL, DEFECT).caused_by(cause)
    }
}

impl<R: Refusal + 'static> From<CommandError<R>> for Problem {
    fn from(error: CommandError<R>) -> Self {
        match &error {
            CommandError::Refused(refusal) => refusal.problem(),
            CommandError::VersionMismatch { expected, actual } => Self::new(&VERSION_MISMATCH, &error)
                .with("expected", expected.value())
                .with("version", actual.value()),
            CommandError::IdReused { .. } => Self::new(
                &IDEMPOTENCY_KEY_REUSED,
                "this Idempotency-Key was used here with another body; use a new key for a new request",
            ),
            CommandError::Contended { .. } => Self::new(&CONTENDED, &error),
            CommandError::TooLarge { .. } => Self::new(&EVENT_TOO_LARGE, &error),
            CommandError::Unreadable { stream, position, .. } => unreadable(stream, *position, &error),
            CommandError::Unavailable { .. } => away(&error, STORE_AWAY),
            CommandError::OutcomeUnknown { .. } => Self::new(
                &OUTCOME_UNKNOWN,
                "it is not known whether the command was done; send it again with the same Idempotency-Key",
            )
            .caused_by(&error),
            CommandError::DoneUnread { .. } => Self::new(
                &OUTCOME_UNKNOWN,
                "the command was done before, and what it did cannot be read now; send it again with the same \
                 Idempotency-Key",
            )
            .caused_by(&error),
            CommandError::Busy { waiting, .. } => {
                let detail = format!("{waiting} commands wait for this already; try again");
                Self::new(&TOO_BUSY, detail).caused_by(&error)
            }
            CommandError::Stopping => Self::new(&STOPPING, &error),
            CommandError::Corrupt { source } => damaged(source, &error),
            CommandError::Defect { .. } => Self::defect(&error),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match &error {
            ReadError::Unreadable { stream, position, .. } => unreadable(stream, *position, &error),
            ReadError::Unavailable { .. } => away(&error, STORE_AWAY),
            ReadError::Corrupt { source } => damaged(source, &error),
            ReadError::Defect { .. } => Self::defect(&error),
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::ViewBehind { ref view, reached, wanted } => Self::new(&VIEW_BEHIND, &error)
                .with("view", view.as_str())
                .with("position", reached.value())
                .with("minPosition", wanted.value()),
            QueryError::ViewOfAnotherLog { ref view, .. } => {
                Self::new(&VIEW_OF_ANOTHER_LOG, cause_of(&error)).with("view", view.as_str())
            }
            QueryError::BeyondHead { head, .. } => {
                Self::new(&INVALID_QUERY, &error).with("head", head.value())
            }
            QueryError::Store(error) => error.into(),
            QueryError::Source(_) => away(&error, STORE_AWAY),
            QueryError::Tokens(error) => error.into(),
            QueryError::Unreadable(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } | StoreError::UnknownOutcome { .. } => away(&error, STORE_AWAY),
            StoreError::Corrupt { .. } => damaged(&error, &error),
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Unavailable { .. } | TokenError::UnknownOutcome { .. } => away(&error, VIEWS_AWAY),
            TokenError::Corrupt { .. } => Self::new(&STORE_UNAVAILABLE, VIEWS_DAMAGED).caused_by(&error),
            TokenError::Stale { .. }
            | TokenError::Held { .. }
            | TokenError::Paused { .. }
            | TokenError::Unknown { .. }
            | TokenError::Full { .. }
            | TokenError::LetterChanged { .. }
            | TokenError::CannotReshape { .. }
            | TokenError::CannotReset { .. }
            | TokenError::CannotSwitch { .. } => Self::defect(&error),
        }
    }
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        let stream = match &error {
            DecodeError::UnknownType { stream, .. }
            | DecodeError::UnknownRevision { stream, .. }
            | DecodeError::Malformed { stream, .. } => stream.clone(),
        };
        unreadable(&stream, error.position(), &error)
    }
}

/// Of a log that contradicts itself. Where it does is said, as far as it is known; what stands there only in the log of
/// the service.
fn damaged(error: &StoreError, cause: &(dyn std::error::Error + 'static)) -> Problem {
    let missing = error.missing_position().map(|position| (position, MissingPosition(position).to_string()));
    let changed = error.damaged_event().map(|event| {
        let position = event.position;
        (position, format!("what stands at position {position} cannot be right; {RESTORE}"))
    });
    let problem = match (missing.or(changed), error.missing_version()) {
        (Some((position, detail)), _) => {
            Problem::new(&STREAM_UNREADABLE, detail).with("position", position.value())
        }
        (None, Some(missing)) => Problem::new(&STREAM_UNREADABLE, missing),
        (None, None) => Problem::new(&STREAM_UNREADABLE, format!("{CONTRADICTION}; {RESTORE}")),
    };
    problem.caused_by(cause)
}

/// Of a store that cannot be used. Which file was taken away is said, so that whoever took it knows.
fn away(error: &(dyn std::error::Error + 'static), usual: &'static str) -> Problem {
    let detail = match Displaced::behind(error) {
        Some(displaced) => displaced_detail(displaced),
        None => usual.to_owned(),
    };
    Problem::new(&STORE_UNAVAILABLE, detail).caused_by(error)
}

/// What is said of a file that was taken away or cut short; the log has its folder.
pub(in super::super) fn displaced_detail(displaced: &Displaced) -> String {
    let (file, loss) = (displaced.name(), displaced.loss);
    let until = match loss {
        FileLoss::Gone => "it is put back",
        FileLoss::CutShort => "an operator has looked at it and started the service again",
    };
    format!("`{file}` {loss} while it was in use; nothing is written until {until}")
}

fn unreadable(stream: &StreamName, position: Position, cause: &(dyn std::error::Error + 'static)) -> Problem {
    let detail =
        format!("{stream} cannot be read because of event {position}; an operator has to look at it");
    Problem::new(&STREAM_UNREADABLE, detail)
        .with("stream", stream.as_str())
        .with("position", position.value())
        .caused_by(cause)
}
