//! Bringing a book back: refusals, dates and fees.

use jiff::civil::Date;

use super::{
    all_done, answered, bring_back, card, card_with, days_after_due, did_not, issued, mark_overdue, rent,
    rent_id, return_cancelled, return_confirmed, return_id, undid, undone,
};
use crate::policy;
use crate::rental_card::{ItemState, RentalCardCommand, RentalCardEvent, RentalCardRefusal};
use crate::request::{Outcome, Participant};
use crate::sample::{book_no, day, item, points, refused, rent_day, rental, return_of, return_request};

fn item_returned(n: u128, no: i64, on: Date, days_late: i32) -> RentalCardEvent {
    RentalCardEvent::ItemReturned {
        asked: return_request(n, no.unsigned_abs().into(), no),
        returned_on: on,
        days_late,
        late_fee: points(i64::from(days_late) * 10),
    }
}

/// T78, defect 2: one month and two days late cost 20, the "days" part of a calendar period.
#[test]
fn the_fee_is_ten_points_for_each_whole_day_after_the_due_date() {
    for (days, fee) in [(0, 0), (1, 10), (2, 20), (31, 310), (33, 330), (45, 450), (366, 3660)] {
        let on = days_after_due(days);
        let card = card_with(&[1]).when(bring_back(101, 1, on)).then([item_returned(101, 1, on, days)]);
        assert_eq!(issued(&card).fee, points(fee), "{days} days late");
    }
}

#[test]
fn a_book_back_before_its_due_date_costs_nothing() {
    for days in [-14, -1] {
        let on = days_after_due(days);
        card_with(&[1]).when(bring_back(101, 1, on)).then([item_returned(101, 1, on, 0)]);
    }
}

/// T78: the leap day is a day like others.
#[test]
fn the_fee_counts_the_leap_day() {
    let rented = RentalCardCommand::RentItem { rental_id: rental(1), item: item(1), on: day("2028-02-14") };
    let card = all_done(card().and(rented), rent_id(1)).and(bring_back(101, 1, day("2028-03-01")));
    assert_eq!(issued(&card).fee, points(20), "due on 2028-02-28, back on 2028-03-01");
}

#[test]
fn the_longest_delay_there_can_be_has_a_fee() {
    let card = card_with(&[1]).and(bring_back(101, 1, Date::MAX));
    let days = i64::from(Date::MAX.duration_since(days_after_due(0)).as_hours() as i32 / 24);
    assert_eq!(issued(&card).fee, points(days * 10));
}

#[test]
fn a_book_that_is_not_held_cannot_be_returned() {
    let refusal = |no| RentalCardRefusal::BookNotHeld { book_no: book_no(no) };
    card_with(&[1])
        .when(bring_back(101, 2, rent_day()))
        .then_refused(refusal(2))
        .and(bring_back(101, 1, rent_day()))
        .when(bring_back(201, 1, rent_day()))
        .then_refused(refusal(1));
}

#[test]
fn a_rent_that_is_not_confirmed_yet_cannot_be_returned_whatever_the_day() {
    card()
        .and(rent(1, 1))
        .when(bring_back(101, 1, day("2026-02-01")))
        .then_refused(RentalCardRefusal::RentalPending { book_no: book_no(1), rental_id: rental(1) });
}

/// T78: return before rent.
#[test]
fn a_book_cannot_come_back_before_it_was_rented() {
    let on = day("2026-02-28");
    card_with(&[1])
        .when(bring_back(101, 1, on))
        .then_refused(RentalCardRefusal::ReturnBeforeRent { rented_on: rent_day(), on });
}

#[test]
fn a_confirmed_return_moves_the_item_to_the_returned_list_and_keeps_the_fee() {
    let id = return_id(101);
    let card = card_with(&[1])
        .and(bring_back(101, 1, days_after_due(3)))
        .and(answered(id, Participant::Member, Outcome::Done))
        .when(answered(id, Participant::Book, Outcome::Done))
        .then([super::did(id, Participant::Book), return_confirmed(101, 1, 30)]);
    let card = issued(&card);
    assert_eq!((card.items.len(), card.returned.len(), card.fee), (0, 1, points(30)));
    assert_eq!(card.returned[0].returned_on, days_after_due(3));
    assert_eq!(card.returned[0].late_fee, points(30));
}

/// Defect 4: a cancelled return lost the item and kept the fee.
#[test]
fn a_cancelled_return_gives_the_item_back_and_takes_its_fee_off() {
    let id = return_id(101);
    let undo = RentalCardEvent::UndoRequested { participant: Participant::Book, asked: return_of(101, 1, 1) };
    let card = card_with(&[1])
        .and(bring_back(101, 1, days_after_due(3)))
        .and(answered(id, Participant::Book, Outcome::Done))
        .when(answered(id, Participant::Member, refused("no")))
        .then([did_not(id, Participant::Member), return_cancelled(101, 1, 30, "no"), undo]);
    let card = issued(&card);
    assert_eq!((card.items[0].state.clone(), card.fee), (ItemState::Rented, points(0)));
}

/// T58, defect 20: a return that was cancelled once could never be made again.
#[test]
fn a_return_that_was_cancelled_once_can_be_made_again_even_before_all_is_undone() {
    let (first, second) = (return_id(101), return_id(201));
    let card = card_with(&[1])
        .and(bring_back(101, 1, days_after_due(3)))
        .and(answered(first, Participant::Book, Outcome::Done))
        .and(answered(first, Participant::Member, refused("no")))
        .when(bring_back(201, 1, days_after_due(4)))
        .then([item_returned(201, 1, days_after_due(4), 4)])
        .when(undone(first, Participant::Book))
        .then([undid(first, Participant::Book), super::compensated(first)]);
    let card = issued(&all_done(card, second));
    assert_eq!((card.items.len(), card.returned.len(), card.fee), (0, 1, points(40)));
    assert!(card.attempts.is_empty());
}

#[test]
fn six_books_are_held_after_a_cancelled_return_and_rents_wait_until_below_five() {
    let card = card_with(&[1, 2, 3, 4, 5]).and(bring_back(101, 1, rent_day())).and(rent(6, 6));
    let card = all_done(card, rent_id(6)).and(answered(return_id(101), Participant::Book, refused("no")));
    assert_eq!(issued(&card).held_count(), 6);
    card.when(rent(7, 7))
        .then_refused(RentalCardRefusal::TooManyBooks { held: 6, limit: 5 })
        .and(bring_back(102, 2, rent_day()))
        .when(rent(7, 7))
        .then_refused(RentalCardRefusal::TooManyBooks { held: 5, limit: 5 });
}

#[test]
fn the_overdue_mark_survives_a_cancelled_return() {
    let card = card_with(&[1])
        .and(mark_overdue(1, days_after_due(1)))
        .and(bring_back(101, 1, days_after_due(2)))
        .and(answered(return_id(101), Participant::Book, refused("no")));
    let card = issued(&card);
    assert!(card.items[0].overdue && card.is_suspended());
    assert_eq!(card.fee, points(0));
}

#[test]
fn only_the_last_fifty_returned_items_are_kept() {
    let card = (0..60_u128).fold(card(), |card, n| {
        let card = all_done(card.and(rent(1000 + n * 100 + 1, 1)), rent_id(1000 + n * 100 + 1));
        all_done(card.and(bring_back(n * 100 + 1, 1, rent_day())), return_id(n * 100 + 1))
    });
    let returned = issued(&card).returned;
    assert_eq!(returned.len(), policy::RETURNED_KEPT);
    assert_eq!(returned[0].rental_id, rental(2001));
}
