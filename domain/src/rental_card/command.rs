//! What can be asked of a card, and the answers it hears.

use jiff::civil::Date;

use super::attempt::Direction;
use crate::ids::{BookNo, CardNo, ClearingId, MemberId, ProcessId, RentalId, ReturnId};
use crate::points::Amount;
use crate::request::{Item, Kind, Outcome, Participant, Person, Step};
use crate::text::Reason;

/// What can be asked of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RentalCardCommand {
    /// Issue the card; the same again changes nothing.
    IssueCard {
        /// The number to print on it.
        card_no: CardNo,
        /// Whose it is.
        member: Person,
    },
    /// Start a rent.
    RentItem {
        /// The rental.
        rental_id: RentalId,
        /// The book.
        item: Item,
        /// Today.
        on: Date,
    },
    /// Start a return.
    ReturnItem {
        /// The return.
        return_id: ReturnId,
        /// The book.
        book_no: BookNo,
        /// Today.
        on: Date,
    },
    /// Mark an item overdue; marked already changes nothing.
    MarkOverdue {
        /// The book.
        book_no: BookNo,
        /// Today.
        on: Date,
    },
    /// Start the payment of the late fee.
    ClearOverdue {
        /// The payment.
        clearing_id: ClearingId,
        /// What is offered; must be the fee exactly.
        points: Amount,
    },
    /// Record what a participant answered (from a message; leaves an event or is rejected).
    RecordAnswer(Answer),
    /// The deadline of an attempt has passed.
    ExpireAttempt {
        /// The attempt.
        process: ProcessId,
    },
    /// Decide by hand an attempt that is in review.
    ResolveAttempt {
        /// The attempt.
        process: ProcessId,
        /// How it shall end.
        direction: Direction,
        /// Why, by the operator.
        reason: Reason,
    },
}

/// An answer as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Which attempt it is for.
    pub to: Addressee,
    /// Who answers.
    pub participant: Participant,
    /// What it was asked for.
    pub step: Step,
    /// What it says.
    pub outcome: Outcome,
    /// The member it names.
    pub member_id: MemberId,
    /// The book it names; none for a payment.
    pub book_no: Option<BookNo>,
}

/// Which attempt an answer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressee {
    /// The one it names.
    Process(ProcessId),
    /// An answer without ids: the one attempt of this kind and item that waits for the participant.
    OnlyOne(Kind),
}
