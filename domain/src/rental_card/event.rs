//! What can happen to a card.

use jiff::civil::Date;

use super::attempt::Direction;
use crate::ids::{CardNo, ClearingId, ProcessId, RentalId, ReturnId};
use crate::points::{Amount, Points};
use crate::request::{Item, Outcome, Participant, Person, Request, Step};
use crate::text::Reason;

/// What can happen to a card. An event that becomes a message holds all that the message needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RentalCardEvent {
    /// The card was issued.
    CardIssued {
        /// The number printed on it.
        card_no: CardNo,
        /// Whose it is.
        member: Person,
    },
    /// A rent was started.
    ItemRented {
        /// Whose card.
        member: Person,
        /// The rental.
        rental_id: RentalId,
        /// The book.
        item: Item,
        /// The day of the rent.
        rented_on: Date,
        /// The last day it may stay out without a fee.
        due_on: Date,
        /// The award.
        points: Amount,
    },
    /// A return was started; its fee is owed at once.
    ItemReturned {
        /// Whose card.
        member: Person,
        /// The return.
        return_id: ReturnId,
        /// The rental it ends.
        rental_id: RentalId,
        /// The book.
        item: Item,
        /// The day of the rent.
        rented_on: Date,
        /// The day it came back.
        returned_on: Date,
        /// Whole days after the due date; 0 when in time.
        days_late: i32,
        /// What being late costs.
        late_fee: Points,
        /// The award.
        points: Amount,
    },
    /// An item was marked overdue.
    ItemOverdue {
        /// The rental.
        rental_id: RentalId,
        /// The book.
        item: Item,
        /// The day it was marked.
        on: Date,
    },
    /// The payment of the fee was started.
    ClearingRequested {
        /// Whose card.
        member: Person,
        /// The payment.
        clearing_id: ClearingId,
        /// What is to be paid.
        points: Amount,
    },
    /// A participant answered. A bare answer when it is a repeat or comes too late to matter.
    AnswerRecorded {
        /// The attempt.
        process: ProcessId,
        /// Who answered.
        participant: Participant,
        /// What it was asked for.
        step: Step,
        /// What it said.
        outcome: Outcome,
    },
    /// A rent is complete: the member has the book.
    RentConfirmed {
        /// The rental.
        rental_id: RentalId,
        /// The book.
        item: Item,
    },
    /// A rent was cancelled: the item is off the card.
    RentCancelled {
        /// Whose card.
        member: Person,
        /// The rental.
        rental_id: RentalId,
        /// The book.
        item: Item,
        /// The day of the rent.
        rented_on: Date,
        /// The award it promised.
        points: Amount,
        /// Why.
        reason: Reason,
    },
    /// A return is complete: the item is off the card.
    ReturnConfirmed {
        /// The return.
        return_id: ReturnId,
        /// The rental it ended.
        rental_id: RentalId,
        /// The book.
        item: Item,
        /// The fee of being late; owed again when the return had been cancelled before.
        late_fee: Points,
    },
    /// A return was cancelled: the item is rented again and the return's fee is taken off.
    ReturnCancelled {
        /// The return.
        return_id: ReturnId,
        /// The rental that goes on.
        rental_id: RentalId,
        /// The book.
        item: Item,
        /// The fee taken off.
        late_fee: Points,
        /// Why.
        reason: Reason,
    },
    /// The fee was paid.
    FeeCleared {
        /// The payment.
        clearing_id: ClearingId,
        /// What was paid.
        points: Points,
    },
    /// The payment did not happen; the fee stays.
    ClearingRefused {
        /// The payment.
        clearing_id: ClearingId,
        /// What was to be paid.
        points: Points,
        /// Why not.
        reason: Reason,
    },
    /// A participant is asked to undo what it did.
    UndoRequested {
        /// Who.
        participant: Participant,
        /// The request it did.
        asked: Request,
    },
    /// Everything that was done for a cancelled attempt is undone.
    AttemptCompensated {
        /// The attempt.
        process: ProcessId,
    },
    /// Somebody has to look at this attempt.
    ReviewRequested {
        /// The attempt.
        process: ProcessId,
        /// Why.
        reason: Reason,
    },
    /// An operator decided an attempt that was in review.
    ReviewResolved {
        /// The attempt.
        process: ProcessId,
        /// How it ends.
        direction: Direction,
        /// Why, by the operator.
        reason: Reason,
    },
}

impl RentalCardEvent {
    /// The attempt this event belongs to; none for what happens to the card itself.
    #[must_use]
    pub const fn process(&self) -> Option<ProcessId> {
        match self {
            Self::ItemRented { rental_id, .. }
            | Self::RentConfirmed { rental_id, .. }
            | Self::RentCancelled { rental_id, .. } => Some(ProcessId::Rent(*rental_id)),
            Self::ItemReturned { return_id, .. }
            | Self::ReturnConfirmed { return_id, .. }
            | Self::ReturnCancelled { return_id, .. } => Some(ProcessId::Return(*return_id)),
            Self::ClearingRequested { clearing_id, .. }
            | Self::FeeCleared { clearing_id, .. }
            | Self::ClearingRefused { clearing_id, .. } => Some(ProcessId::Clearing(*clearing_id)),
            Self::AnswerRecorded { process, .. }
            | Self::AttemptCompensated { process }
            | Self::ReviewRequested { process, .. }
            | Self::ReviewResolved { process, .. } => Some(*process),
            Self::UndoRequested { asked, .. } => Some(asked.process()),
            Self::CardIssued { .. } | Self::ItemOverdue { .. } => None,
        }
    }
}
