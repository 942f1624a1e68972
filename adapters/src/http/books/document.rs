//! Books as they are asked for and shown.

use application::codec::Named;
use application::ports::catalogue_view::CatalogueRow;
use application::ports::event_store::Version;
use domain::RentalId;
use domain::book::{Book, BookDetails, BookEvent, BookStatus};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::command::Written;
use super::super::docs::values;

/// A copy to be entered.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(in super::super) struct NewBook {
    no: values::BookNo,
    title: values::Title,
    author: Option<values::Author>,
    description: Option<values::BookDescription>,
    isbn: Option<values::Isbn>,
    publication_date: Option<values::Day>,
    source: Option<values::Source>,
    classification: Option<values::Classification>,
    location: Option<values::Location>,
    /// Whether it goes on the shelf at once; false when left out.
    available: Option<bool>,
}

/// What a copy is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Details {
    #[schema(value_type = values::BookNo)]
    no: i64,
    #[schema(value_type = values::Title)]
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<values::Author>, nullable = false)]
    author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<values::BookDescription>, nullable = false)]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<values::Isbn>, nullable = false)]
    isbn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<values::Day>, nullable = false)]
    publication_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<values::Source>, nullable = false)]
    source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<values::Classification>, nullable = false)]
    classification: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<values::Location>, nullable = false)]
    location: Option<&'static str>,
}

/// Who holds a copy.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Holder {
    #[schema(value_type = values::Id)]
    rental_id: String,
}

/// A copy.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct BookDocument {
    #[serde(flatten)]
    details: Details,
    #[schema(value_type = values::BookStatus)]
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    holder: Option<Holder>,
    version: u64,
}

/// A copy after a command.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct BookChanged {
    #[serde(flatten)]
    details: Details,
    #[schema(value_type = values::BookStatus)]
    status: &'static str,
    #[serde(flatten)]
    written: Written,
}

/// A copy in a list.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct BookListed {
    #[schema(value_type = values::BookNo)]
    no: i64,
    #[schema(value_type = values::Title)]
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<values::Author>, nullable = false)]
    author: Option<String>,
    #[schema(value_type = values::BookStatus)]
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    holder: Option<Holder>,
}

impl BookDocument {
    /// The copy, when it was entered.
    pub(super) fn of(book: &Book, version: Version) -> Option<Self> {
        match book {
            Book::Unknown => None,
            Book::Entered { details, standing } => Some(Self {
                details: Details::of(details),
                status: standing.status().name(),
                holder: standing.holder().map(Holder::of),
                version: version.value(),
            }),
        }
    }
}

impl BookChanged {
    /// The copy with this status.
    pub(super) fn of(details: &BookDetails, status: BookStatus, written: Written) -> Self {
        Self { details: Details::of(details), status: status.name(), written }
    }
}

impl BookListed {
    /// The copy as the catalogue knows it.
    pub(super) fn of(row: CatalogueRow) -> Self {
        Self {
            no: row.no.value(),
            title: row.title.as_str().to_owned(),
            author: row.author.map(|author| author.as_str().to_owned()),
            status: row.status.name(),
            holder: row.holder.map(Holder::of),
        }
    }
}

/// The status after what happened; none when nothing of it touches the status.
pub(super) fn status_after(events: &[BookEvent]) -> Option<BookStatus> {
    events.iter().rev().find_map(|event| match event {
        BookEvent::BookEntered { .. } => Some(BookStatus::Entered),
        BookEvent::BookMadeAvailable { .. }
        | BookEvent::LendingUndone { .. }
        | BookEvent::BookTakenBack { .. } => Some(BookStatus::Available),
        BookEvent::BookWithdrawn { .. } | BookEvent::BookLent { .. } | BookEvent::TakingBackUndone { .. } => {
            Some(BookStatus::Unavailable)
        }
        BookEvent::LendingRefused { .. }
        | BookEvent::TakingBackRefused { .. }
        | BookEvent::UndoRefused { .. } => None,
    })
}

impl Details {
    fn of(details: &BookDetails) -> Self {
        let text = |value: Option<&str>| value.map(str::to_owned);
        Self {
            no: details.no.value(),
            title: details.title.as_str().to_owned(),
            author: text(details.author.as_ref().map(|author| author.as_str())),
            description: text(details.description.as_ref().map(|description| description.as_str())),
            isbn: text(details.isbn.as_ref().map(|isbn| isbn.as_str())),
            publication_date: details.publication_date.map(|date| date.to_string()),
            source: details.source.map(|source| source.name()),
            classification: details.classification.map(|class| class.name()),
            location: details.location.map(|location| location.name()),
        }
    }
}

impl Holder {
    fn of(rental: RentalId) -> Self {
        Self { rental_id: rental.to_string() }
    }
}
