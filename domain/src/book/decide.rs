//! What may be done with a copy, and what follows from it.

use super::{Book, BookCommand, BookDetails, BookEvent, BookRefusal, Standing};
use crate::request::{Rent, Request, RequestKind, Return};
use crate::text::Reason;

type Decision = Result<Vec<BookEvent>, BookRefusal>;

pub(super) fn decide(book: &Book, command: &BookCommand) -> Decision {
    match command {
        BookCommand::Enter { details, available } => enter(book, details, *available),
        BookCommand::MakeAvailable => make_available(book),
        BookCommand::Withdraw => withdraw(book),
        BookCommand::Lend { asked } => Ok(vec![lend(book, asked)]),
        BookCommand::UndoLend { asked } => Ok(vec![undo_lend(book, asked)]),
        BookCommand::TakeBack { asked } => Ok(vec![take_back(book, asked)]),
        BookCommand::UndoTakeBack { asked } => Ok(vec![undo_take_back(book, asked)]),
    }
}

fn enter(book: &Book, details: &BookDetails, available: bool) -> Decision {
    match book {
        Book::Entered { details: known, .. } => match differing(known, details) {
            Some(differing) => Err(BookRefusal::BookExists { differing }),
            None => Ok(vec![]),
        },
        Book::Unknown => {
            let mut events = vec![BookEvent::BookEntered { details: details.clone() }];
            if available {
                events.push(made_available(details));
            }
            Ok(events)
        }
    }
}

/// The first detail that differs; one that is not given does not.
fn differing(known: &BookDetails, given: &BookDetails) -> Option<&'static str> {
    fn differs<T: PartialEq>(known: Option<&T>, given: Option<&T>) -> bool {
        given.is_some() && known != given
    }
    let details = [
        ("title", known.title != given.title),
        ("author", differs(known.author.as_ref(), given.author.as_ref())),
        ("description", differs(known.description.as_ref(), given.description.as_ref())),
        ("isbn", differs(known.isbn.as_ref(), given.isbn.as_ref())),
        ("publication date", differs(known.publication_date.as_ref(), given.publication_date.as_ref())),
        ("source", differs(known.source.as_ref(), given.source.as_ref())),
        ("classification", differs(known.classification.as_ref(), given.classification.as_ref())),
        ("location", differs(known.location.as_ref(), given.location.as_ref())),
    ];
    details.into_iter().find(|&(_, differs)| differs).map(|(name, _)| name)
}

fn make_available(book: &Book) -> Decision {
    match book {
        Book::Unknown => Err(BookRefusal::NotEntered),
        Book::Entered { standing: Standing::Lent(holder), .. } => {
            Err(BookRefusal::BookIsLent { holder: *holder })
        }
        Book::Entered { standing: Standing::Available, .. } => Ok(vec![]),
        Book::Entered { standing: Standing::Entered | Standing::Withdrawn, details } => {
            Ok(vec![made_available(details)])
        }
    }
}

fn withdraw(book: &Book) -> Decision {
    match book {
        Book::Unknown => Err(BookRefusal::NotEntered),
        Book::Entered { standing: Standing::Lent(holder), .. } => {
            Err(BookRefusal::BookIsLent { holder: *holder })
        }
        Book::Entered { standing: Standing::Withdrawn, .. } => Ok(vec![]),
        Book::Entered { standing: Standing::Entered | Standing::Available, details } => {
            Ok(vec![BookEvent::BookWithdrawn { no: details.no, title: details.title.clone() }])
        }
    }
}

fn lend(book: &Book, asked: &Request) -> BookEvent {
    let RequestKind::Rent(Rent { rental_id, .. }) = asked.what else {
        return lending_refused(asked, "only a rent can ask for a lending");
    };
    match book {
        Book::Unknown => lending_refused(asked, "unknown book"),
        Book::Entered { standing, .. } => match standing {
            Standing::Available => BookEvent::BookLent { asked: asked.clone() },
            Standing::Lent(holder) if *holder == rental_id => BookEvent::BookLent { asked: asked.clone() },
            Standing::Lent(_) => lending_refused(asked, "not available: lent to another rental"),
            Standing::Entered => lending_refused(asked, "not available: never put on the shelf"),
            Standing::Withdrawn => lending_refused(asked, "not available: withdrawn"),
        },
    }
}

fn undo_lend(book: &Book, asked: &Request) -> BookEvent {
    let RequestKind::Rent(Rent { rental_id, .. }) = asked.what else {
        return undo_refused(asked, "only a rent can undo a lending");
    };
    if book.holder() == Some(rental_id) {
        return BookEvent::LendingUndone { asked: asked.clone() };
    }
    undo_refused(asked, "not held by this rental")
}

fn take_back(book: &Book, asked: &Request) -> BookEvent {
    let RequestKind::Return(Return { rental_id, .. }) = asked.what else {
        return taking_back_refused(asked, "only a return can bring a book back");
    };
    if book.holder() == Some(rental_id) {
        return BookEvent::BookTakenBack { asked: asked.clone() };
    }
    taking_back_refused(asked, "not held by this rental")
}

fn undo_take_back(book: &Book, asked: &Request) -> BookEvent {
    let RequestKind::Return(Return { rental_id, .. }) = asked.what else {
        return undo_refused(asked, "only a return can undo a taking back");
    };
    match book {
        Book::Unknown => undo_refused(asked, "unknown book"),
        Book::Entered { standing, .. } => match standing {
            Standing::Available => BookEvent::TakingBackUndone { asked: asked.clone() },
            Standing::Lent(holder) if *holder == rental_id => {
                BookEvent::TakingBackUndone { asked: asked.clone() }
            }
            Standing::Lent(_) => undo_refused(asked, "lent to another rental meanwhile"),
            Standing::Withdrawn => undo_refused(asked, "withdrawn meanwhile"),
            Standing::Entered => undo_refused(asked, "never put on the shelf"),
        },
    }
}

fn made_available(details: &BookDetails) -> BookEvent {
    BookEvent::BookMadeAvailable { no: details.no, title: details.title.clone() }
}

fn lending_refused(asked: &Request, why: &'static str) -> BookEvent {
    BookEvent::LendingRefused { asked: asked.clone(), reason: Reason::of(why) }
}

fn taking_back_refused(asked: &Request, why: &'static str) -> BookEvent {
    BookEvent::TakingBackRefused { asked: asked.clone(), reason: Reason::of(why) }
}

fn undo_refused(asked: &Request, why: &'static str) -> BookEvent {
    BookEvent::UndoRefused { asked: asked.clone(), reason: Reason::of(why) }
}
