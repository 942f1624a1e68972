//! The catalogue: one row a copy, with its status and the rental that holds it.

use domain::RentalId;
use domain::book::{BookEvent, BookStatus};

use crate::codec::AnyEvent;
use crate::ports::catalogue_view::CatalogueRow;
use crate::ports::token_store::{Row, RowKey};
use crate::processing::{DecodedEvent, Projection, Sequence};

/// Folds the events of books.
pub(super) struct Catalogue;

const WANTED: &[&str] = &[
    "book.book-entered",
    "book.book-made-available",
    "book.book-withdrawn",
    "book.book-lent",
    "book.lending-undone",
    "book.book-taken-back",
    "book.taking-back-undone",
];

impl Projection for Catalogue {
    fn wanted(&self) -> &'static [&'static str] {
        WANTED
    }

    fn sequence(&self) -> Sequence {
        Sequence::Book
    }

    fn row(&self, event: &AnyEvent) -> Option<RowKey> {
        match event {
            AnyEvent::Book(BookEvent::BookEntered { details }) => Some(RowKey::Catalogue(details.no)),
            AnyEvent::Book(BookEvent::BookMadeAvailable { no, .. } | BookEvent::BookWithdrawn { no, .. }) => {
                Some(RowKey::Catalogue(*no))
            }
            AnyEvent::Book(event) => {
                let (asked, _) = event.answers()?;
                asked.item().map(|item| RowKey::Catalogue(item.no))
            }
            AnyEvent::RentalCard(_)
            | AnyEvent::Member(_)
            | AnyEvent::BestSeller(_)
            | AnyEvent::Operator(_) => None,
        }
    }

    fn apply(&self, old: Option<Row>, happened: &DecodedEvent) -> Option<Row> {
        let AnyEvent::Book(event) = &happened.event else { return old };
        let row = match old {
            Some(Row::Catalogue(row)) => Some(row),
            Some(Row::Loan(_) | Row::BestSeller(_) | Row::Process(_) | Row::Title(_)) | None => None,
        };
        fold(row, event).map(Row::Catalogue)
    }
}

fn fold(old: Option<CatalogueRow>, event: &BookEvent) -> Option<CatalogueRow> {
    match event {
        BookEvent::BookEntered { details } => old.or_else(|| {
            let (no, title, author) = (details.no, details.title.clone(), details.author.clone());
            Some(CatalogueRow { no, title, author, status: BookStatus::Entered, holder: None })
        }),
        BookEvent::BookMadeAvailable { .. }
        | BookEvent::LendingUndone { .. }
        | BookEvent::BookTakenBack { .. } => with(old, BookStatus::Available, None),
        BookEvent::BookWithdrawn { .. } => with(old, BookStatus::Unavailable, None),
        BookEvent::BookLent { asked } | BookEvent::TakingBackUndone { asked } => {
            with(old, BookStatus::Unavailable, asked.rental_id())
        }
        BookEvent::LendingRefused { .. }
        | BookEvent::TakingBackRefused { .. }
        | BookEvent::UndoRefused { .. } => old,
    }
}

fn with(old: Option<CatalogueRow>, status: BookStatus, holder: Option<RentalId>) -> Option<CatalogueRow> {
    old.map(|row| CatalogueRow { status, holder, ..row })
}
