//! The rules of a copy, row by row.

mod catalogue;
mod lending;

use crate::sample::{book_no, rent_of, title};
use crate::scenario::{Given, given};

use super::*;

fn bare(no: i64) -> BookDetails {
    BookDetails {
        no: book_no(no),
        title: title(&format!("Book {no}")),
        author: None,
        description: None,
        isbn: None,
        publication_date: None,
        source: None,
        classification: None,
        location: None,
    }
}

fn entered() -> BookEvent {
    BookEvent::BookEntered { details: bare(1) }
}

fn made_available() -> BookEvent {
    BookEvent::BookMadeAvailable { no: book_no(1), title: title("Book 1") }
}

fn withdrawn() -> BookEvent {
    BookEvent::BookWithdrawn { no: book_no(1), title: title("Book 1") }
}

fn on_the_shelf() -> Given<Book> {
    given([entered(), made_available()])
}

fn lent_to(rental: u128) -> Given<Book> {
    given([entered(), made_available(), BookEvent::BookLent { asked: rent_of(rental, 1) }])
}

fn status(book: &Given<Book>) -> Option<BookStatus> {
    match book.state() {
        Book::Unknown => None,
        Book::Entered { standing, .. } => Some(standing.status()),
    }
}
