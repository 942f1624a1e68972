//! What a card asks of the other aggregates, and what they answer.

use jiff::civil::Date;

use crate::ids::{BookNo, ClearingId, MemberId, ProcessId, RentalId, ReturnId};
use crate::points::Amount;
use crate::text::{PersonName, Reason, Title};

/// A member as others need to know them. The name is personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: MemberId,
    /// The name to show.
    pub name: PersonName,
}

/// A book as a card knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The copy's number.
    pub no: BookNo,
    /// Its title when it was rented.
    pub title: Title,
}

/// The three kinds of attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A book is lent and the member earns points.
    Rent,
    /// A book is taken back and the member earns points.
    Return,
    /// The member pays the late fee.
    Overdue,
}

/// Who takes part in an attempt and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Participant {
    /// The book of the attempt's item.
    Book,
    /// The member's points account.
    Member,
}

/// What a participant was asked for: to do its part, or to undo it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Do the part.
    Do,
    /// Undo what was done.
    Undo,
}

/// What a participant answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did what was asked.
    Done,
    /// It did not.
    Refused {
        /// Why not.
        reason: Reason,
    },
}

/// An answer without its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutcomeKind {
    /// It did what was asked.
    Done,
    /// It did not.
    Refused,
}

impl Outcome {
    /// The answer without its reason.
    #[must_use]
    pub const fn kind(&self) -> OutcomeKind {
        match self {
            Self::Done => OutcomeKind::Done,
            Self::Refused { .. } => OutcomeKind::Refused,
        }
    }
}

/// A request of one attempt, complete enough that the answer can name everything. Without a type it is of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<W = RequestKind> {
    /// Whose card asks.
    pub member: Person,
    /// The points the attempt moves: an award, or a payment.
    pub points: Amount,
    /// The attempt and what it is about.
    pub what: W,
}

/// The attempt a request belongs to, with what only that kind has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestKind {
    /// A rent.
    Rent(Rent),
    /// A return.
    Return(Return),
    /// A payment of the late fee.
    Clearing(Clearing),
}

/// What a rent asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rent {
    /// The rental.
    pub rental_id: RentalId,
    /// The book wanted.
    pub item: Item,
    /// The day of the rent.
    pub rented_on: Date,
}

/// What a return asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// The return.
    pub return_id: ReturnId,
    /// The rental it ends.
    pub rental_id: RentalId,
    /// The book brought back.
    pub item: Item,
    /// The day of the rent it ends.
    pub rented_on: Date,
}

/// What a payment of the late fee asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clearing {
    /// The payment.
    pub clearing_id: ClearingId,
}

impl From<Rent> for RequestKind {
    fn from(rent: Rent) -> Self {
        Self::Rent(rent)
    }
}

impl From<Return> for RequestKind {
    fn from(giving_back: Return) -> Self {
        Self::Return(giving_back)
    }
}

impl From<Clearing> for RequestKind {
    fn from(clearing: Clearing) -> Self {
        Self::Clearing(clearing)
    }
}

impl<W: Into<RequestKind>> Request<W> {
    /// The same among requests of every kind.
    #[must_use]
    pub fn of_any_kind(self) -> Request {
        Request { member: self.member, points: self.points, what: self.what.into() }
    }
}

impl Request {
    /// The attempt.
    #[must_use]
    pub const fn process(&self) -> ProcessId {
        match &self.what {
            RequestKind::Rent(rent) => ProcessId::Rent(rent.rental_id),
            RequestKind::Return(giving_back) => ProcessId::Return(giving_back.return_id),
            RequestKind::Clearing(clearing) => ProcessId::Clearing(clearing.clearing_id),
        }
    }

    /// The kind of attempt.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.process().kind()
    }

    /// The book it is about; none for a payment.
    #[must_use]
    pub const fn item(&self) -> Option<&Item> {
        match &self.what {
            RequestKind::Rent(Rent { item, .. }) | RequestKind::Return(Return { item, .. }) => Some(item),
            RequestKind::Clearing(_) => None,
        }
    }

    /// The rental it starts or ends; none for a payment.
    #[must_use]
    pub const fn rental_id(&self) -> Option<RentalId> {
        match &self.what {
            RequestKind::Rent(Rent { rental_id, .. }) | RequestKind::Return(Return { rental_id, .. }) => {
                Some(*rental_id)
            }
            RequestKind::Clearing(_) => None,
        }
    }

    /// The day of the rent it starts or ends; none for a payment.
    #[must_use]
    pub const fn rented_on(&self) -> Option<Date> {
        match &self.what {
            RequestKind::Rent(Rent { rented_on, .. }) | RequestKind::Return(Return { rented_on, .. }) => {
                Some(*rented_on)
            }
            RequestKind::Clearing(_) => None,
        }
    }
}

impl ProcessId {
    /// The kind of attempt this id names.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Rent(_) => Kind::Rent,
            Self::Return(_) => Kind::Return,
            Self::Clearing(_) => Kind::Overdue,
        }
    }
}
