//! The items of a card: what is out or came back, and what becomes of them.

use jiff::civil::Date;

use super::{IssuedCard, Returned};
use crate::ids::{ProcessId, RentalId, ReturnId};
use crate::points::Points;
use crate::policy;
use crate::request::{Item, Rent, Request};

/// One item of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardItem {
    /// The rental.
    pub rental_id: RentalId,
    /// The book.
    pub item: Item,
    /// The day of the rent.
    pub rented_on: Date,
    /// The last day it may stay out without a fee.
    pub due_on: Date,
    /// Whether it was marked overdue.
    pub overdue: bool,
    /// How far it is.
    pub state: ItemState,
}

/// How far an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemState {
    /// The rent is not confirmed yet.
    Pending,
    /// The member has it.
    Rented,
    /// A return was asked for and is not confirmed yet.
    ReturnPending {
        /// The return.
        return_id: ReturnId,
        /// The day it came back.
        returned_on: Date,
        /// The fee that this return added.
        late_fee: Points,
    },
}

/// An item that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedItem {
    /// The rental.
    pub rental_id: RentalId,
    /// The book.
    pub item: Item,
    /// The day of the rent.
    pub rented_on: Date,
    /// The last day it could stay out without a fee.
    pub due_on: Date,
    /// The day it came back.
    pub returned_on: Date,
    /// What being late cost.
    pub late_fee: Points,
}

/// What an event makes of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemChange<'a> {
    /// A rent puts it on the card.
    Added {
        /// What was asked for.
        asked: &'a Request<Rent>,
        /// The last day it may stay out without a fee.
        due_on: Date,
    },
    /// The rent is confirmed.
    Confirmed,
    /// The rent is cancelled: it is off the card.
    Removed,
    /// It is marked overdue.
    MarkedOverdue,
    /// A return began.
    Returning {
        /// The return.
        return_id: ReturnId,
        /// The day, and the fee that is owed from now on.
        returned: Returned,
    },
    /// The return is confirmed: it is off the card.
    CameBack {
        /// The return.
        return_id: ReturnId,
        /// The fee of being late; owed again when the return had been cancelled before.
        late_fee: Points,
    },
    /// The return is cancelled: the rental goes on.
    Kept {
        /// The fee taken off.
        late_fee: Points,
    },
}

impl CardItem {
    /// Whether it counts as held: pending or rented.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        match self.state {
            ItemState::Pending | ItemState::Rented => true,
            ItemState::ReturnPending { .. } => false,
        }
    }

    /// Whole days after the due date, counted as days: a calendar period of "1 month, 2 days" would lose the month.
    #[must_use]
    pub fn days_late(&self, on: Date) -> i32 {
        let days = on.duration_since(self.due_on).as_hours() / 24;
        i32::try_from(days).unwrap_or(i32::MAX).max(0)
    }

    /// What it costs to return the item on this day.
    #[must_use]
    pub fn late_fee(&self, on: Date) -> Points {
        policy::LATE_FEE_PER_DAY.times(self.days_late(on).into())
    }
}

impl IssuedCard {
    pub(super) fn change_item(&mut self, rental_id: RentalId, change: ItemChange<'_>) {
        match change {
            ItemChange::Added { asked, due_on } => self.items.push(CardItem {
                rental_id,
                item: asked.what.item.clone(),
                rented_on: asked.what.rented_on,
                due_on,
                overdue: false,
                state: ItemState::Pending,
            }),
            ItemChange::Confirmed => self.with_item(rental_id, |item| item.state = ItemState::Rented),
            ItemChange::Removed => self.items.retain(|item| item.rental_id != rental_id),
            ItemChange::MarkedOverdue => self.with_item(rental_id, |item| item.overdue = true),
            ItemChange::Returning { return_id, returned: Returned { on: returned_on, late_fee } } => {
                let state = ItemState::ReturnPending { return_id, returned_on, late_fee };
                self.with_item(rental_id, |item| item.state = state);
                self.fee = self.fee + late_fee;
            }
            ItemChange::CameBack { return_id, late_fee } => {
                let Some(item) = self.take_off(rental_id) else { return };
                // The fee is owed since the return began, unless that return was cancelled in between.
                if !matches!(item.state, ItemState::ReturnPending { .. }) {
                    self.fee = self.fee + late_fee;
                }
                self.remember_returned(return_id, item, late_fee);
            }
            ItemChange::Kept { late_fee } => {
                self.with_item(rental_id, |item| item.state = ItemState::Rented);
                self.fee = self.fee - late_fee;
            }
        }
    }

    fn with_item(&mut self, rental_id: RentalId, change: impl FnOnce(&mut CardItem)) {
        if let Some(item) = self.items.iter_mut().find(|item| item.rental_id == rental_id) {
            change(item);
        }
    }

    fn take_off(&mut self, rental_id: RentalId) -> Option<CardItem> {
        let at = self.items.iter().position(|item| item.rental_id == rental_id)?;
        Some(self.items.remove(at))
    }

    /// Among the latest that came back, if it is known when.
    fn remember_returned(&mut self, return_id: ReturnId, item: CardItem, late_fee: Points) {
        let attempt = self.attempts.get(&ProcessId::Return(return_id));
        let Some(Returned { on: returned_on, .. }) = attempt.and_then(|attempt| attempt.returned) else {
            return;
        };
        let CardItem { rental_id, item, rented_on, due_on, .. } = item;
        self.returned.push(ReturnedItem { rental_id, item, rented_on, due_on, returned_on, late_fee });
        let forgotten = self.returned.len().saturating_sub(policy::RETURNED_KEPT);
        self.returned.drain(..forgotten);
    }
}
