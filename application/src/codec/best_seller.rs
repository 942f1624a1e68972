//! The best-seller's stored form: events, and the state in a snapshot.

use bytes::Bytes;
use domain::best_seller::{BestSeller, BestSellerEvent, Tally};
use domain::{Item, Month, ProcessId, RentalId};
use serde::{Deserializer, Serializer};

use super::snapshot::{self, schema};
use super::stored_event::{self, StoredEvent, placed, stored_events};
use super::wire::{Stored, stored_names, stored_structs};
use super::{Aggregate, AnyEvent, BestSellerId, DecodeError, Encoded, SequenceKeys};
use crate::ports::BoxError;
use crate::ports::event_store::Recorded;

stored_events! { BestSellerEvent {
    RentalCounted = "best-seller.rental-counted" 1 {
        rental_id: RentalId,
        month: Month,
        item: Item,
        count: u64,
    }
    RentalUncounted = "best-seller.rental-uncounted" 1 {
        rental_id: RentalId,
        month: Month,
        item: Item,
        count: u64,
    }
    RentalIgnored = "best-seller.rental-ignored" 1 { rental_id: RentalId, month: Month, item: Item }
} }

impl Aggregate for BestSeller {
    type Id = BestSellerId;

    const CATEGORY: &'static str = "best-seller";

    const SNAPSHOT_SCHEMA: u64 = schema("best-seller", 1);

    fn encode(event: &BestSellerEvent) -> Encoded {
        event.encode()
    }

    fn decode(recorded: &Recorded) -> Result<BestSellerEvent, DecodeError> {
        stored_event::decode(recorded)
    }

    fn any(event: BestSellerEvent) -> AnyEvent {
        AnyEvent::BestSeller(event)
    }

    fn keys(id: &BestSellerId, event: &BestSellerEvent) -> SequenceKeys {
        SequenceKeys { book: Some(id.book), member: None, process: Self::correlation(event) }
    }

    fn correlation(event: &BestSellerEvent) -> Option<ProcessId> {
        let rental_id = match event {
            BestSellerEvent::RentalCounted { rental_id, .. }
            | BestSellerEvent::RentalUncounted { rental_id, .. }
            | BestSellerEvent::RentalIgnored { rental_id, .. } => *rental_id,
        };
        Some(ProcessId::Rent(rental_id))
    }

    fn freeze(&self) -> Bytes {
        snapshot::freeze(self)
    }

    fn thaw(state: &[u8]) -> Result<Self, BoxError> {
        snapshot::thaw(state)
    }

    fn bytes(&self) -> usize {
        // A tree node has room for eleven entries and is at least half full.
        size_of::<Self>() + self.tallies().count() * 2 * size_of::<(RentalId, Tally)>()
    }
}

/// What became of one rental, in a snapshot.
struct CountedLine {
    rental_id: RentalId,
    tally: Tally,
}

stored_structs! {
    CountedLine { rental_id: RentalId, tally: Tally }
}

stored_names! {
    Tally as "a tally" { Counted = "COUNTED", Uncounted = "UNCOUNTED" }
}

impl Stored for BestSeller {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let lines: Vec<_> =
            self.tallies().map(|(rental_id, tally)| CountedLine { rental_id, tally }).collect();
        lines.write(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let lines = Vec::<CountedLine>::read(from)?;
        Ok(Self::from_tallies(lines.into_iter().map(|line| (line.rental_id, line.tally))))
    }
}
