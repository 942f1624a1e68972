//! One physical copy of a book: stream `book-{no}`.

mod decide;
mod evolve;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use thiserror::Error;

use crate::decider::Decider;
use crate::ids::{BookNo, ProcessId, RentalId};
use crate::request::{Request, Step};
use crate::text::{Author, Description, Isbn, Reason, Title};

/// The state: unknown, or entered into the catalogue with a standing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Book {
    /// Nobody entered a book under this number.
    #[default]
    Unknown,
    /// A catalogued copy.
    Entered {
        /// What it is.
        details: BookDetails,
        /// Whether it can be lent.
        standing: Standing,
    },
}

/// What a copy is; everything but number and title may be unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookDetails {
    /// The copy's number.
    pub no: BookNo,
    /// Its title.
    pub title: Title,
    /// Who wrote it.
    pub author: Option<Author>,
    /// What it is about.
    pub description: Option<Description>,
    /// Its ISBN.
    pub isbn: Option<Isbn>,
    /// When it was published.
    pub publication_date: Option<Date>,
    /// How the library came by it.
    pub source: Option<Source>,
    /// What kind of book it is.
    pub classification: Option<Classification>,
    /// Where it stands.
    pub location: Option<Location>,
}

/// How the library came by a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// It was given.
    Donation,
    /// It was bought.
    Supply,
}

/// What kind of book it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Classification {
    /// Arts.
    Arts,
    /// Computing.
    Computer,
    /// Literature.
    Literature,
}

/// The library's branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// Jeongja.
    Jeongja,
    /// Pangyo.
    Pangyo,
}

/// Whether a copy can be lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Entered, never made available.
    Entered,
    /// On the shelf.
    Available,
    /// Taken out of circulation by an operator.
    Withdrawn,
    /// With a member, by this rental.
    Lent(RentalId),
}

/// The status shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BookStatus {
    /// Entered, never made available.
    Entered,
    /// On the shelf.
    Available,
    /// Lent or withdrawn.
    Unavailable,
}

impl Book {
    /// The rental that holds the copy.
    #[must_use]
    pub const fn holder(&self) -> Option<RentalId> {
        match self {
            Self::Unknown => None,
            Self::Entered { standing, .. } => standing.holder(),
        }
    }

    /// The title, which never changes once the copy is entered.
    #[must_use]
    pub const fn title(&self) -> Option<&Title> {
        match self {
            Self::Unknown => None,
            Self::Entered { details, .. } => Some(&details.title),
        }
    }
}

impl Standing {
    /// The status shown to people.
    #[must_use]
    pub const fn status(self) -> BookStatus {
        match self {
            Self::Entered => BookStatus::Entered,
            Self::Available => BookStatus::Available,
            Self::Withdrawn | Self::Lent(_) => BookStatus::Unavailable,
        }
    }

    /// The rental that holds the copy.
    #[must_use]
    pub const fn holder(self) -> Option<RentalId> {
        match self {
            Self::Lent(rental_id) => Some(rental_id),
            Self::Entered | Self::Available | Self::Withdrawn => None,
        }
    }
}

/// What can be asked of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookCommand {
    /// Enter a copy into the catalogue; the same again changes nothing, and details left out are not compared.
    Enter {
        /// What it is.
        details: BookDetails,
        /// Whether it goes on the shelf at once.
        available: bool,
    },
    /// Put it on the shelf, by an operator.
    MakeAvailable,
    /// Take it out of circulation, by an operator.
    Withdraw,
    /// Lend it (from a message; always leaves its answer).
    Lend {
        /// The request; of a rent.
        asked: Request,
    },
    /// Undo a lending (from a message; always leaves its answer).
    UndoLend {
        /// The request; of a rent.
        asked: Request,
    },
    /// Take it back (from a message; always leaves its answer).
    TakeBack {
        /// The request; of a return.
        asked: Request,
    },
    /// Undo a taking back: it is with that rental again (from a message; always leaves its answer).
    UndoTakeBack {
        /// The request; of a return.
        asked: Request,
    },
}

/// What can happen to a book. Every answer carries the request it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookEvent {
    /// A copy was entered.
    BookEntered {
        /// What it is.
        details: BookDetails,
    },
    /// It was put on the shelf by an operator.
    BookMadeAvailable {
        /// The copy's number.
        no: BookNo,
        /// Its title.
        title: Title,
    },
    /// It was taken out of circulation.
    BookWithdrawn {
        /// The copy's number.
        no: BookNo,
        /// Its title.
        title: Title,
    },
    /// It was lent.
    BookLent {
        /// The request; of a rent.
        asked: Request,
    },
    /// It was not lent. A bare answer: it changes nothing.
    LendingRefused {
        /// The request; of a rent.
        asked: Request,
        /// Why not.
        reason: Reason,
    },
    /// A lending was undone: it is on the shelf again.
    LendingUndone {
        /// The request; of a rent.
        asked: Request,
    },
    /// It was taken back: it is on the shelf again.
    BookTakenBack {
        /// The request; of a return.
        asked: Request,
    },
    /// It was not taken back. A bare answer: it changes nothing.
    TakingBackRefused {
        /// The request; of a return.
        asked: Request,
        /// Why not.
        reason: Reason,
    },
    /// A taking back was undone: it is with that rental again.
    TakingBackUndone {
        /// The request; of a return.
        asked: Request,
    },
    /// Something could not be undone. A bare answer: it changes nothing.
    UndoRefused {
        /// The request; of a rent or a return.
        asked: Request,
        /// Why not.
        reason: Reason,
    },
}

/// Why a command of an operator is turned down.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BookRefusal {
    /// No copy has this number.
    #[error("no book has this number; enter it first")]
    NotEntered,
    /// Another copy has this number.
    #[error(
        "this number belongs to a book with another {differing}; choose another number or give the same values"
    )]
    BookExists {
        /// Which detail differs, as it is named in the catalogue, such as `title`.
        differing: &'static str,
    },
    /// A rental holds the copy.
    #[error("rental {holder} holds this book; it has to be returned first")]
    BookIsLent {
        /// The rental.
        holder: RentalId,
    },
}

impl BookEvent {
    /// The request this event answers and the step it is for; none for what an operator did.
    #[must_use]
    pub const fn answers(&self) -> Option<(&Request, Step)> {
        match self {
            Self::BookLent { asked }
            | Self::LendingRefused { asked, .. }
            | Self::BookTakenBack { asked }
            | Self::TakingBackRefused { asked, .. } => Some((asked, Step::Do)),
            Self::LendingUndone { asked }
            | Self::TakingBackUndone { asked }
            | Self::UndoRefused { asked, .. } => Some((asked, Step::Undo)),
            Self::BookEntered { .. } | Self::BookMadeAvailable { .. } | Self::BookWithdrawn { .. } => None,
        }
    }

    /// The attempt this event belongs to; none for what an operator did.
    #[must_use]
    pub fn process(&self) -> Option<ProcessId> {
        self.answers().map(|(asked, _)| asked.process())
    }
}

impl Decider for Book {
    type Command = BookCommand;
    type Event = BookEvent;
    type Refusal = BookRefusal;

    fn decide(&self, command: &BookCommand) -> Result<Vec<BookEvent>, BookRefusal> {
        decide::decide(self, command)
    }

    fn evolve(self, event: &BookEvent) -> Self {
        evolve::evolve(self, event)
    }
}
