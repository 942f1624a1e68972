//! The member and the points account: stream `member-{id}`.

mod decide;
mod evolve;
#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::decider::Decider;
use crate::ids::ProcessId;
use crate::points::{Amount, Points};
use crate::request::{Person, Request, Step};
use crate::text::{Email, Reason};

/// The state: not registered, or registered with a balance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Member {
    /// Nobody registered under this id.
    #[default]
    Unknown,
    /// A registered member.
    Registered {
        /// Id and name.
        person: Person,
        /// Where to write to, when given.
        email: Option<Email>,
        /// The balance; negative only after an award was taken back that had been spent.
        points: Points,
    },
}

/// What can be asked of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberCommand {
    /// Register; the same again changes nothing, and an e-mail left out is not compared.
    Register {
        /// Id and name.
        person: Person,
        /// Where to write to.
        email: Option<Email>,
    },
    /// Add points, by an operator.
    SavePoints {
        /// How many.
        amount: Amount,
    },
    /// Take points, by an operator.
    UsePoints {
        /// How many.
        amount: Amount,
    },
    /// Award the points of a rent or a return (from a message; always leaves its answer).
    Award {
        /// The request.
        asked: Request,
    },
    /// Pay a late fee (from a message; always leaves its answer).
    Pay {
        /// The request.
        asked: Request,
    },
    /// Take an award back (from a message; never refused).
    TakeBackAward {
        /// The request.
        asked: Request,
    },
}

/// On whose behalf points moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// An operator, at the desk.
    Operator,
    /// An attempt; the event is the answer to this request.
    Attempt(Request),
}

/// What can happen to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberEvent {
    /// Somebody registered.
    MemberRegistered {
        /// Id and name.
        person: Person,
        /// Where to write to.
        email: Option<Email>,
    },
    /// Points were added.
    PointsSaved {
        /// Why.
        cause: Cause,
        /// How many.
        amount: Points,
        /// The balance after it.
        balance: Points,
    },
    /// Points were used.
    PointsUsed {
        /// Why.
        cause: Cause,
        /// How many.
        amount: Points,
        /// The balance after it.
        balance: Points,
    },
    /// An award was taken back.
    PointsTakenBack {
        /// The request this answers.
        asked: Request,
        /// How many.
        amount: Points,
        /// The balance after it; may be negative.
        balance: Points,
    },
    /// An award or a payment was refused. A bare answer: it changes nothing.
    PointsRefused {
        /// The request this answers.
        asked: Request,
        /// Why.
        reason: Reason,
    },
}

/// Why a command of an operator is turned down.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MemberRefusal {
    /// Nobody is registered under this id.
    #[error("nobody is registered under this id; register the member first")]
    NotRegistered,
    /// Somebody else has this id.
    #[error("this id belongs to a member with {differing}; choose another id or give the same values")]
    MemberExists {
        /// Which value differs: `another name` or `another e-mail address`.
        differing: &'static str,
    },
    /// The balance is too small.
    #[error("the balance of points is {balance}, below the {wanted} wanted; save points first")]
    NotEnoughPoints {
        /// What there is.
        balance: Points,
        /// What was to be used.
        wanted: Points,
    },
}

impl Member {
    /// The balance; none when nobody is registered.
    #[must_use]
    pub const fn balance(&self) -> Option<Points> {
        match self {
            Self::Unknown => None,
            Self::Registered { points, .. } => Some(*points),
        }
    }
}

impl MemberEvent {
    /// The request this event answers and the step it is for; none for what an operator did.
    #[must_use]
    pub const fn answers(&self) -> Option<(&Request, Step)> {
        match self {
            Self::PointsSaved { cause: Cause::Attempt(asked), .. }
            | Self::PointsUsed { cause: Cause::Attempt(asked), .. }
            | Self::PointsRefused { asked, .. } => Some((asked, Step::Do)),
            Self::PointsTakenBack { asked, .. } => Some((asked, Step::Undo)),
            Self::MemberRegistered { .. }
            | Self::PointsSaved { cause: Cause::Operator, .. }
            | Self::PointsUsed { cause: Cause::Operator, .. } => None,
        }
    }

    /// The attempt this event belongs to; none for what an operator did.
    #[must_use]
    pub fn process(&self) -> Option<ProcessId> {
        self.answers().map(|(asked, _)| asked.process())
    }
}

impl Decider for Member {
    type Command = MemberCommand;
    type Event = MemberEvent;
    type Refusal = MemberRefusal;

    fn decide(&self, command: &MemberCommand) -> Result<Vec<MemberEvent>, MemberRefusal> {
        decide::decide(self, command)
    }

    fn evolve(self, event: &MemberEvent) -> Self {
        evolve::evolve(self, event)
    }
}
