//! An event of whatever aggregate, for those who follow the whole log.

use domain::best_seller::{BestSeller, BestSellerEvent};
use domain::book::{Book, BookEvent};
use domain::member::{Member, MemberEvent};
use domain::rental_card::{RentalCard, RentalCardEvent};

use super::stored_event::{self, StoredEvent, unknown_type};
use super::{Aggregate, BestSellerId, DecodeError, KnownType, SequenceKeys};
use crate::operations::OperatorEvent;
use crate::ports::event_store::{Recorded, TypeName};

/// What the types of operators' events start with; their streams are `operations-{month}`.
const OPERATOR: &str = "operator";

/// Any event that this version knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyEvent {
    /// Of a rental card.
    RentalCard(RentalCardEvent),
    /// Of a member.
    Member(MemberEvent),
    /// Of a book.
    Book(BookEvent),
    /// Of a best-seller.
    BestSeller(BestSellerEvent),
    /// Of what operators did.
    Operator(OperatorEvent),
}

/// Reads any stored event.
///
/// # Errors
/// [`DecodeError`] for a type or revision that is not known, or a payload of another form.
pub fn decode(recorded: &Recorded) -> Result<AnyEvent, DecodeError> {
    match category(recorded.kind.as_str()) {
        RentalCard::CATEGORY => RentalCard::decode(recorded).map(AnyEvent::RentalCard),
        Member::CATEGORY => Member::decode(recorded).map(AnyEvent::Member),
        Book::CATEGORY => Book::decode(recorded).map(AnyEvent::Book),
        BestSeller::CATEGORY => BestSeller::decode(recorded).map(AnyEvent::BestSeller),
        // Those who read operators' streams for what is done next are told of damage otherwise.
        OPERATOR => stored_event::decode(recorded).map(AnyEvent::Operator),
        _ => Err(unknown_type(recorded)),
    }
}

/// Every type of event that this version can read, by aggregate.
pub fn known_types() -> impl Iterator<Item = KnownType> {
    let all = [
        RentalCardEvent::TYPES,
        MemberEvent::TYPES,
        BookEvent::TYPES,
        BestSellerEvent::TYPES,
        OperatorEvent::TYPES,
    ];
    all.into_iter().flatten().copied()
}

/// The types of one aggregate's events, by its category; empty for a category that is not known.
pub fn types_of(of: &str) -> impl Iterator<Item = TypeName> {
    known_types().filter(move |known| category(known.kind) == of).map(|known| TypeName::of(known.kind))
}

/// The sequences that an event belongs to, when the aggregate that it is of is the one these keys name; none when they
/// name none.
pub(crate) fn keys_of(event: &AnyEvent, of: &SequenceKeys) -> Option<SequenceKeys> {
    match event {
        AnyEvent::RentalCard(event) => Some(RentalCard::keys(of.member.as_ref()?, event)),
        AnyEvent::Member(event) => Some(Member::keys(of.member.as_ref()?, event)),
        AnyEvent::Book(event) => Some(Book::keys(&of.book?, event)),
        AnyEvent::BestSeller(event) => {
            let (BestSellerEvent::RentalCounted { month, .. }
            | BestSellerEvent::RentalUncounted { month, .. }
            | BestSellerEvent::RentalIgnored { month, .. }) = event;
            let month = *month;
            Some(BestSeller::keys(&BestSellerId { month, book: of.book? }, event))
        }
        AnyEvent::Operator(_) => None,
    }
}

fn category(kind: &str) -> &str {
    kind.split_once('.').map_or(kind, |(category, _)| category)
}
