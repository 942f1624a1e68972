//! Dead letters as they are shown.

use application::ports::dead_letters::{DeadLetter, DeadLetterKind, FailedAttempt};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::events::EventDocument;

/// What stands for the cause of a letter that was never tried.
const BEHIND_ANOTHER: &str = "waits behind another letter of its sequence";

/// An event that a processor could not handle.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeadLetter)]
pub(in super::super) struct DeadLetterShown {
    id: String,
    processor: String,
    /// Events of the same sequence keep their order: later ones wait behind it.
    sequence: String,
    /// PARKED: tried again; ABANDONED: tried too often, blocks its sequence all the same; REJECTED: does not fit,
    /// blocks nothing.
    kind: &'static str,
    position: u64,
    /// The event's type.
    #[serde(rename = "type")]
    event_type: String,
    /// What went wrong last.
    cause: String,
    /// How often it was tried; 0 when it waits behind another one.
    attempts: u32,
    first_at: String,
    last_at: String,
    /// When it is tried next; null when it is not tried by itself.
    due_at: Option<String>,
}

/// A dead letter with everything that is known of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct DeadLetterWhole {
    #[serde(flatten)]
    letter: DeadLetterShown,
    /// What went wrong, oldest first: the first and the latest attempts.
    failures: Vec<FailedAttemptShown>,
    event: EventDocument,
}

/// One failed attempt.
#[derive(Serialize, ToSchema)]
#[schema(as = Failure)]
struct FailedAttemptShown {
    at: String,
    cause: String,
}

impl DeadLetterShown {
    /// The letter without its event.
    pub(super) fn of(letter: &DeadLetter) -> Self {
        let cause = letter.failures.last().map_or(BEHIND_ANOTHER, |last| last.cause.as_str());
        Self {
            id: letter.id.to_string(),
            processor: letter.processor.to_string(),
            sequence: letter.sequence.clone(),
            kind: kind(letter.kind),
            position: letter.position().value(),
            event_type: letter.event.kind.to_string(),
            cause: cause.to_owned(),
            attempts: letter.attempts,
            first_at: letter.first_at.to_string(),
            last_at: letter.last_at.to_string(),
            due_at: letter.due.map(|due| due.to_string()),
        }
    }
}

impl DeadLetterWhole {
    /// The letter with its event.
    pub(super) fn of(letter: DeadLetter) -> Self {
        Self {
            failures: letter.failures.iter().map(FailedAttemptShown::of).collect(),
            letter: DeadLetterShown::of(&letter),
            event: EventDocument::of(letter.event),
        }
    }
}

impl FailedAttemptShown {
    fn of(failed: &FailedAttempt) -> Self {
        Self { at: failed.at.to_string(), cause: failed.cause.clone() }
    }
}

const fn kind(kind: DeadLetterKind) -> &'static str {
    match kind {
        DeadLetterKind::Parked => "PARKED",
        DeadLetterKind::Abandoned => "ABANDONED",
        DeadLetterKind::Rejected => "REJECTED",
    }
}
