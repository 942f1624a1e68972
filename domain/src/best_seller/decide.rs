//! Whether a rental counts.

use super::{BestSeller, BestSellerCommand, BestSellerEvent, Tally};

pub(super) fn decide(best_seller: &BestSeller, command: &BestSellerCommand) -> BestSellerEvent {
    match command.clone() {
        BestSellerCommand::CountRental { rental_id, month, item } => match best_seller.tally(rental_id) {
            None => BestSellerEvent::RentalCounted { rental_id, month, item, count: best_seller.count() + 1 },
            Some(Tally::Counted | Tally::Uncounted) => {
                BestSellerEvent::RentalIgnored { rental_id, month, item }
            }
        },
        BestSellerCommand::UncountRental { rental_id, month, item } => {
            let count = best_seller.count();
            match best_seller.tally(rental_id) {
                None => BestSellerEvent::RentalUncounted { rental_id, month, item, count },
                Some(Tally::Counted) => BestSellerEvent::RentalUncounted {
                    rental_id,
                    month,
                    item,
                    count: count.saturating_sub(1),
                },
                Some(Tally::Uncounted) => BestSellerEvent::RentalIgnored { rental_id, month, item },
            }
        }
    }
}
