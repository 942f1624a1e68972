//! Cards, members, books and best-sellers together: whatever the order in which their messages arrive, the
//! invariants hold once all have arrived.

mod world;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use proptest::sample::Index;

use super::config;
use crate::points::Points;
use crate::rental_card::attempt::Status;
use crate::rental_card::{IssuedCard, ItemState, RentalCardEvent};
use world::{BOOKS, MEMBERS, World};

/// What happens next in the world.
#[derive(Debug, Clone)]
enum Turn {
    Rent { who: usize, no: i64 },
    Return { who: usize, no: i64, days_late: i32 },
    Clear { who: usize },
    Save { who: usize, points: i64 },
    Use { who: usize, points: i64 },
    Shelve { no: i64 },
    Withdraw { no: i64 },
    Deadline { who: usize, which: Index },
    Deliver { which: Index, twice: bool },
}

fn turn() -> impl Strategy<Value = Turn> {
    let (who, no) = (|| 0..MEMBERS, || 1..=BOOKS);
    prop_oneof![
        4 => (who(), no()).prop_map(|(who, no)| Turn::Rent { who, no }),
        4 => (who(), no(), -2..20_i32).prop_map(|(who, no, days_late)| Turn::Return { who, no, days_late }),
        2 => who().prop_map(|who| Turn::Clear { who }),
        1 => (who(), 1..100_i64).prop_map(|(who, points)| Turn::Save { who, points }),
        1 => (who(), 1..30_i64).prop_map(|(who, points)| Turn::Use { who, points }),
        1 => no().prop_map(|no| Turn::Shelve { no }),
        1 => no().prop_map(|no| Turn::Withdraw { no }),
        1 => (who(), any::<Index>()).prop_map(|(who, which)| Turn::Deadline { who, which }),
        20 => (any::<Index>(), proptest::bool::weighted(0.2))
            .prop_map(|(which, twice)| Turn::Deliver { which, twice }),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_invariants_hold_at_rest_in_whatever_order_messages_arrive(turns in vec(turn(), 0..150)) {
        let mut world = World::new();
        for turn in &turns {
            world.take(turn);
        }
        world.deliver_all();
        check_books(&world);
        check_points(&world);
        check_best_sellers(&world);
        check_attempts(&world);
    }
}

/// I1, defect 9: a book is out by a rental exactly when one card holds that rental.
fn check_books(world: &World) {
    for (no, book) in &world.books {
        let in_review = cards(world).any(|card| {
            card.attempts.values().any(|attempt| attempt.asked.item().is_some_and(|item| item.no == *no))
        });
        let holders: Vec<_> = cards(world)
            .flat_map(|card| &card.items)
            .filter(|item| item.item.no == *no)
            .map(|item| item.rental_id)
            .collect();
        assert!(
            in_review || holders == book.holder().into_iter().collect::<Vec<_>>(),
            "book {no}: {holders:?}"
        );
    }
}

/// I2: a member has what its rents and returns earned and what operators moved, less the fees it paid.
fn check_points(world: &World) {
    for (who, member) in world.members.iter().enumerate() {
        let earned = |event: &RentalCardEvent| match event {
            RentalCardEvent::RentConfirmed { .. } | RentalCardEvent::ReturnConfirmed { .. } => {
                Points::new(10)
            }
            RentalCardEvent::FeeCleared { points, .. } => -*points,
            _ => Points::ZERO,
        };
        let sum = world.histories[who].iter().map(earned).fold(world.by_hand[who], |sum, more| sum + more);
        assert_eq!(member.balance().unwrap_or(Points::ZERO), sum, "member {who}");
    }
}

/// I4, T67, defect 12: the count of a book is that of its rentals that were not cancelled.
fn check_best_sellers(world: &World) {
    for (no, best_seller) in &world.best_sellers {
        let rented = |event: &&RentalCardEvent| matches!(event, RentalCardEvent::RentConfirmed { item, .. } if item.no == *no);
        let rents = world.histories.iter().flatten().filter(rented).count() as u64;
        assert_eq!(best_seller.count(), rents, "book {no}");
    }
}

/// I5: every attempt has ended or is visibly in review, and nothing is left half done on a card.
fn check_attempts(world: &World) {
    for card in cards(world) {
        assert!(card.attempts.values().all(|attempt| attempt.status() == Status::NeedsReview));
        assert!(card.items.iter().all(|item| item.state == ItemState::Rented));
        assert!(card.fee >= Points::ZERO && card.clearing().is_none());
    }
}

fn cards(world: &World) -> impl Iterator<Item = &IssuedCard> {
    world.cards.iter().filter_map(|card| card.issued())
}
