//! What an event makes of the tallies.

use super::{BestSeller, BestSellerEvent, Tally};

pub(super) fn evolve(mut best_seller: BestSeller, event: &BestSellerEvent) -> BestSeller {
    match event {
        BestSellerEvent::RentalCounted { rental_id, .. } => {
            // What was uncounted never counts again, whatever a history says.
            best_seller.rentals.entry(*rental_id).or_insert(Tally::Counted);
        }
        BestSellerEvent::RentalUncounted { rental_id, .. } => {
            best_seller.rentals.insert(*rental_id, Tally::Uncounted);
        }
        BestSellerEvent::RentalIgnored { .. } => {}
    }
    best_seller
}
