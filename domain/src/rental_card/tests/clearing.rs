//! Paying the late fee.

use super::{
    answered, bring_back, card, card_owing, card_with, clear, clearing_id, compensated, days_after_due, did,
    did_not, issued, rent, return_id,
};
use crate::rental_card::{RentalCardEvent, RentalCardRefusal};
use crate::request::{Outcome, Participant};
use crate::sample::{clearing, payment_request, points, reason, refused, rent_day};

fn requested(n: u128, value: i64) -> RentalCardEvent {
    RentalCardEvent::ClearingRequested { asked: payment_request(n, value) }
}

#[test]
fn the_fee_is_cleared_when_the_member_has_paid() {
    let id = clearing_id(1);
    let cleared = RentalCardEvent::FeeCleared { clearing_id: clearing(1), points: points(30) };
    let card = card_owing(3)
        .when(clear(1, 30))
        .then([requested(1, 30)])
        .when(answered(id, Participant::Member, Outcome::Done))
        .then([did(id, Participant::Member), cleared]);
    let card = issued(&card);
    assert_eq!((card.fee, card.is_suspended(), card.attempts.len()), (points(0), false, 0));
}

/// T60: clearing with too few points.
#[test]
fn the_fee_stays_when_the_payment_is_refused_and_can_be_offered_again() {
    let id = clearing_id(1);
    let refused_event = RentalCardEvent::ClearingRefused {
        clearing_id: clearing(1),
        points: points(30),
        reason: reason("no"),
    };
    let card = card_owing(3).and(clear(1, 30)).when(answered(id, Participant::Member, refused("no"))).then([
        did_not(id, Participant::Member),
        refused_event,
        compensated(id),
    ]);
    assert_eq!(issued(&card).fee, points(30));
    assert!(issued(&card).attempts.is_empty());
    card.when(clear(2, 30)).then([requested(2, 30)]);
}

#[test]
fn a_card_that_owes_nothing_has_nothing_to_clear() {
    card().when(clear(1, 10)).then_refused(RentalCardRefusal::NoFee);
    card_with(&[1]).when(clear(1, 10)).then_refused(RentalCardRefusal::NoFee);
}

#[test]
fn every_book_has_to_be_back_before_the_fee_is_paid() {
    let two = card_with(&[1, 2]).and(bring_back(101, 1, days_after_due(1)));
    let two = two.when(clear(1, 10)).then_refused(RentalCardRefusal::BooksStillHeld { held: 2 });
    let one = super::all_done(two, return_id(101));
    let one = one.when(clear(1, 10)).then_refused(RentalCardRefusal::BooksStillHeld { held: 1 });
    one.and(bring_back(102, 2, rent_day()))
        .when(clear(1, 10))
        .then_refused(RentalCardRefusal::BooksStillHeld { held: 1 });
}

#[test]
fn one_book_is_one_and_two_are_two_in_what_a_refusal_says() {
    let said = |held| RentalCardRefusal::BooksStillHeld { held }.to_string();
    assert_eq!(said(1), "1 book is still on the card; return it first");
    assert_eq!(said(2), "2 books are still on the card; return them first");
}

#[test]
fn a_pending_rent_is_a_book_still_held() {
    let card = card_with(&[1]).and(rent(2, 2)).and(bring_back(101, 1, days_after_due(1)));
    super::all_done(card, return_id(101))
        .when(clear(1, 10))
        .then_refused(RentalCardRefusal::BooksStillHeld { held: 1 });
}

#[test]
fn the_fee_has_to_be_offered_exactly() {
    for offered in [29, 31] {
        let refusal = RentalCardRefusal::FeeMismatch { late_fee: points(30), offered: points(offered) };
        card_owing(3).when(clear(1, offered)).then_refused(refusal);
    }
}

#[test]
fn a_second_payment_waits_for_the_first() {
    card_owing(3)
        .and(clear(1, 30))
        .when(clear(2, 30))
        .then_refused(RentalCardRefusal::ClearingPending { clearing_id: clearing(1) });
}

/// Refusals are tested in the order written: no fee, books held, points differ, a payment pending.
#[test]
fn a_payment_is_refused_by_the_first_rule_it_breaks() {
    card_with(&[1, 2])
        .and(bring_back(101, 1, days_after_due(1)))
        .when(clear(1, 999))
        .then_refused(RentalCardRefusal::BooksStillHeld { held: 2 });
    card_owing(3)
        .and(clear(1, 30))
        .when(clear(2, 29))
        .then_refused(RentalCardRefusal::FeeMismatch { late_fee: points(30), offered: points(29) });
}

/// Defect 14: between clearing and a failed payment the member could rent again.
#[test]
fn a_card_stays_suspended_until_the_payment_is_made() {
    let suspended = || RentalCardRefusal::CardSuspended { late_fee: points(30), overdue: vec![] };
    let card = card_owing(3).and(clear(1, 30)).when(rent(2, 2)).then_refused(suspended());
    assert_eq!(issued(&card).clearing(), Some(clearing(1)));
    card.and(answered(clearing_id(1), Participant::Member, refused("no")))
        .when(rent(2, 2))
        .then_refused(suspended());
}

/// T60, defect 10: a payment that failed after a new fee arose forgave the real fee. No new fee can arise: every
/// book is back, and none can be rented.
#[test]
fn no_new_fee_can_arise_while_a_payment_is_under_way() {
    let card = card_owing(3).and(clear(1, 30));
    let card = card
        .when(rent(2, 2))
        .then_refused(RentalCardRefusal::CardSuspended { late_fee: points(30), overdue: vec![] })
        .when(bring_back(201, 1, days_after_due(9)))
        .then_refused(RentalCardRefusal::BookNotHeld { book_no: crate::sample::book_no(1) });
    let card = card.and(answered(clearing_id(1), Participant::Member, refused("no")));
    assert_eq!(issued(&card).fee, points(30));
}
