//! What an event makes of a copy.

use super::{Book, BookEvent, Standing};
use crate::request::Request;

pub(super) fn evolve(book: Book, event: &BookEvent) -> Book {
    match event {
        BookEvent::BookEntered { details } => match book {
            Book::Unknown => Book::Entered { details: details.clone(), standing: Standing::Entered },
            entered @ Book::Entered { .. } => entered,
        },
        BookEvent::BookMadeAvailable { .. }
        | BookEvent::LendingUndone { .. }
        | BookEvent::BookTakenBack { .. } => standing(book, Standing::Available),
        BookEvent::BookWithdrawn { .. } => standing(book, Standing::Withdrawn),
        BookEvent::BookLent { asked } | BookEvent::TakingBackUndone { asked } => lent(book, asked),
        BookEvent::LendingRefused { .. }
        | BookEvent::TakingBackRefused { .. }
        | BookEvent::UndoRefused { .. } => book,
    }
}

fn standing(book: Book, standing: Standing) -> Book {
    match book {
        Book::Unknown => Book::Unknown,
        Book::Entered { details, .. } => Book::Entered { details, standing },
    }
}

fn lent(book: Book, asked: &Request) -> Book {
    match asked.rental_id() {
        Some(rental_id) => standing(book, Standing::Lent(rental_id)),
        None => book,
    }
}
