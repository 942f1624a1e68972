//! What an event makes of a card: first of its items and its fee, then of its attempts.

use std::collections::BTreeMap;

use super::attempt::{Attempt, Phase, Start};
use super::{About, IssuedCard, OpenAttempt, RentalCard, RentalCardEvent};
use crate::ids::{CardNo, ProcessId};
use crate::points::Points;
use crate::request::Person;

pub(super) fn evolve(card: RentalCard, event: &RentalCardEvent) -> RentalCard {
    match (card, event) {
        (RentalCard::NotIssued, RentalCardEvent::CardIssued { card_no, member }) => {
            RentalCard::Issued(new(*card_no, member))
        }
        (RentalCard::NotIssued, _) => RentalCard::NotIssued,
        (RentalCard::Issued(mut card), _) => {
            card.apply(event);
            RentalCard::Issued(card)
        }
    }
}

fn new(card_no: CardNo, member: &Person) -> IssuedCard {
    IssuedCard {
        card_no,
        member: member.clone(),
        items: vec![],
        returned: vec![],
        fee: Points::ZERO,
        attempts: BTreeMap::new(),
    }
}

impl IssuedCard {
    fn apply(&mut self, event: &RentalCardEvent) {
        let About { item, attempt, .. } = event.about();
        if let Some((rental_id, change)) = item {
            self.change_item(rental_id, change);
        }
        if let RentalCardEvent::FeeCleared { points, .. } = event {
            self.fee = self.fee - *points;
        }
        match attempt {
            Some((process, Phase::Started(start))) => self.start(process, start),
            Some((process, phase)) => self.advance(process, phase),
            None => {}
        }
    }

    fn start(&mut self, process: ProcessId, start: Start<'_>) {
        let progress = Attempt::started(process.kind());
        let attempt = OpenAttempt { asked: start.asked(), returned: start.returned(), progress };
        self.attempts.insert(process, attempt);
    }

    /// Moves an attempt on, and lets go of it when it is over.
    fn advance(&mut self, process: ProcessId, phase: Phase<'_>) {
        let Some(attempt) = self.attempts.get_mut(&process) else { return };
        attempt.progress = attempt.progress.after(phase);
        if attempt.progress.is_over() || phase == Phase::Compensated {
            self.attempts.remove(&process);
        }
    }
}
