//! Marking an item overdue.

use super::{all_done, bring_back, card, card_with, days_after_due, issued, mark_overdue, rent, rent_id};
use crate::rental_card::{RentalCardEvent, RentalCardRefusal};
use crate::sample::{book_no, due_day, item, points, rent_day, rental};

fn marked(no: i64, days: i32) -> RentalCardEvent {
    let rental_id = rental(no.unsigned_abs().into());
    RentalCardEvent::ItemOverdue { rental_id, item: item(no), on: days_after_due(days) }
}

/// Defect 17: the due date was overwritten to mark an item overdue.
#[test]
fn an_item_is_marked_overdue_and_keeps_its_due_date() {
    let card = card_with(&[1]).when(mark_overdue(1, days_after_due(1))).then([marked(1, 1)]);
    let card = issued(&card);
    assert!(card.items[0].overdue && card.is_suspended());
    assert_eq!(card.items[0].due_on, due_day());
    assert_eq!(card.fee, points(0));
}

#[test]
fn the_fee_of_a_marked_item_counts_from_its_due_date() {
    let card =
        card_with(&[1]).and(mark_overdue(1, days_after_due(5))).and(bring_back(101, 1, days_after_due(7)));
    assert_eq!(issued(&card).fee, points(70));
}

#[test]
fn the_fee_of_books_that_are_out_accrues_day_by_day_and_is_not_owed_before_they_return() {
    let card = issued(&card_with(&[1, 2]));
    let accruing = [0, 1, 3].map(|days| card.accruing_fee(days_after_due(days)));
    assert_eq!(accruing, [points(0), points(20), points(60)]);
    assert_eq!(card.fee, points(0));
}

#[test]
fn a_book_on_its_way_back_accrues_no_fee_beside_the_one_it_cost() {
    let card = issued(&card_with(&[1, 2]).and(bring_back(101, 1, days_after_due(3))));
    assert_eq!((card.fee, card.accruing_fee(days_after_due(3))), (points(30), points(30)));
    assert_eq!(card.accruing_fee(days_after_due(5)), points(50));
}

#[test]
fn a_pending_item_can_be_marked_overdue() {
    card().and(rent(1, 1)).when(mark_overdue(1, days_after_due(1))).then([marked(1, 1)]);
}

#[test]
fn an_item_on_its_due_date_is_not_overdue() {
    let refusal = || RentalCardRefusal::NotYetDue { book_no: book_no(1), due_on: due_day() };
    for on in [rent_day(), due_day()] {
        card_with(&[1]).when(mark_overdue(1, on)).then_refused(refusal());
    }
}

#[test]
fn marking_again_changes_nothing_and_a_day_too_early_is_still_refused() {
    card_with(&[1])
        .and(mark_overdue(1, days_after_due(1)))
        .when(mark_overdue(1, days_after_due(2)))
        .then_nothing()
        .when(mark_overdue(1, due_day()))
        .then_refused(RentalCardRefusal::NotYetDue { book_no: book_no(1), due_on: due_day() });
}

#[test]
fn an_item_that_is_not_held_cannot_be_marked() {
    let refusal = |no| RentalCardRefusal::BookNotHeld { book_no: book_no(no) };
    card_with(&[1])
        .when(mark_overdue(2, days_after_due(1)))
        .then_refused(refusal(2))
        .and(bring_back(101, 1, days_after_due(1)))
        .when(mark_overdue(1, days_after_due(1)))
        .then_refused(refusal(1));
}

#[test]
fn an_overdue_book_on_its_way_back_in_time_for_no_fee_suspends_no_more() {
    let card = all_done(card().and(rent(1, 1)), rent_id(1)).and(mark_overdue(1, days_after_due(1)));
    let card = card.and(bring_back(101, 1, due_day()));
    assert!(!issued(&card).is_suspended());
}
