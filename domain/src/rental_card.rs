//! The rental card, which is also the process manager of its attempts: stream `rental-card-{memberId}`.

mod command;
mod event;

mod decide;
mod evolve;
mod items;
mod record_answer;
mod resolve;

#[cfg(test)]
mod tests;

pub mod attempt;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::decider::Decider;
use crate::ids::{BookNo, CardNo, ClearingId, ProcessId};
use crate::points::Points;
use crate::request::{Clearing, Person, Request, RequestKind};
use attempt::{Attempt, Status};
pub use command::{Addressee, Answer, Mismatch, RentalCardCommand, RentalCardRefusal};
pub use event::{About, RentalCardEvent};
pub use items::{CardItem, ItemChange, ItemState, ReturnedItem};

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
    /// What came back, oldest first; the last [`RETURNED_KEPT`](crate::policy::RETURNED_KEPT).
    pub returned: Vec<ReturnedItem>,
    /// What is owed for late returns.
    pub fee: Points,
    /// The attempts that have not ended, or still wait for somebody.
    pub attempts: BTreeMap<ProcessId, OpenAttempt>,
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
            RequestKind::Clearing(Clearing { clearing_id }) => Some(clearing_id),
            RequestKind::Rent(_) | RequestKind::Return(_) => None,
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
