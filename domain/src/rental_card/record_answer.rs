//! Hearing an answer: which attempt it is for, whether it fits, and what follows.

use super::attempt::Consequence;
use super::decide::Decision;
use super::{
    Addressee, Answer, IssuedCard, Mismatch, OpenAttempt, RentalCardEvent, RentalCardRefusal, Returned,
};
use crate::points::Points;
use crate::request::{Clearing, Kind, Rent, Request, RequestKind, Return};
use crate::text::Reason;

pub(super) fn record_answer(card: &IssuedCard, answer: &Answer) -> Decision {
    let attempt =
        addressed(card, answer).map_err(|mismatch| RentalCardRefusal::NoSuchAttempt { mismatch })?;
    let follows = attempt.progress.answered(answer.participant, answer.step, &answer.outcome);
    let recorded = RentalCardEvent::AnswerRecorded {
        process: attempt.process(),
        participant: answer.participant,
        step: answer.step,
        outcome: answer.outcome.clone(),
    };
    Ok(std::iter::once(recorded).chain(follows.into_iter().map(|follow| attempt.following(follow))).collect())
}

fn addressed<'a>(card: &'a IssuedCard, answer: &Answer) -> Result<&'a OpenAttempt, Mismatch> {
    let attempt = match answer.to {
        Addressee::Process(process) => card.attempts.get(&process).ok_or(Mismatch::Process(process))?,
        Addressee::OnlyOne(kind) => only_one(card, kind, answer)?,
    };
    if answer.member_id != card.member.id {
        return Err(Mismatch::Member);
    }
    if answer.book_no != attempt.asked.item().map(|item| item.no) {
        return Err(Mismatch::Book);
    }
    if !attempt.progress.asked(answer.participant, answer.step) {
        return Err(Mismatch::NotAsked);
    }
    Ok(attempt)
}

fn only_one<'a>(card: &'a IssuedCard, kind: Kind, answer: &Answer) -> Result<&'a OpenAttempt, Mismatch> {
    let waits = |attempt: &&OpenAttempt| {
        attempt.asked.kind() == kind
            && attempt.asked.item().map(|item| item.no) == answer.book_no
            && attempt.progress.waits_for(answer.participant, answer.step)
    };
    let mut waiting = card.attempts.values().filter(waits);
    match (waiting.next(), waiting.count()) {
        (Some(attempt), 0) => Ok(attempt),
        (first, others) => Err(Mismatch::NotOne { waiting: usize::from(first.is_some()) + others }),
    }
}

impl OpenAttempt {
    /// The event that says what follows from an answer.
    fn following(&self, follow: Consequence) -> RentalCardEvent {
        let process = self.process();
        match follow {
            Consequence::Confirm => self.confirmed(),
            Consequence::Cancel { reason } => self.cancelled(reason),
            Consequence::Undo(participant) => {
                RentalCardEvent::UndoRequested { participant, asked: self.asked.clone() }
            }
            Consequence::Compensated => RentalCardEvent::AttemptCompensated { process },
            Consequence::Review { reason } => RentalCardEvent::ReviewRequested { process, reason },
        }
    }

    /// The event that says that what was asked for happens.
    pub(super) fn confirmed(&self) -> RentalCardEvent {
        match self.asked.what.clone() {
            RequestKind::Rent(Rent { rental_id, item, .. }) => {
                RentalCardEvent::RentConfirmed { rental_id, item }
            }
            RequestKind::Return(Return { return_id, rental_id, item, .. }) => {
                RentalCardEvent::ReturnConfirmed { return_id, rental_id, item, late_fee: self.late_fee() }
            }
            RequestKind::Clearing(Clearing { clearing_id }) => {
                RentalCardEvent::FeeCleared { clearing_id, points: self.asked.points.points() }
            }
        }
    }

    /// The event that says that what was asked for does not happen.
    pub(super) fn cancelled(&self, reason: Reason) -> RentalCardEvent {
        match self.asked.what.clone() {
            RequestKind::Rent(what) => {
                let (member, points) = (self.asked.member.clone(), self.asked.points);
                RentalCardEvent::RentCancelled { asked: Request { member, points, what }, reason }
            }
            RequestKind::Return(Return { return_id, rental_id, item, .. }) => {
                let late_fee = self.late_fee();
                RentalCardEvent::ReturnCancelled { return_id, rental_id, item, late_fee, reason }
            }
            RequestKind::Clearing(Clearing { clearing_id }) => {
                RentalCardEvent::ClearingRefused { clearing_id, points: self.asked.points.points(), reason }
            }
        }
    }

    fn late_fee(&self) -> Points {
        self.returned.map_or(Points::ZERO, |Returned { late_fee, .. }| late_fee)
    }
}
