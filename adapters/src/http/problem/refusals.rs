//! Which problem each refusal of the library is.

use std::convert::Infallible;

use domain::book::BookRefusal;
use domain::member::MemberRefusal;
use domain::rental_card::RentalCardRefusal;
use domain::{ClearingId, ProcessId, RentalId};

use super::Problem;
use super::catalogue::{
    BOOK_ALREADY_HELD, BOOK_EXISTS, BOOK_IS_LENT, BOOK_NOT_FOUND, BOOK_NOT_HELD, BOOKS_STILL_HELD,
    CANNOT_CONFIRM, CARD_EXISTS, CARD_NOT_FOUND, CARD_SUSPENDED, CLEARING_PENDING, FEE_MISMATCH,
    MEMBER_EXISTS, MEMBER_NOT_FOUND, NO_FEE, NO_SUCH_ATTEMPT, NOT_ENOUGH_POINTS, NOT_IN_REVIEW, NOT_YET_DUE,
    ProblemKind, RENTAL_PENDING, RETURN_BEFORE_RENT, TOO_MANY_BOOKS,
};

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
        let problem = Problem::new(kind_of(self), self);
        match self {
            Self::NoCard | Self::CardExists | Self::NoFee | Self::NoSuchAttempt { .. } => problem,
            Self::CardSuspended { late_fee, overdue } => {
                let overdue: Vec<i64> = overdue.iter().map(|book| book.value()).collect();
                problem.with("lateFee", late_fee.value()).with("overdue", overdue)
            }
            Self::TooManyBooks { held, limit } => problem.with("held", *held).with("limit", *limit),
            Self::BookAlreadyHeld { book_no } | Self::BookNotHeld { book_no } => {
                problem.with("bookNo", book_no.value())
            }
            Self::RentalPending { book_no, rental_id } => {
                problem.with("bookNo", book_no.value()).with("processId", process(*rental_id))
            }
            Self::ReturnBeforeRent { rented_on, on } => {
                problem.with("rentedOn", rented_on.to_string()).with("on", on.to_string())
            }
            Self::NotYetDue { book_no, due_on } => {
                problem.with("bookNo", book_no.value()).with("dueOn", due_on.to_string())
            }
            Self::BooksStillHeld { held } => problem.with("held", *held),
            Self::FeeMismatch { late_fee, offered } => {
                problem.with("lateFee", late_fee.value()).with("offered", offered.value())
            }
            Self::ClearingPending { clearing_id } => problem.with("processId", payment(*clearing_id)),
            Self::NotInReview { process } | Self::CannotConfirm { process } => {
                problem.with("processId", process.to_string())
            }
        }
    }
}

const fn kind_of(refusal: &RentalCardRefusal) -> &'static ProblemKind {
    match refusal {
        RentalCardRefusal::NoCard => &CARD_NOT_FOUND,
        RentalCardRefusal::CardExists => &CARD_EXISTS,
        RentalCardRefusal::CardSuspended { .. } => &CARD_SUSPENDED,
        RentalCardRefusal::TooManyBooks { .. } => &TOO_MANY_BOOKS,
        RentalCardRefusal::BookAlreadyHeld { .. } => &BOOK_ALREADY_HELD,
        RentalCardRefusal::BookNotHeld { .. } => &BOOK_NOT_HELD,
        RentalCardRefusal::RentalPending { .. } => &RENTAL_PENDING,
        RentalCardRefusal::ReturnBeforeRent { .. } => &RETURN_BEFORE_RENT,
        RentalCardRefusal::NotYetDue { .. } => &NOT_YET_DUE,
        RentalCardRefusal::NoFee => &NO_FEE,
        RentalCardRefusal::BooksStillHeld { .. } => &BOOKS_STILL_HELD,
        RentalCardRefusal::FeeMismatch { .. } => &FEE_MISMATCH,
        RentalCardRefusal::ClearingPending { .. } => &CLEARING_PENDING,
        RentalCardRefusal::NoSuchAttempt { .. } => &NO_SUCH_ATTEMPT,
        RentalCardRefusal::NotInReview { .. } => &NOT_IN_REVIEW,
        RentalCardRefusal::CannotConfirm { .. } => &CANNOT_CONFIRM,
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
