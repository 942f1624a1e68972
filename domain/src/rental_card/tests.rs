//! The rules of a card, row by row.

mod answers;
mod attempts;
mod clearing;
mod every_order;
mod late_answers;
mod overdue;
mod rent;
mod returns;
mod review;

use jiff::civil::Date;

use super::attempt::Direction;
use super::{Addressee, Answer, IssuedCard, RentalCard, RentalCardCommand, RentalCardEvent};
use crate::ids::ProcessId;
use crate::request::{Outcome, Participant, Step};
use crate::sample::{
    amount, book_no, card_no, clearing, due_day, item, jenny, points, reason, refused, rent_day,
    rent_request, rental, returning,
};
use crate::scenario::{Given, given};

/// An issued card with nothing on it.
fn card() -> Given<RentalCard> {
    given([RentalCardEvent::CardIssued { card_no: card_no(), member: jenny() }])
}

/// A card with these books rented; rental `n` is of book `n`.
fn card_with(books: &[i64]) -> Given<RentalCard> {
    books.iter().fold(card(), |card, &no| all_done(card.and(rent(no.unsigned_abs().into(), no)), rent_id(no)))
}

/// A card that owes this fee and holds nothing.
fn card_owing(days_late: i32) -> Given<RentalCard> {
    all_done(card_with(&[1]).and(bring_back(101, 1, days_after_due(days_late))), return_id(101))
}

fn all_done(card: Given<RentalCard>, process: ProcessId) -> Given<RentalCard> {
    card.and(answered(process, Participant::Book, Outcome::Done)).and(answered(
        process,
        Participant::Member,
        Outcome::Done,
    ))
}

fn issued(card: &Given<RentalCard>) -> IssuedCard {
    card.state().issued().unwrap().clone()
}

fn rent_id(n: impl TryInto<u128>) -> ProcessId {
    ProcessId::Rent(rental(n.try_into().ok().unwrap()))
}

fn return_id(n: u128) -> ProcessId {
    ProcessId::Return(returning(n))
}

fn clearing_id(n: u128) -> ProcessId {
    ProcessId::Clearing(clearing(n))
}

fn days_after_due(days: i32) -> Date {
    due_day().saturating_add(jiff::Span::new().days(days))
}

fn rent(n: u128, no: i64) -> RentalCardCommand {
    RentalCardCommand::RentItem { rental_id: rental(n), item: item(no), on: rent_day() }
}

fn bring_back(n: u128, no: i64, on: Date) -> RentalCardCommand {
    RentalCardCommand::ReturnItem { return_id: returning(n), book_no: book_no(no), on }
}

fn mark_overdue(no: i64, on: Date) -> RentalCardCommand {
    RentalCardCommand::MarkOverdue { book_no: book_no(no), on }
}

fn clear(n: u128, value: i64) -> RentalCardCommand {
    RentalCardCommand::ClearOverdue { clearing_id: clearing(n), points: amount(value) }
}

fn expire(process: ProcessId) -> RentalCardCommand {
    RentalCardCommand::ExpireAttempt { process }
}

fn resolve(process: ProcessId, direction: Direction) -> RentalCardCommand {
    RentalCardCommand::ResolveAttempt { process, direction, reason: reason("seen at the shelf") }
}

/// An answer of jenny's participants; the sample rents, returns and payments are all of book 1, unless its id says
/// another book.
fn answer(process: ProcessId, participant: Participant, step: Step, outcome: Outcome) -> RentalCardCommand {
    let no = match process {
        ProcessId::Rent(id) => i64::try_from(id.uuid().as_u128() % 100).ok(),
        ProcessId::Return(id) => i64::try_from(id.uuid().as_u128() % 100).ok(),
        ProcessId::Clearing(_) => None,
    };
    RentalCardCommand::RecordAnswer(Answer {
        to: Addressee::Process(process),
        participant,
        step,
        outcome,
        member_id: jenny().id,
        book_no: no.map(book_no),
    })
}

fn answered(process: ProcessId, participant: Participant, outcome: Outcome) -> RentalCardCommand {
    answer(process, participant, Step::Do, outcome)
}

fn undone(process: ProcessId, participant: Participant) -> RentalCardCommand {
    answer(process, participant, Step::Undo, Outcome::Done)
}

fn not_undone(process: ProcessId, participant: Participant) -> RentalCardCommand {
    answer(process, participant, Step::Undo, refused("no"))
}

fn recorded(process: ProcessId, participant: Participant, step: Step, outcome: Outcome) -> RentalCardEvent {
    RentalCardEvent::AnswerRecorded { process, participant, step, outcome }
}

fn did(process: ProcessId, participant: Participant) -> RentalCardEvent {
    recorded(process, participant, Step::Do, Outcome::Done)
}

fn did_not(process: ProcessId, participant: Participant) -> RentalCardEvent {
    recorded(process, participant, Step::Do, refused("no"))
}

fn undid(process: ProcessId, participant: Participant) -> RentalCardEvent {
    recorded(process, participant, Step::Undo, Outcome::Done)
}

fn rent_confirmed(n: u128, no: i64) -> RentalCardEvent {
    RentalCardEvent::RentConfirmed { rental_id: rental(n), item: item(no) }
}

fn rent_cancelled(n: u128, no: i64, why: &str) -> RentalCardEvent {
    RentalCardEvent::RentCancelled { asked: rent_request(n, no), reason: reason(why) }
}

fn return_confirmed(n: u128, no: i64, late_fee: i64) -> RentalCardEvent {
    let rental_id = rental(no.unsigned_abs().into());
    let late_fee = points(late_fee);
    RentalCardEvent::ReturnConfirmed { return_id: returning(n), rental_id, item: item(no), late_fee }
}

fn return_cancelled(n: u128, no: i64, late_fee: i64, why: &str) -> RentalCardEvent {
    RentalCardEvent::ReturnCancelled {
        return_id: returning(n),
        rental_id: rental(no.unsigned_abs().into()),
        item: item(no),
        late_fee: points(late_fee),
        reason: reason(why),
    }
}

fn compensated(process: ProcessId) -> RentalCardEvent {
    RentalCardEvent::AttemptCompensated { process }
}

fn review_requested(process: ProcessId, why: &str) -> RentalCardEvent {
    RentalCardEvent::ReviewRequested { process, reason: reason(why) }
}

fn review_resolved(process: ProcessId, direction: Direction) -> RentalCardEvent {
    RentalCardEvent::ReviewResolved { process, direction, reason: reason("seen at the shelf") }
}
