//! What every stored form promises: nothing is lost, old forms stay readable, and errors tell nobody's name.

mod documentation;
mod golden;
mod malformed;
pub(crate) mod samples;
mod snapshots;

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Aggregate, AnyEvent, Encoded, decode};
use crate::ports::event_store::{EventId, Position, Recorded, StreamName, TypeName, Version};
use samples::{events, metadata};

#[test]
fn every_event_comes_back_as_it_was_written() {
    for event in events() {
        assert_eq!(decode(&recorded(encode(&event))).unwrap(), event);
    }
}

#[test]
fn the_stored_name_is_the_aggregate_and_the_variant_in_kebab_case() {
    for event in events() {
        let shown = format!("{event:?}");
        let mut words = shown.split(|c: char| !c.is_alphanumeric());
        let (aggregate, variant) = (words.next().unwrap(), words.next().unwrap());
        assert_eq!(encode(&event).kind.as_str(), format!("{}.{}", kebab(aggregate), kebab(variant)));
    }
}

#[test]
fn fields_that_nobody_knows_are_passed_over() {
    for event in events() {
        let mut encoded = encode(&event);
        let mut text = encoded.payload.to_vec();
        text.splice(1..1, br#""addedLater":{"deep":[1,"x"]},"#.iter().copied());
        encoded.payload = text.into();
        assert_eq!(decode(&recorded(encoded)).unwrap(), event);
    }
}

#[test]
fn metadata_comes_back_as_it_was_written() {
    for metadata in metadata() {
        let mut stored = recorded(encode(&events().remove(0)));
        stored.metadata = metadata.encode();
        assert_eq!(super::Metadata::decode(&stored).unwrap(), metadata);
    }
}

/// The stored form of any event.
pub(crate) fn encode(event: &AnyEvent) -> Encoded {
    match event {
        AnyEvent::RentalCard(event) => domain::rental_card::RentalCard::encode(event),
        AnyEvent::Member(event) => domain::member::Member::encode(event),
        AnyEvent::Book(event) => domain::book::Book::encode(event),
        AnyEvent::BestSeller(event) => domain::best_seller::BestSeller::encode(event),
        AnyEvent::Operator(event) => crate::operations::Operations::encode(event),
    }
}

/// The event as the log would hand it out, at position 42.
pub(crate) fn recorded(encoded: Encoded) -> Recorded {
    let stream = StreamName::of(encoded.kind.as_str().split('.').next().unwrap(), "x");
    Recorded {
        position: Position::new(42),
        stream,
        version: Version::new(3),
        id: EventId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00ee)),
        command: None,
        kind: encoded.kind,
        revision: encoded.revision,
        payload: encoded.payload,
        metadata: metadata().remove(0).encode(),
        occurred_at: Timestamp::UNIX_EPOCH,
    }
}

/// A stored event with whatever payload.
fn stored(kind: &str, revision: u32, payload: impl Into<Bytes>) -> Recorded {
    recorded(Encoded { kind: TypeName::stored(kind.to_owned()), revision, payload: payload.into() })
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(c.to_lowercase());
    }
    kebab
}
