//! The laws of a best-seller: four rentals, counted and uncounted in any order.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, proptest};

use super::{Laws, config};
use crate::best_seller::{BestSeller, BestSellerCommand, BestSellerEvent};
use crate::decider::Decider;
use crate::ids::Month;
use crate::sample::{item, rent_day, rental};

const LAWS: Laws<BestSeller> = Laws {
    is_bare: |_, event| match event {
        BestSellerEvent::RentalIgnored { .. } => true,
        BestSellerEvent::RentalCounted { .. } | BestSellerEvent::RentalUncounted { .. } => false,
    },
    is_lifecycle: |_| false,
};

fn command() -> impl Strategy<Value = (u128, bool)> {
    (1..5_u128, any::<bool>())
}

fn of((n, counts): (u128, bool)) -> BestSellerCommand {
    let (rental_id, month, item) = (rental(n), Month::of(rent_day()), item(1));
    if counts {
        return BestSellerCommand::CountRental { rental_id, month, item };
    }
    BestSellerCommand::UncountRental { rental_id, month, item }
}

proptest! {
    #![proptest_config(config())]

    /// Whatever the order and however often: the count is of what was counted and never uncounted.
    #[test]
    fn the_count_is_of_the_rentals_that_were_not_cancelled(asked in vec(command(), 0..30)) {
        let history = LAWS.history(asked.iter().copied().map(of));
        let numbers = |counts| -> BTreeSet<u128> {
            asked.iter().filter(|(_, counted)| *counted == counts).map(|(n, _)| *n).collect()
        };
        let expected = numbers(true).difference(&numbers(false)).count() as u64;
        assert_eq!(BestSeller::replay(&history).count(), expected);
        let last = history.iter().rev().find_map(|event| match event {
            BestSellerEvent::RentalCounted { count, .. } | BestSellerEvent::RentalUncounted { count, .. } => {
                Some(*count)
            }
            BestSellerEvent::RentalIgnored { .. } => None,
        });
        assert_eq!(last.unwrap_or(0), expected, "every event says the count after it");
    }

    #[test]
    fn a_best_seller_is_bounded_by_its_rentals_and_answers_every_request(asked in vec(command(), 0..60)) {
        let history = LAWS.history(asked.iter().copied().map(of));
        assert_eq!(history.len(), asked.len());
        assert!(BestSeller::replay(&history).tallies().count() <= 4);
    }

    #[test]
    fn any_history_of_a_best_seller_can_be_replayed(
        history in vec(command(), 0..40).prop_map(|asked| LAWS.history(asked.into_iter().map(of)))
            .prop_flat_map(|events| Just(events).prop_shuffle()),
    ) {
        let _best_seller = BestSeller::replay(&history);
    }
}
