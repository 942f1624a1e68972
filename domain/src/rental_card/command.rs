//! What can be asked of a card, the answers it hears, and why it turns a command down.

use jiff::civil::Date;
use thiserror::Error;

use super::attempt::Direction;
use crate::ids::{BookNo, CardNo, ClearingId, MemberId, ProcessId, RentalId, ReturnId};
use crate::points::{Amount, Points};
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

/// Why a command is turned down; nothing is written then.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RentalCardRefusal {
    /// Nobody has a card under this id.
    #[error("no card was issued under this id; issue one first")]
    NoCard,
    /// The card belongs to somebody with another name.
    #[error("the card under this id is issued to another name; choose another id or give the same name")]
    CardExists,
    /// A fee is owed or a held item is overdue.
    #[error("{}", suspension(*late_fee, overdue))]
    CardSuspended {
        /// What is owed.
        late_fee: Points,
        /// The held books that are marked overdue, oldest rent first.
        overdue: Vec<BookNo>,
    },
    /// As many books are held as a card allows.
    #[error("{held} books are held and {limit} is the most; return one first")]
    TooManyBooks {
        /// How many are held.
        held: usize,
        /// The most allowed.
        limit: usize,
    },
    /// The book is on this card already.
    #[error("book {book_no} is on this card already")]
    BookAlreadyHeld {
        /// The book.
        book_no: BookNo,
    },
    /// The book is not held by this card.
    #[error("book {book_no} is not held by this card")]
    BookNotHeld {
        /// The book.
        book_no: BookNo,
    },
    /// The rent is not confirmed yet.
    #[error("the rent of book {book_no} is not confirmed yet; wait for process rent-{rental_id}")]
    RentalPending {
        /// The book.
        book_no: BookNo,
        /// The rental to wait for.
        rental_id: RentalId,
    },
    /// The day of the return lies before the day of the rent.
    #[error("the book was rented on {rented_on} and cannot come back on {on}")]
    ReturnBeforeRent {
        /// The day of the rent.
        rented_on: Date,
        /// The day given.
        on: Date,
    },
    /// The due date has not passed.
    #[error("book {book_no} is due on {due_on}; it can be marked overdue from the day after")]
    NotYetDue {
        /// The book.
        book_no: BookNo,
        /// The last day without a fee.
        due_on: Date,
    },
    /// There is nothing to pay.
    #[error("the card owes no late fee")]
    NoFee,
    /// Books have to come back before the fee can be paid.
    #[error("{} still on the card; return {} first", books_are(*held), it_or_them(*held))]
    BooksStillHeld {
        /// How many are pending, rented or on their way back.
        held: usize,
    },
    /// What is offered is not what is owed.
    #[error("the late fee is {late_fee} points and the offer is {offered}; offer the fee exactly")]
    FeeMismatch {
        /// What is owed.
        late_fee: Points,
        /// What was offered.
        offered: Points,
    },
    /// A payment is under way.
    #[error("clearing-{clearing_id} is under way; wait for it")]
    ClearingPending {
        /// The payment under way.
        clearing_id: ClearingId,
    },
    /// An answer that fits no open attempt of this card. From a message: rejected, see the dead letters.
    #[error("this answer fits no open attempt of the card: {mismatch}")]
    NoSuchAttempt {
        /// What does not fit.
        mismatch: Mismatch,
    },
    /// The attempt is not in review.
    #[error("{process} is not in review; only an attempt in review can be resolved")]
    NotInReview {
        /// The attempt.
        process: ProcessId,
    },
    /// The attempt is in review, but cannot end this way.
    #[error("{process} was cancelled and cannot be confirmed any more; resolve it as cancelled")]
    CannotConfirm {
        /// The attempt.
        process: ProcessId,
    },
}

/// What of an answer does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Mismatch {
    /// No open attempt has this id.
    #[error("no open attempt `{0}`")]
    Process(ProcessId),
    /// It names another member.
    #[error("it names another member")]
    Member,
    /// It names another book.
    #[error("it names another book")]
    Book,
    /// Nobody asked this participant in this kind of attempt, or asked it for this step.
    #[error("the participant was not asked for this")]
    NotAsked,
    /// It has no ids, and not exactly one attempt waits for such an answer.
    #[error("it carries no ids and {waiting} attempts wait for such an answer")]
    NotOne {
        /// How many wait.
        waiting: usize,
    },
}

/// Why the card is suspended, and the way out: a fee that is owed is paid, a book that is overdue is returned before
/// that.
fn suspension(late_fee: Points, overdue: &[BookNo]) -> String {
    let fee = format!("with a late fee of {late_fee} points");
    if overdue.is_empty() {
        return format!("the card is suspended {fee}; return what is overdue and clear the fee first");
    }
    let numbers = overdue.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let which = if overdue.len() == 1 { "book" } else { "books" };
    let is = if overdue.len() == 1 { "is" } else { "are" };
    let (why, them) = (format!("because {which} {numbers} {is} overdue"), it_or_them(overdue.len()));
    if late_fee.is_positive() {
        return format!("the card is suspended {fee} and {why}; return {them} and clear the fee first");
    }
    format!("the card is suspended {why}; return {them} and clear the late fee that follows")
}

fn books_are(count: usize) -> String {
    if count == 1 { "1 book is".to_owned() } else { format!("{count} books are") }
}

const fn it_or_them(count: usize) -> &'static str {
    if count == 1 { "it" } else { "them" }
}
