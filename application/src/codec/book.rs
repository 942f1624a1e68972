//! The book's stored form: events, and the state in a snapshot.

use bytes::Bytes;
use domain::book::{Book, BookDetails, BookEvent, Classification, Location, Source, Standing};
use domain::{
    Author, BookNo, Date, Description, Isbn, MemberId, ProcessId, Reason, RentalId, Request, Title,
};
use serde::de::Error;
use serde::{Deserializer, Serializer};

use super::snapshot::{self, schema};
use super::stored_event::{self, StoredEvent, placed, stored_events};
use super::wire::{Stored, stored_names, stored_structs};
use super::{Aggregate, AnyEvent, DecodeError, Encoded, SequenceKeys};
use crate::ports::BoxError;
use crate::ports::event_store::Recorded;

stored_events! { BookEvent {
    BookEntered = "book.book-entered" 1 { details: BookDetails }
    BookMadeAvailable = "book.book-made-available" 1 { no: BookNo, title: Title }
    BookWithdrawn = "book.book-withdrawn" 1 { no: BookNo, title: Title }
    BookLent = "book.book-lent" 1 { asked: Request }
    LendingRefused = "book.lending-refused" 1 { asked: Request, reason: Reason }
    LendingUndone = "book.lending-undone" 1 { asked: Request }
    BookTakenBack = "book.book-taken-back" 1 { asked: Request }
    TakingBackRefused = "book.taking-back-refused" 1 { asked: Request, reason: Reason }
    TakingBackUndone = "book.taking-back-undone" 1 { asked: Request }
    UndoRefused = "book.undo-refused" 1 { asked: Request, reason: Reason }
} }

stored_structs! {
    BookDetails {
        no: BookNo,
        title: Title,
        author: Option<Author>,
        description: Option<Description>,
        isbn: Option<Isbn>,
        publication_date: Option<Date>,
        source: Option<Source>,
        classification: Option<Classification>,
        location: Option<Location>,
    }
}

stored_names! {
    Source as "a source" { Donation = "DONATION", Supply = "SUPPLY" }
    Classification as "a classification" { Arts = "ARTS", Computer = "COMPUTER", Literature = "LITERATURE" }
    Location as "a location" { Jeongja = "JEONGJA", Pangyo = "PANGYO" }
}

impl Aggregate for Book {
    type Id = BookNo;

    const CATEGORY: &'static str = "book";

    const SNAPSHOT_SCHEMA: u64 = schema("book", 1);

    fn encode(event: &BookEvent) -> Encoded {
        event.encode()
    }

    fn decode(recorded: &Recorded) -> Result<BookEvent, DecodeError> {
        stored_event::decode(recorded)
    }

    fn any(event: BookEvent) -> AnyEvent {
        AnyEvent::Book(event)
    }

    fn keys(id: &BookNo, event: &BookEvent) -> SequenceKeys {
        let member: Option<MemberId> = event.answers().map(|(asked, _)| asked.member.id.clone());
        SequenceKeys { book: Some(*id), member, process: event.process() }
    }

    fn correlation(event: &BookEvent) -> Option<ProcessId> {
        event.process()
    }

    fn freeze(&self) -> Bytes {
        snapshot::freeze(self)
    }

    fn thaw(state: &[u8]) -> Result<Self, BoxError> {
        snapshot::thaw(state)
    }

    fn bytes(&self) -> usize {
        let texts = match self {
            Self::Unknown => 0,
            Self::Entered { details, standing: _ } => details_bytes(details),
        };
        size_of::<Self>() + texts
    }
}

fn details_bytes(details: &BookDetails) -> usize {
    let author = details.author.as_ref().map_or(0, |author| author.as_str().len());
    let description = details.description.as_ref().map_or(0, |description| description.as_str().len());
    let isbn = details.isbn.as_ref().map_or(0, |isbn| isbn.as_str().len());
    details.title.as_str().len() + author + description + isbn
}

/// A catalogued copy in a snapshot.
struct Entered {
    details: BookDetails,
    standing: StandingName,
    holder: Option<RentalId>,
}

/// A standing without its holder.
#[derive(Clone, Copy)]
enum StandingName {
    Entered,
    Available,
    Withdrawn,
    Lent,
}

stored_structs! {
    Entered { details: BookDetails, standing: StandingName, holder: Option<RentalId> }
}

stored_names! {
    StandingName as "a standing" {
        Entered = "ENTERED", Available = "AVAILABLE", Withdrawn = "WITHDRAWN", Lent = "LENT",
    }
}

impl Stored for Book {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self::Entered { details, standing } = self else { return to.serialize_none() };
        let name = match standing {
            Standing::Entered => StandingName::Entered,
            Standing::Available => StandingName::Available,
            Standing::Withdrawn => StandingName::Withdrawn,
            Standing::Lent(_) => StandingName::Lent,
        };
        Entered { details: details.clone(), standing: name, holder: standing.holder() }.write(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Some(Entered { details, standing, holder }) = Option::read(from)? else {
            return Ok(Self::Unknown);
        };
        let standing = match standing {
            StandingName::Entered => Standing::Entered,
            StandingName::Available => Standing::Available,
            StandingName::Withdrawn => Standing::Withdrawn,
            StandingName::Lent => Standing::Lent(holder.ok_or_else(|| D::Error::missing_field("holder"))?),
        };
        Ok(Self::Entered { details, standing })
    }
}
