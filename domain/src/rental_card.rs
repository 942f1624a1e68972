//! The rental card, which is also the process manager of its attempts: stream `rental-card-{memberId}`.

mod command;
mod event;
mod refusal;

mod decide;
mod evolve;
mod record_answer;
mod resolve;

#[cfg(test)]
mod tests;

pub mod attempt;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::decider::Decider;
use crate::ids::{BookNo, CardNo, ClearingId, ProcessId, RentalId, ReturnId};
use crate::points::Points;
use crate::policy;
use crate::request::{Item, Person, Request, RequestKind};
use attempt::{Attempt, Status};
pub use command::{Addressee, Answer, RentalCardCommand};
pub use event::RentalCardEvent;
pub use refusal::{Mismatch, RentalCardRefusal};

/// The state: no card, or an issued one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RentalCard {
    /// Nobody has a card under this id.
    #[default]
    NotIssued,
    /// An issued card.
    Issued(IssuedCard),
}

/// An issued card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCard {
    /// The number printed on it.
    pub card_no: CardNo,
    /// Whose it is.
    pub member: Person,
    /// What is out or being returned, oldest rent first.
    pub items: Vec<CardItem>,
    /// What came back, oldest first; the last [`policy::RETURNED_KEPT`].
    pub returned: Vec<ReturnedItem>,
    /// What is owed for late returns.
    pub fee: Points,
    /// The attempts that have not ended, or still wait for somebody.
    pub attempts: BTreeMap<ProcessId, OpenAttempt>,
}

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

/// An attempt that has not ended, with what is needed to confirm, cancel or undo it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAttempt {
    /// What was asked of the participants.
    pub asked: Request,
    /// The day a return was made and the fee it added; none for the other kinds.
    pub returned: Option<Returned>,
    /// How far it is.
    pub progress: Attempt,
}

/// What a return did to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned {
    /// The day the book came back.
    pub on: Date,
    /// The fee that being late added.
    pub late_fee: Points,
}

impl RentalCard {
    /// The card, when one was issued.
    #[must_use]
    pub const fn issued(&self) -> Option<&IssuedCard> {
        match self {
            Self::NotIssued => None,
            Self::Issued(card) => Some(card),
        }
    }
}

impl IssuedCard {
    /// The items that count as held: those pending or rented, not those on their way back.
    pub fn held(&self) -> impl Iterator<Item = &CardItem> {
        self.items.iter().filter(|item| item.is_held())
    }

    /// How many items are held.
    #[must_use]
    pub fn held_count(&self) -> usize {
        self.held().count()
    }

    /// Whether the member may rent nothing until a fee is paid or an overdue item is back.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.fee.is_positive() || self.held().any(|item| item.overdue)
    }

    /// The payment that is under way: asked for, and neither made nor refused yet.
    #[must_use]
    pub fn clearing(&self) -> Option<ClearingId> {
        let undecided = |attempt: &&OpenAttempt| attempt.progress.direction.is_none();
        self.attempts.values().filter(undecided).find_map(|attempt| match attempt.asked.what {
            RequestKind::Clearing { clearing_id } => Some(clearing_id),
            RequestKind::Rent { .. } | RequestKind::Return { .. } => None,
        })
    }

    /// What the held books would cost if all came back on this day. It is not owed before they do.
    #[must_use]
    pub fn accruing_fee(&self, on: Date) -> Points {
        self.held().map(|held| held.late_fee(on)).fold(Points::ZERO, |sum, fee| sum + fee)
    }

    /// The item of this book, whether held or on its way back.
    #[must_use]
    pub fn item(&self, book_no: BookNo) -> Option<&CardItem> {
        self.items.iter().find(|item| item.item.no == book_no)
    }
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

impl OpenAttempt {
    /// The attempt's id.
    #[must_use]
    pub const fn process(&self) -> ProcessId {
        self.asked.process()
    }

    /// The status shown to people.
    #[must_use]
    pub fn status(&self) -> Status {
        self.progress.status()
    }
}

impl Decider for RentalCard {
    type Command = RentalCardCommand;
    type Event = RentalCardEvent;
    type Refusal = RentalCardRefusal;

    fn decide(&self, command: &RentalCardCommand) -> Result<Vec<RentalCardEvent>, RentalCardRefusal> {
        decide::decide(self, command)
    }

    fn evolve(self, event: &RentalCardEvent) -> Self {
        evolve::evolve(self, event)
    }
}
