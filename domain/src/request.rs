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

/// A request of one attempt, complete enough that the answer can name everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whose card asks.
    pub member: Person,
    /// The points the attempt moves: an award, or a payment.
    pub points: Amount,
    /// The attempt and what it is about.
    pub what: RequestKind,
}

/// The attempt a request belongs to, with what only that kind has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestKind {
    /// A rent.
    Rent {
        /// The rental.
        rental_id: RentalId,
        /// The book wanted.
        item: Item,
        /// The day of the rent.
        rented_on: Date,
    },
    /// A return.
    Return {
        /// The return.
        return_id: ReturnId,
        /// The rental it ends.
        rental_id: RentalId,
        /// The book brought back.
        item: Item,
        /// The day of the rent it ends.
        rented_on: Date,
    },
    /// A payment of the late fee.
    Clearing {
        /// The payment.
        clearing_id: ClearingId,
    },
}

impl Request {
    /// The attempt.
    #[must_use]
    pub const fn process(&self) -> ProcessId {
        match self.what {
            RequestKind::Rent { rental_id, .. } => ProcessId::Rent(rental_id),
            RequestKind::Return { return_id, .. } => ProcessId::Return(return_id),
            RequestKind::Clearing { clearing_id } => ProcessId::Clearing(clearing_id),
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
            RequestKind::Rent { item, .. } | RequestKind::Return { item, .. } => Some(item),
            RequestKind::Clearing { .. } => None,
        }
    }

    /// The rental it starts or ends; none for a payment.
    #[must_use]
    pub const fn rental_id(&self) -> Option<RentalId> {
        match self.what {
            RequestKind::Rent { rental_id, .. } | RequestKind::Return { rental_id, .. } => Some(rental_id),
            RequestKind::Clearing { .. } => None,
        }
    }

    /// The day of the rent it starts or ends; none for a payment.
    #[must_use]
    pub const fn rented_on(&self) -> Option<Date> {
        match self.what {
            RequestKind::Rent { rented_on, .. } | RequestKind::Return { rented_on, .. } => Some(rented_on),
            RequestKind::Clearing { .. } => None,
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
