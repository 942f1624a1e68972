//! Which problem each refusal of the library is, and what is said of it.

use std::convert::Infallible;

use domain::book::BookRefusal;
use domain::member::MemberRefusal;
use domain::rental_card::RentalCardRefusal;
use domain::{ClearingId, ProcessId, RentalId};

use super::Problem;
use super::catalogue::{ProblemKind, kinds};

kinds! {
    MEMBER_NOT_FOUND = 404 "member-not-found"
        "There is no such member"
        "Nobody is registered under this id."
    MEMBER_EXISTS = 409 "member-exists"
        "The id belongs to another member"
        "Somebody with other values is registered under this id."
    NOT_ENOUGH_POINTS = 409 "not-enough-points"
        "The balance is too small"
        "The member has fewer points than were to be used."
    BOOK_NOT_FOUND = 404 "book-not-found"
        "There is no such book"
        "No copy was entered under this number."
    BOOK_EXISTS = 409 "book-exists"
        "The number belongs to another book"
        "A copy with other details was entered under this number."
    BOOK_IS_LENT = 409 "book-is-lent"
        "A rental holds the book"
        "While a rental holds a copy, it cannot be put on the shelf or taken out of circulation."
    CARD_NOT_FOUND = 404 "card-not-found"
        "There is no such rental card"
        "No card was issued under this member id."
    CARD_EXISTS = 409 "card-exists"
        "The card belongs to another name"
        "A card with another name was issued under this member id."
    CARD_SUSPENDED = 409 "card-suspended"
        "The card is suspended"
        "A late fee is owed, or an overdue book is still out. Return the book and clear the fee."
    TOO_MANY_BOOKS = 409 "too-many-books"
        "As many books are out as a card allows"
        "One has to be returned first."
    BOOK_ALREADY_HELD = 409 "book-already-held"
        "The book is on this card already"
        "It is pending, rented, or on its way back."
    BOOK_NOT_HELD = 409 "book-not-held"
        "The book is not held by this card"
        "Only a held book can be returned or marked overdue."
    RENTAL_PENDING = 409 "rental-pending"
        "The rent is not confirmed yet"
        "A book can be returned once its rent is confirmed; the process in `processId` shows how far that is."
    RETURN_BEFORE_RENT = 409 "return-before-rent"
        "The return lies before the rent"
        "A book cannot come back on a day before it went out."
    NOT_YET_DUE = 409 "not-yet-due"
        "The book is not overdue"
        "It can be marked overdue from the day after its due date."
    NO_FEE = 409 "no-fee"
        "There is nothing to pay"
        "The card owes no late fee."
    BOOKS_STILL_HELD = 409 "books-still-held"
        "Books have to come back first"
        "The late fee can be paid when no book is on the card."
    FEE_MISMATCH = 409 "fee-mismatch"
        "The offer is not the late fee"
        "The late fee is paid exactly and at once."
    CLEARING_PENDING = 409 "clearing-pending"
        "A payment is under way"
        "One payment of the late fee at a time; the process in `processId` shows how far it is."
    RENTAL_CANCELLED = 409 "rental-cancelled"
        "The rent was cancelled"
        "The book or the points refused. `reason` says why; the book is not on the card."
    RETURN_CANCELLED = 409 "return-cancelled"
        "The return was cancelled"
        "The book or the points refused. `reason` says why; the book is on the card as before."
    CLEARING_REFUSED = 409 "clearing-refused"
        "The payment was refused"
        "The points were not paid. `reason` says why; the late fee is owed as before."
    NO_SUCH_ATTEMPT = 409 "no-such-attempt"
        "No open attempt fits"
        "The card has no open attempt that this answer fits."
    NOT_IN_REVIEW = 409 "not-in-review"
        "The process is not in review"
        "Only a process in review can be resolved by hand."
    CANNOT_CONFIRM = 409 "cannot-confirm"
        "The process cannot be confirmed any more"
        "It was cancelled, and what it needs is gone. Resolve it as cancelled."
}

