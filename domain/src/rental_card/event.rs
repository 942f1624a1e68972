//! What can happen to a card.

use jiff::civil::Date;

use super::attempt::{Direction, Phase, Start};
use super::{ItemChange, Returned};
use crate::ids::{BookNo, CardNo, ClearingId, ProcessId, RentalId, ReturnId};
use crate::points::Points;
use crate::request::{Clearing, Item, Outcome, Participant, Person, Rent, Request, Return, Step};
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
        /// What is asked of the participants.
        asked: Request<Rent>,
        /// The last day it may stay out without a fee.
        due_on: Date,
    },
    /// A return was started; its fee is owed at once.
    ItemReturned {
        /// What is asked of the participants.
        asked: Request<Return>,
        /// The day it came back.
        returned_on: Date,
        /// Whole days after the due date; 0 when in time.
        days_late: i32,
        /// What being late costs.
        late_fee: Points,
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
        /// What is asked of the member.
        asked: Request<Clearing>,
    },
    /// A participant answered. Nothing else follows when the answer is a repeat, too late, or not the last one awaited.
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
        /// What was asked of the participants.
        asked: Request<Rent>,
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

/// What an event is about: what everybody needs to know of it who does not follow every event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct About<'a> {
    /// The book that it names.
    pub book: Option<BookNo>,
    /// The attempt it belongs to, and what it means for that; none for what happens to the card itself.
    pub attempt: Option<(ProcessId, Phase<'a>)>,
    /// The rental whose item it changes, and how.
    pub item: Option<(RentalId, ItemChange<'a>)>,
}

impl RentalCardEvent {
    /// What this event is about. It is matched over all events, so that a new one cannot be forgotten; whoever does not
    /// follow every event asks here.
    #[must_use]
    pub fn about(&self) -> About<'_> {
        match *self {
            Self::CardIssued { .. } => About::default(),
            Self::ItemRented { ref asked, due_on } => {
                let Rent { rental_id, ref item, .. } = asked.what;
                let phase = Phase::Started(Start::Rent(asked));
                About::rent(rental_id, item, phase, ItemChange::Added { asked, due_on })
            }
            Self::RentConfirmed { rental_id, ref item } => {
                About::rent(rental_id, item, Phase::Confirmed, ItemChange::Confirmed)
            }
            Self::RentCancelled { ref asked, ref reason } => {
                let Rent { rental_id, ref item, .. } = asked.what;
                About::rent(rental_id, item, Phase::Cancelled { reason }, ItemChange::Removed)
            }
            Self::ItemReturned { ref asked, returned_on: on, late_fee, .. } => {
                let Return { return_id, rental_id, ref item, .. } = asked.what;
                let returned = Returned { on, late_fee };
                About::attempt(ProcessId::Return(return_id), Phase::Started(Start::Return(asked, returned)))
                    .with_item(rental_id, item, ItemChange::Returning { return_id, returned })
            }
            Self::ReturnConfirmed { return_id, rental_id, ref item, late_fee } => About::attempt(
                ProcessId::Return(return_id),
                Phase::Confirmed,
            )
            .with_item(rental_id, item, ItemChange::CameBack { return_id, late_fee }),
            Self::ReturnCancelled { return_id, rental_id, ref item, late_fee, ref reason } => About::attempt(
                ProcessId::Return(return_id),
                Phase::Cancelled { reason },
            )
            .with_item(rental_id, item, ItemChange::Kept { late_fee }),
            Self::ItemOverdue { rental_id, ref item, .. } => {
                About::default().with_item(rental_id, item, ItemChange::MarkedOverdue)
            }
            Self::ClearingRequested { ref asked } => {
                About::payment(asked.what.clearing_id, Phase::Started(Start::Clearing(asked)))
            }
            Self::FeeCleared { clearing_id, .. } => About::payment(clearing_id, Phase::Confirmed),
            Self::ClearingRefused { clearing_id, ref reason, .. } => {
                About::payment(clearing_id, Phase::Cancelled { reason })
            }
            Self::AnswerRecorded { process, participant, step, ref outcome } => {
                About::attempt(process, Phase::Answered { participant, step, outcome })
            }
            Self::UndoRequested { participant, ref asked } => About::undo(participant, asked),
            Self::AttemptCompensated { process } => About::attempt(process, Phase::Compensated),
            Self::ReviewRequested { process, ref reason } => {
                About::attempt(process, Phase::ReviewRequested { reason })
            }
            Self::ReviewResolved { process, direction, ref reason } => {
                About::attempt(process, Phase::ReviewResolved { direction, reason })
            }
        }
    }

    /// The attempt this event belongs to; none for what happens to the card itself.
    #[must_use]
    pub fn process(&self) -> Option<ProcessId> {
        self.about().attempt.map(|(process, _)| process)
    }
}

impl<'a> About<'a> {
    fn attempt(process: ProcessId, phase: Phase<'a>) -> Self {
        Self { attempt: Some((process, phase)), ..Self::default() }
    }

    fn rent(rental_id: RentalId, item: &Item, phase: Phase<'a>, change: ItemChange<'a>) -> Self {
        Self::attempt(ProcessId::Rent(rental_id), phase).with_item(rental_id, item, change)
    }

    fn payment(clearing_id: ClearingId, phase: Phase<'a>) -> Self {
        Self::attempt(ProcessId::Clearing(clearing_id), phase)
    }

    fn undo(participant: Participant, asked: &'a Request) -> Self {
        let book = asked.item().map(|item| item.no);
        Self { book, ..Self::attempt(asked.process(), Phase::UndoRequested { participant, asked }) }
    }

    fn with_item(self, rental_id: RentalId, item: &Item, change: ItemChange<'a>) -> Self {
        Self { book: Some(item.no), item: Some((rental_id, change)), ..self }
    }
}
