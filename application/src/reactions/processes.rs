//! The attempts: one row each, folded with the same state machine that the card uses.

use std::time::Duration;

use domain::rental_card::RentalCardEvent;
use domain::rental_card::attempt::{Attempt, Direction, Part, Review, Status};
use domain::{BookNo, MemberId, Outcome, Participant, ProcessId, Reason, Step};
use jiff::Timestamp;

use crate::codec::AnyEvent;
use crate::ports::process_view::{ParticipantRow, ProcessRow, ProcessStep, STEPS_MAX};
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
        let AnyEvent::RentalCard(event) = event else { return None };
        event.process().map(RowKey::Process)
    }

    fn apply(&self, old: Option<Row>, happened: &DecodedEvent) -> Option<Row> {
        let AnyEvent::RentalCard(event) = &happened.event else { return old };
        let old = match old {
            Some(Row::Process(row)) => Some(*row),
            Some(Row::Catalogue(_) | Row::Loan(_) | Row::BestSeller(_)) | None => None,
        };
        let started = old.or_else(|| started(event, happened))?;
        Some(Row::Process(Box::new(after(started, event, happened))))
    }
}

fn started(event: &RentalCardEvent, happened: &DecodedEvent) -> Option<ProcessRow> {
    let (id, member_id, book_no) = start_of(event)?;
    let attempt = Attempt::started(id.kind());
    let part = |state: Part| ParticipantRow { state, reason: None };
    Some(ProcessRow {
        id,
        member_id: member_id.clone(),
        book_no,
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

fn start_of(event: &RentalCardEvent) -> Option<(ProcessId, &MemberId, Option<BookNo>)> {
    let process = event.process()?;
    match event {
        RentalCardEvent::ItemRented { member, item, .. }
        | RentalCardEvent::ItemReturned { member, item, .. } => Some((process, &member.id, Some(item.no))),
        RentalCardEvent::ClearingRequested { member, .. } => Some((process, &member.id, None)),
        RentalCardEvent::CardIssued { .. }
        | RentalCardEvent::ItemOverdue { .. }
        | RentalCardEvent::AnswerRecorded { .. }
        | RentalCardEvent::RentConfirmed { .. }
        | RentalCardEvent::RentCancelled { .. }
        | RentalCardEvent::ReturnConfirmed { .. }
        | RentalCardEvent::ReturnCancelled { .. }
        | RentalCardEvent::FeeCleared { .. }
        | RentalCardEvent::ClearingRefused { .. }
        | RentalCardEvent::UndoRequested { .. }
        | RentalCardEvent::AttemptCompensated { .. }
        | RentalCardEvent::ReviewRequested { .. }
        | RentalCardEvent::ReviewResolved { .. } => None,
    }
}

fn after(old: ProcessRow, event: &RentalCardEvent, happened: &DecodedEvent) -> ProcessRow {
    let at = happened.recorded.occurred_at;
    let attempt = evolve(attempt_of(&old), event);
    let deadline = deadline(&attempt, event, old.deadline, at);
    let (mut book, mut member) = (old.book, old.member);
    for (row, state) in book.iter_mut().zip(attempt.book).chain([(&mut member, attempt.member)]) {
        row.state = state;
    }
    if let Some((participant, reason)) = refused(event) {
        let row = match participant {
            Participant::Book => book.as_mut(),
            Participant::Member => Some(&mut member),
        };
        // The first answer wins, so a later refusal of one that did its part is not its reason.
        row.filter(|row| matches!(row.state, Part::Refused | Part::UndoRefused) && row.reason.is_none())
            .into_iter()
            .for_each(|row| row.reason = Some(reason.clone()));
    }
    let step = ProcessStep { at, position: happened.recorded.position, what: what(event, happened) };
    ProcessRow {
        status: attempt.status(),
        reason: reason_of(event).cloned().or(old.reason),
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

fn evolve(attempt: Attempt, event: &RentalCardEvent) -> Attempt {
    match event {
        RentalCardEvent::AnswerRecorded { participant, step, outcome, .. } => {
            attempt.apply_answer(*participant, *step, outcome)
        }
        RentalCardEvent::RentConfirmed { .. }
        | RentalCardEvent::ReturnConfirmed { .. }
        | RentalCardEvent::FeeCleared { .. } => attempt.with_direction(Direction::Confirm),
        RentalCardEvent::RentCancelled { .. }
        | RentalCardEvent::ReturnCancelled { .. }
        | RentalCardEvent::ClearingRefused { .. } => attempt.with_direction(Direction::Cancel),
        RentalCardEvent::UndoRequested { participant, .. } => attempt.undo_requested(*participant),
        // It ends a review as well: nothing is left to look at.
        RentalCardEvent::AttemptCompensated { .. } => attempt.with_direction(Direction::Cancel),
        RentalCardEvent::ReviewRequested { .. } => attempt.review_requested(),
        RentalCardEvent::ReviewResolved { direction, .. } => attempt.resolved(*direction),
        RentalCardEvent::CardIssued { .. }
        | RentalCardEvent::ItemRented { .. }
        | RentalCardEvent::ItemReturned { .. }
        | RentalCardEvent::ItemOverdue { .. }
        | RentalCardEvent::ClearingRequested { .. } => attempt,
    }
}

/// Starts anew with every request, and when a review ends while somebody is still silent; ends when nobody is waited
/// for any more or an operator was called.
fn deadline(
    attempt: &Attempt,
    event: &RentalCardEvent,
    old: Option<Timestamp>,
    at: Timestamp,
) -> Option<Timestamp> {
    if attempt.expired().is_empty() {
        return None;
    }
    let asks = start_of(event).is_some() || matches!(event, RentalCardEvent::UndoRequested { .. });
    let wait = Duration::from_secs(domain::policy::ATTEMPT_DEADLINE_SECONDS.unsigned_abs());
    old.filter(|_| !asks).or_else(|| at.checked_add(wait).ok())
}

const fn refused(event: &RentalCardEvent) -> Option<(Participant, &Reason)> {
    match event {
        RentalCardEvent::AnswerRecorded { participant, outcome: Outcome::Refused { reason }, .. } => {
            Some((*participant, reason))
        }
        _ => None,
    }
}

const fn reason_of(event: &RentalCardEvent) -> Option<&Reason> {
    match event {
        RentalCardEvent::RentCancelled { reason, .. }
        | RentalCardEvent::ReturnCancelled { reason, .. }
        | RentalCardEvent::ClearingRefused { reason, .. }
        | RentalCardEvent::ReviewRequested { reason, .. }
        | RentalCardEvent::ReviewResolved { reason, .. } => Some(reason),
        _ => None,
    }
}

/// The event's type without its aggregate; for an answer also who, to what, and how.
fn what(event: &RentalCardEvent, happened: &DecodedEvent) -> String {
    let kind = happened.recorded.kind.as_str();
    let name = kind.split_once('.').map_or(kind, |(_, name)| name);
    let RentalCardEvent::AnswerRecorded { participant, step, outcome, .. } = event else {
        return name.to_owned();
    };
    let who = match participant {
        Participant::Book => "BOOK",
        Participant::Member => "MEMBER",
    };
    let step = match step {
        Step::Do => "DO",
        Step::Undo => "UNDO",
    };
    let how = match outcome {
        Outcome::Done => "DONE",
        Outcome::Refused { .. } => "REFUSED",
    };
    format!("{name} {who} {step} {how}")
}

fn appended(mut steps: Vec<ProcessStep>, step: ProcessStep) -> Vec<ProcessStep> {
    if steps.len() >= STEPS_MAX {
        steps.remove(1);
    }
    steps.push(step);
    steps
}