/// A refusal that an answer can carry.
pub(in super::super) trait Refusal: std::error::Error {
    /// The problem it is.
    fn problem(&self) -> Problem;
}

impl Refusal for MemberRefusal {
    fn problem(&self) -> Problem {
        match self {
            Self::NotRegistered => Problem::new(&MEMBER_NOT_FOUND, self),
            Self::MemberExists { .. } => Problem::new(&MEMBER_EXISTS, self),
            Self::NotEnoughPoints { balance, wanted } => Problem::new(&NOT_ENOUGH_POINTS, self)
                .with("balance", balance.value())
                .with("wanted", wanted.value()),
        }
    }
}

impl Refusal for BookRefusal {
    fn problem(&self) -> Problem {
        match self {
            Self::NotEntered => Problem::new(&BOOK_NOT_FOUND, self),
            Self::BookExists { differing } => Problem::new(&BOOK_EXISTS, self).with("differing", *differing),
            Self::BookIsLent { holder } => Problem::new(&BOOK_IS_LENT, self).with("holder", rental(*holder)),
        }
    }
}

impl Refusal for Infallible {
    fn problem(&self) -> Problem {
        match *self {}
    }
}

impl Refusal for RentalCardRefusal {
    fn problem(&self) -> Problem {
        let problem = |kind| Problem::new(kind, self);
        match self {
            Self::NoCard => problem(&CARD_NOT_FOUND),
            Self::CardExists => problem(&CARD_EXISTS),
            Self::CardSuspended { late_fee, overdue } => {
                let overdue: Vec<i64> = overdue.iter().map(|book| book.value()).collect();
                problem(&CARD_SUSPENDED).with("lateFee", late_fee.value()).with("overdue", overdue)
            }
            Self::TooManyBooks { held, limit } => {
                problem(&TOO_MANY_BOOKS).with("held", *held).with("limit", *limit)
            }
            Self::BookAlreadyHeld { book_no } => problem(&BOOK_ALREADY_HELD).with("bookNo", book_no.value()),
            Self::BookNotHeld { book_no } => problem(&BOOK_NOT_HELD).with("bookNo", book_no.value()),
            Self::RentalPending { book_no, rental_id } => problem(&RENTAL_PENDING)
                .with("bookNo", book_no.value())
                .with("processId", process(*rental_id)),
            Self::ReturnBeforeRent { rented_on, on } => problem(&RETURN_BEFORE_RENT)
                .with("rentedOn", rented_on.to_string())
                .with("on", on.to_string()),
            Self::NotYetDue { book_no, due_on } => {
                problem(&NOT_YET_DUE).with("bookNo", book_no.value()).with("dueOn", due_on.to_string())
            }
            Self::NoFee => problem(&NO_FEE),
            Self::BooksStillHeld { held } => problem(&BOOKS_STILL_HELD).with("held", *held),
            Self::FeeMismatch { late_fee, offered } => {
                problem(&FEE_MISMATCH).with("lateFee", late_fee.value()).with("offered", offered.value())
            }
            Self::ClearingPending { clearing_id } => {
                problem(&CLEARING_PENDING).with("processId", payment(*clearing_id))
            }
            Self::NoSuchAttempt { .. } => problem(&NO_SUCH_ATTEMPT),
            Self::NotInReview { process } => problem(&NOT_IN_REVIEW).with("processId", process.to_string()),
            Self::CannotConfirm { process } => {
                problem(&CANNOT_CONFIRM).with("processId", process.to_string())
            }
        }
    }
}

fn rental(id: RentalId) -> serde_json::Value {
    serde_json::json!({ "rentalId": id.to_string() })
}

fn process(id: RentalId) -> String {
    ProcessId::Rent(id).to_string()
}

fn payment(id: ClearingId) -> String {
    ProcessId::Clearing(id).to_string()
}
