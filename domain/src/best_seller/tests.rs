//! The rules of counting rentals, row by row.

use crate::sample::{item, rent_day, rental};
use crate::scenario::{Given, given};

use super::*;

fn month() -> Month {
    Month::of(rent_day())
}

fn count(n: u128) -> BestSellerCommand {
    BestSellerCommand::CountRental { rental_id: rental(n), month: month(), item: item(1) }
}

fn uncount(n: u128) -> BestSellerCommand {
    BestSellerCommand::UncountRental { rental_id: rental(n), month: month(), item: item(1) }
}

fn counted(n: u128, count: u64) -> BestSellerEvent {
    BestSellerEvent::RentalCounted { rental_id: rental(n), month: month(), item: item(1), count }
}

fn uncounted(n: u128, count: u64) -> BestSellerEvent {
    BestSellerEvent::RentalUncounted { rental_id: rental(n), month: month(), item: item(1), count }
}

fn ignored(n: u128) -> BestSellerEvent {
    BestSellerEvent::RentalIgnored { rental_id: rental(n), month: month(), item: item(1) }
}

fn nothing() -> Given<BestSeller> {
    given([])
}

#[test]
fn rentals_are_counted_and_cancelled_ones_taken_off() {
    let best_seller = nothing()
        .when(count(1))
        .then([counted(1, 1)])
        .when(count(2))
        .then([counted(2, 2)])
        .when(uncount(1))
        .then([uncounted(1, 1)]);
    assert_eq!(best_seller.state().count(), 1);
}

/// Defect 8: a redelivery was counted twice.
#[test]
fn a_repeated_count_is_ignored_by_an_event() {
    let best_seller = nothing().when(count(1)).then([counted(1, 1)]).when(count(1)).then([ignored(1)]);
    assert_eq!(best_seller.state().count(), 1);
}

#[test]
fn a_repeated_cancellation_is_ignored_by_an_event() {
    let best_seller = given::<BestSeller>([counted(1, 1), counted(2, 2), uncounted(1, 1)])
        .when(uncount(1))
        .then([ignored(1)]);
    assert_eq!(best_seller.state().count(), 1);
}

/// T67, defect 12: a cancellation that overtakes its rent left the count one too high.
#[test]
fn a_count_that_comes_after_its_cancellation_is_ignored() {
    let best_seller = nothing().when(uncount(1)).then([uncounted(1, 0)]).when(count(1)).then([ignored(1)]);
    assert_eq!(best_seller.state().count(), 0);
    assert_eq!(best_seller.state().tally(rental(1)), Some(Tally::Uncounted));
}

#[test]
fn a_cancellation_that_overtakes_its_rent_leaves_the_others_counted() {
    nothing().when(count(1)).then([counted(1, 1)]).when(uncount(2)).then([uncounted(2, 1)]);
}

#[test]
fn tallies_given_back_make_the_same_state() {
    let best_seller = given::<BestSeller>([counted(1, 1), uncounted(2, 1)]).state();
    assert_eq!(BestSeller::from_tallies(best_seller.tallies()), best_seller);
}

#[test]
fn a_rental_once_uncounted_never_counts_again_whatever_a_history_says() {
    let best_seller = given::<BestSeller>([uncounted(1, 0), counted(1, 1)]).state();
    assert_eq!(best_seller.tally(rental(1)), Some(Tally::Uncounted));
}
