//! What an event makes of a card: first of its items and its fee, then of its attempts.

use std::collections::BTreeMap;

use super::attempt::{Attempt, Direction};
use super::{
    CardItem, IssuedCard, ItemState, OpenAttempt, RentalCard, RentalCardEvent, Returned, ReturnedItem,
};
use crate::ids::{CardNo, ProcessId, RentalId, ReturnId};
use crate::points::{Amount, Points};
use crate::policy;
use crate::request::{Person, Request, RequestKind};

pub(super) fn evolve(card: RentalCard, event: &RentalCardEvent) -> RentalCard {
    match (card, event) {
        (RentalCard::NotIssued, RentalCardEvent::CardIssued { card_no, member }) => {
            RentalCard::Issued(new(*card_no, member))
        }
        (RentalCard::NotIssued, _) => RentalCard::NotIssued,
        (RentalCard::Issued(mut card), _) => {
            card.settle_items(event);
            card.settle_attempts(event);
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
    fn settle_items(&mut self, event: &RentalCardEvent) {
        match event {
            RentalCardEvent::ItemRented { rental_id, item, rented_on, due_on, .. } => {
                self.items.push(CardItem {
                    rental_id: *rental_id,
                    item: item.clone(),
                    rented_on: *rented_on,
                    due_on: *due_on,
                    overdue: false,
                    state: ItemState::Pending,
                });
            }
            RentalCardEvent::ItemReturned { return_id, rental_id, returned_on, late_fee, .. } => {
                let (return_id, returned_on, late_fee) = (*return_id, *returned_on, *late_fee);
                self.set_state(*rental_id, ItemState::ReturnPending { return_id, returned_on, late_fee });
                self.fee = self.fee + late_fee;
            }
            RentalCardEvent::ItemOverdue { rental_id, .. } => self.mark_overdue(*rental_id),
            RentalCardEvent::RentConfirmed { rental_id, .. } => self.set_state(*rental_id, ItemState::Rented),
            RentalCardEvent::RentCancelled { rental_id, .. } => {
                self.items.retain(|item| item.rental_id != *rental_id);
            }
            RentalCardEvent::ReturnConfirmed { return_id, rental_id, late_fee, .. } => {
                self.came_back(*return_id, *rental_id, *late_fee);
            }
            RentalCardEvent::ReturnCancelled { rental_id, late_fee, .. } => {
                self.set_state(*rental_id, ItemState::Rented);
                self.fee = self.fee - *late_fee;
            }
            RentalCardEvent::FeeCleared { points, .. } => self.fee = self.fee - *points,
            RentalCardEvent::CardIssued { .. }
            | RentalCardEvent::ClearingRequested { .. }
            | RentalCardEvent::ClearingRefused { .. }
            | RentalCardEvent::AnswerRecorded { .. }
            | RentalCardEvent::UndoRequested { .. }
            | RentalCardEvent::AttemptCompensated { .. }
            | RentalCardEvent::ReviewRequested { .. }
            | RentalCardEvent::ReviewResolved { .. } => {}
        }
    }

    fn settle_attempts(&mut self, event: &RentalCardEvent) {
        match event {
            RentalCardEvent::ItemRented { member, rental_id, item, rented_on, points, .. } => {
                let (rental_id, item, rented_on) = (*rental_id, item.clone(), *rented_on);
                self.start(member, *points, RequestKind::Rent { rental_id, item, rented_on }, None);
            }
            RentalCardEvent::ItemReturned {
                member,
                return_id,
                rental_id,
                item,
                rented_on,
                returned_on,
                late_fee,
                points,
                ..
            } => {
                let (return_id, rental_id, item) = (*return_id, *rental_id, item.clone());
                let what = RequestKind::Return { return_id, rental_id, item, rented_on: *rented_on };
                let returned = Returned { on: *returned_on, late_fee: *late_fee };
                self.start(member, *points, what, Some(returned));
            }
            RentalCardEvent::ClearingRequested { member, clearing_id, points } => {
                self.start(member, *points, RequestKind::Clearing { clearing_id: *clearing_id }, None);
            }
            RentalCardEvent::RentConfirmed { rental_id, .. } => {
                self.direct(ProcessId::Rent(*rental_id), Direction::Confirm);
            }
            RentalCardEvent::RentCancelled { rental_id, .. } => {
                self.direct(ProcessId::Rent(*rental_id), Direction::Cancel);
            }
            RentalCardEvent::ReturnConfirmed { return_id, .. } => {
                self.direct(ProcessId::Return(*return_id), Direction::Confirm);
            }
            RentalCardEvent::ReturnCancelled { return_id, .. } => {
                self.direct(ProcessId::Return(*return_id), Direction::Cancel);
            }
            RentalCardEvent::FeeCleared { clearing_id, .. } => {
                self.direct(ProcessId::Clearing(*clearing_id), Direction::Confirm);
            }
            RentalCardEvent::ClearingRefused { clearing_id, .. } => {
                self.direct(ProcessId::Clearing(*clearing_id), Direction::Cancel);
            }
            RentalCardEvent::AnswerRecorded { process, participant, step, outcome } => {
                self.advance(*process, |attempt| attempt.apply_answer(*participant, *step, outcome));
            }
            RentalCardEvent::UndoRequested { participant, asked } => {
                self.advance(asked.process(), |attempt| attempt.undo_requested(*participant));
            }
            RentalCardEvent::ReviewRequested { process, .. } => {
                self.advance(*process, Attempt::review_requested);
            }
            RentalCardEvent::ReviewResolved { process, direction, .. } => {
                self.advance(*process, |attempt| attempt.resolved(*direction));
            }
            RentalCardEvent::AttemptCompensated { process } => {
                self.attempts.remove(process);
            }
            RentalCardEvent::CardIssued { .. } | RentalCardEvent::ItemOverdue { .. } => {}
        }
    }

    fn start(&mut self, member: &Person, points: Amount, what: RequestKind, returned: Option<Returned>) {
        let asked = Request { member: member.clone(), points, what };
        let progress = Attempt::started(asked.kind());
        self.attempts.insert(asked.process(), OpenAttempt { asked, returned, progress });
    }

    fn direct(&mut self, process: ProcessId, direction: Direction) {
        self.advance(process, |attempt| attempt.with_direction(direction));
    }

    /// Moves an attempt on, and lets go of it when it is over.
    fn advance(&mut self, process: ProcessId, step: impl FnOnce(Attempt) -> Attempt) {
        let Some(attempt) = self.attempts.get_mut(&process) else { return };
        attempt.progress = step(attempt.progress);
        if attempt.progress.is_over() {
            self.attempts.remove(&process);
        }
    }

    fn set_state(&mut self, rental_id: RentalId, state: ItemState) {
        if let Some(item) = self.items.iter_mut().find(|item| item.rental_id == rental_id) {
            item.state = state;
        }
    }

    fn mark_overdue(&mut self, rental_id: RentalId) {
        if let Some(item) = self.items.iter_mut().find(|item| item.rental_id == rental_id) {
            item.overdue = true;
        }
    }

    /// Takes the item off. The fee is owed since the return began, unless that return was cancelled in between.
    fn came_back(&mut self, return_id: ReturnId, rental_id: RentalId, late_fee: Points) {
        let Some(at) = self.items.iter().position(|item| item.rental_id == rental_id) else { return };
        let CardItem { item, rented_on, due_on, state, .. } = self.items.remove(at);
        if !matches!(state, ItemState::ReturnPending { .. }) {
            self.fee = self.fee + late_fee;
        }
        let attempt = self.attempts.get(&ProcessId::Return(return_id));
        let Some(Returned { on: returned_on, .. }) = attempt.and_then(|attempt| attempt.returned) else {
            return;
        };
        self.returned.push(ReturnedItem { rental_id, item, rented_on, due_on, returned_on, late_fee });
        let forgotten = self.returned.len().saturating_sub(policy::RETURNED_KEPT);
        self.returned.drain(..forgotten);
    }
}
