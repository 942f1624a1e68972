//! What the events of a card mean for an attempt.

use super::Direction;
use crate::rental_card::Returned;
use crate::request::{Clearing, Outcome, Participant, Rent, Request, Return, Step};
use crate::text::Reason;

/// What an event of a card means for the attempt that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase<'a> {
    /// The participants are asked.
    Started(Start<'a>),
    /// One of them answered.
    Answered {
        /// Who.
        participant: Participant,
        /// What it was asked for.
        step: Step,
        /// What it said.
        outcome: &'a Outcome,
    },
    /// What was asked for happens.
    Confirmed,
    /// It does not happen.
    Cancelled {
        /// Why not.
        reason: &'a Reason,
    },
    /// One of them is asked to undo what it did.
    UndoRequested {
        /// Who.
        participant: Participant,
        /// The request it did.
        asked: &'a Request,
    },
    /// Everything that was done is undone.
    Compensated,
    /// Somebody has to look.
    ReviewRequested {
        /// Why.
        reason: &'a Reason,
    },
    /// An operator decided.
    ReviewResolved {
        /// How it ends.
        direction: Direction,
        /// Why, by the operator.
        reason: &'a Reason,
    },
}

/// What an attempt starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start<'a> {
    /// A rent.
    Rent(&'a Request<Rent>),
    /// A return, and what it did to the card at once.
    Return(&'a Request<Return>, Returned),
    /// A payment of the late fee.
    Clearing(&'a Request<Clearing>),
}

impl Phase<'_> {
    /// Why it came to this, where somebody said so for the whole attempt.
    #[must_use]
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Cancelled { reason }
            | Self::ReviewRequested { reason }
            | Self::ReviewResolved { reason, .. } => Some(reason),
            Self::Started(_)
            | Self::Answered { .. }
            | Self::Confirmed
            | Self::UndoRequested { .. }
            | Self::Compensated => None,
        }
    }
}

impl Start<'_> {
    /// What is asked of the participants.
    #[must_use]
    pub fn asked(self) -> Request {
        match self {
            Self::Rent(asked) => asked.clone().of_any_kind(),
            Self::Return(asked, _) => asked.clone().of_any_kind(),
            Self::Clearing(asked) => asked.clone().of_any_kind(),
        }
    }

    /// What a return did to the card at once; none for the other kinds.
    #[must_use]
    pub const fn returned(self) -> Option<Returned> {
        match self {
            Self::Rent(_) | Self::Clearing(_) => None,
            Self::Return(_, returned) => Some(returned),
        }
    }
}
