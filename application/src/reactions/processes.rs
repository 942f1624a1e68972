//! The attempts: one row each, folded with the same state machine that the card uses.

use std::time::Duration;

use domain::rental_card::attempt::{Attempt, Direction, Part, Phase, Review, Status};
use domain::{Kind, Outcome, Participant, ProcessId};
use jiff::Timestamp;

use crate::codec::AnyEvent;
use crate::ports::process_view::{ParticipantRow, ProcessRow, ProcessStep, STEPS_MAX, StepKind};
use crate::ports::token_store::{Row, RowKey};
use crate::processing::{DecodedEvent, Projection, Sequence};

/// Folds the events of cards.
pub(super) struct Processes;

const WANTED: &[&str] = &[
    "rental-card.item-rented",
    "rental-card.item-returned",
    "rental-card.clearing-requested",
    "rental-card.answer-recorded",
    "rental-card.rent-confirmed",
    "rental-card.rent-cancelled",
    "rental-card.return-confirmed",
    "rental-card.return-cancelled",
    "rental-card.fee-cleared",
    "rental-card.clearing-refused",
    "rental-card.undo-requested",
    "rental-card.attempt-compensated",
    "rental-card.review-requested",
    "rental-card.review-resolved",
];

impl Projection for Processes {
    fn wanted(&self) -> &'static [&'static str] {
        WANTED
    }

    fn sequence(&self) -> Sequence {
        Sequence::Process
    }

    fn row(&self, event: &AnyEvent) -> Option<RowKey> {
        phase_of(event).map(|(process, _)| RowKey::Process(process))
    }

    fn apply(&self, old: Option<Row>, happened: &DecodedEvent) -> Option<Row> {
        let Some((process, phase)) = phase_of(&happened.event) else { return old };
        let old = match old {
            Some(Row::Process(row)) => Some(*row),
            Some(Row::Catalogue(_) | Row::Loan(_) | Row::BestSeller(_) | Row::Title(_)) | None => None,
        };
        let started = old.or_else(|| started(process, phase, happened))?;
        Some(Row::Process(Box::new(after(started, phase, happened))))
    }
}

fn phase_of(event: &AnyEvent) -> Option<(ProcessId, Phase<'_>)> {
    let AnyEvent::RentalCard(event) = event else { return None };
    event.about().attempt
}

fn started(id: ProcessId, phase: Phase<'_>, happened: &DecodedEvent) -> Option<ProcessRow> {
    let Phase::Started(start) = phase else { return None };
    let (asked, attempt) = (start.asked(), Attempt::started(id.kind()));
    let part = |state: Part| ParticipantRow { state, reason: None };
    Some(ProcessRow {
        id,
        book_no: asked.item().map(|item| item.no),
        member_id: asked.member.id,
        status: attempt.status(),
        reason: None,
        book: attempt.book.map(part),
        member: part(attempt.member),
        steps: vec![],
        started_at: happened.recorded.occurred_at,
        started: happened.recorded.position,
        deadline: None,
    })
}

fn after(old: ProcessRow, phase: Phase<'_>, happened: &DecodedEvent) -> ProcessRow {
    let at = happened.recorded.occurred_at;
    let attempt = attempt_of(&old).after(phase);
    let deadline = deadline(&attempt, phase, old.deadline, at);
    let (mut book, mut member) = (old.book, old.member);
    for (row, state) in book.iter_mut().zip(attempt.book).chain([(&mut member, attempt.member)]) {
        row.state = state;
    }
    if let Phase::Answered { participant, outcome: Outcome::Refused { reason }, .. } = phase {
        let row = match participant {
            Participant::Book => book.as_mut(),
            Participant::Member => Some(&mut member),
        };
        // The first answer wins, so a later refusal of one that did its part is not its reason.
        row.filter(|row| matches!(row.state, Part::Refused | Part::UndoRefused) && row.reason.is_none())
            .into_iter()
            .for_each(|row| row.reason = Some(reason.clone()));
    }
    let step = ProcessStep { at, position: happened.recorded.position, what: step_of(old.id.kind(), phase) };
    ProcessRow {
        status: attempt.status(),
        reason: phase.reason().cloned().or(old.reason),
        book,
        member,
        steps: appended(old.steps, step),
        deadline,
        ..old
    }
}

/// The state machine as it was when the row was written. What the row does not keep follows from where its participants
/// stand: nobody refuses, undoes or is asked to before the attempt is cancelled.
fn attempt_of(row: &ProcessRow) -> Attempt {
    let member = row.member.state;
    let book = row.book.as_ref().map(|book| book.state);
    let cancelled = [Some(member), book].into_iter().flatten().any(|part| match part {
        Part::Waiting | Part::Done => false,
        Part::Refused | Part::Undoing | Part::Undone | Part::UndoRefused => true,
    });
    let direction = match row.status {
        Status::Started => None,
        Status::Completed => Some(Direction::Confirm),
        Status::Compensating | Status::Compensated => Some(Direction::Cancel),
        Status::NeedsReview | Status::Resolved => cancelled.then_some(Direction::Cancel),
    };
    let review = match row.status {
        Status::NeedsReview => Review::Requested,
        Status::Resolved => Review::Resolved,
        Status::Started | Status::Completed | Status::Compensating | Status::Compensated => Review::NotNeeded,
    };
    Attempt { kind: row.id.kind(), book, member, direction, review }
}

/// Starts anew with every request, and when a review ends while somebody is still silent; ends when nobody is waited
/// for any more or an operator was called.
fn deadline(attempt: &Attempt, phase: Phase<'_>, old: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
    if attempt.expired().is_empty() {
        return None;
    }
    let asks = matches!(phase, Phase::Started(_) | Phase::UndoRequested { .. });
    let wait = Duration::from_secs(domain::policy::ATTEMPT_DEADLINE_SECONDS.unsigned_abs());
    old.filter(|_| !asks).or_else(|| at.checked_add(wait).ok())
}

const fn step_of(kind: Kind, phase: Phase<'_>) -> StepKind {
    match phase {
        Phase::Started(_) => StepKind::Started(kind),
        Phase::Answered { participant, step, outcome } => {
            StepKind::Answered(participant, step, outcome.kind())
        }
        Phase::Confirmed => StepKind::Confirmed(kind),
        Phase::Cancelled { .. } => StepKind::Cancelled(kind),
        Phase::UndoRequested { .. } => StepKind::UndoRequested,
        Phase::Compensated => StepKind::Compensated,
        Phase::ReviewRequested { .. } => StepKind::ReviewRequested,
        Phase::ReviewResolved { .. } => StepKind::ReviewResolved,
    }
}

fn appended(mut steps: Vec<ProcessStep>, step: ProcessStep) -> Vec<ProcessStep> {
    if steps.len() >= STEPS_MAX {
        steps.remove(1);
    }
    steps.push(step);
    steps
}
