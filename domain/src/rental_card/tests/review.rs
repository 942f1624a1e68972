//! Deciding an attempt by hand.

use super::{
    all_done, answered, bring_back, card, card_owing, card_with, clear, clearing_id, days_after_due, did,
    did_not, expire, issued, not_undone, rent, rent_cancelled, rent_confirmed, rent_id, resolve,
    return_cancelled, return_confirmed, return_id, review_resolved, undid, undone,
};
use crate::rental_card::attempt::{Direction, Status};
use crate::rental_card::{ItemState, RentalCard, RentalCardEvent, RentalCardRefusal};
use crate::request::{Outcome, Participant};
use crate::sample::{clearing, points, reason, refused, rent_of, return_of};
use crate::scenario::Given;

const BOOK: Participant = Participant::Book;
const MEMBER: Participant = Participant::Member;
const CONFIRM: Direction = Direction::Confirm;
const CANCEL: Direction = Direction::Cancel;

fn rent_in_review() -> Given<RentalCard> {
    card().and(rent(1, 1)).and(expire(rent_id(1)))
}

/// A return, two days late, that the member refused and the book cannot undo.
fn cancelled_return_in_review() -> Given<RentalCard> {
    let id = return_id(101);
    card_with(&[1])
        .and(bring_back(101, 1, days_after_due(2)))
        .and(answered(id, BOOK, Outcome::Done))
        .and(answered(id, MEMBER, refused("no")))
        .and(not_undone(id, BOOK))
}

fn undo_rent(participant: Participant) -> RentalCardEvent {
    RentalCardEvent::UndoRequested { participant, asked: rent_of(1, 1) }
}

fn is_empty(card: &Given<RentalCard>) -> bool {
    issued(card).attempts.is_empty()
}

#[test]
fn only_an_attempt_in_review_can_be_resolved() {
    let id = rent_id(1);
    let refusal = || RentalCardRefusal::NotInReview { process: id };
    card().when(resolve(id, CANCEL)).then_refused(refusal());
    card().and(rent(1, 1)).when(resolve(id, CONFIRM)).then_refused(refusal());
    rent_in_review().and(resolve(id, CANCEL)).when(resolve(id, CANCEL)).then_refused(refusal());
}

#[test]
fn a_rent_confirmed_by_hand_is_rented_and_waits_for_the_late_answers() {
    let id = rent_id(1);
    let card = rent_in_review()
        .when(resolve(id, CONFIRM))
        .then([review_resolved(id, CONFIRM), rent_confirmed(1, 1)]);
    assert_eq!(issued(&card).items[0].state, ItemState::Rented);
    assert_eq!(issued(&card).attempts[&id].status(), Status::Resolved);
    let card = card
        .when(expire(id))
        .then_nothing()
        .when(answered(id, BOOK, Outcome::Done))
        .then([did(id, BOOK)])
        .when(answered(id, MEMBER, refused("no")))
        .then([did_not(id, MEMBER)]);
    assert!(is_empty(&card));
    assert_eq!(issued(&card).items[0].state, ItemState::Rented);
}

#[test]
fn a_rent_cancelled_by_hand_undoes_what_was_done_and_what_is_done_late() {
    let id = rent_id(1);
    let card = card()
        .and(rent(1, 1))
        .and(answered(id, BOOK, Outcome::Done))
        .and(expire(id))
        .when(resolve(id, CANCEL))
        .then([review_resolved(id, CANCEL), rent_cancelled(1, 1, "seen at the shelf"), undo_rent(BOOK)]);
    assert!(issued(&card).items.is_empty());
    let card = card
        .when(answered(id, MEMBER, Outcome::Done))
        .then([did(id, MEMBER), undo_rent(MEMBER)])
        .when(undone(id, BOOK))
        .then([undid(id, BOOK)]);
    assert_eq!(issued(&card).attempts[&id].status(), Status::Resolved);
    assert!(is_empty(&card.when(undone(id, MEMBER)).then([undid(id, MEMBER)])));
}

#[test]
fn a_refused_undo_of_a_resolved_attempt_is_only_recorded() {
    let id = rent_id(1);
    let card = rent_in_review()
        .and(resolve(id, CANCEL))
        .and(answered(id, MEMBER, refused("no")))
        .and(answered(id, BOOK, Outcome::Done))
        .when(not_undone(id, BOOK))
        .then([super::recorded(id, BOOK, crate::request::Step::Undo, refused("no"))]);
    assert!(is_empty(&card));
}

#[test]
fn a_payment_resolved_by_hand_is_never_undone() {
    let id = clearing_id(1);
    let in_review = || card_owing(2).and(clear(1, 20)).and(expire(id));
    let cleared = RentalCardEvent::FeeCleared { clearing_id: clearing(1), points: points(20) };
    let card = in_review().when(resolve(id, CONFIRM)).then([review_resolved(id, CONFIRM), cleared]);
    assert_eq!(issued(&card).fee, points(0));
    assert!(is_empty(&card.and(answered(id, MEMBER, refused("no")))));

    let kept = RentalCardEvent::ClearingRefused {
        clearing_id: clearing(1),
        points: points(20),
        reason: reason("seen at the shelf"),
    };
    let card = in_review().when(resolve(id, CANCEL)).then([review_resolved(id, CANCEL), kept]);
    assert_eq!((issued(&card).fee, issued(&card).clearing()), (points(20), None));
    let card = card.when(answered(id, MEMBER, Outcome::Done)).then([did(id, MEMBER)]);
    assert!(is_empty(&card));
    assert_eq!(issued(&card).fee, points(20));
}

#[test]
fn a_fee_is_not_cleared_twice_when_a_cancelled_payment_is_made_late() {
    let (first, second) = (clearing_id(1), clearing_id(2));
    let card = card_owing(2)
        .and(clear(1, 20))
        .and(expire(first))
        .and(resolve(first, CANCEL))
        .and(clear(2, 20))
        .and(answered(second, MEMBER, Outcome::Done))
        .and(answered(first, MEMBER, Outcome::Done));
    assert_eq!(issued(&card).fee, points(0));
    assert!(is_empty(&card));
}

#[test]
fn a_cancelled_attempt_in_review_is_accepted_as_it_stands() {
    let id = return_id(101);
    let card = cancelled_return_in_review().when(resolve(id, CANCEL)).then([review_resolved(id, CANCEL)]);
    assert!(is_empty(&card));
    assert_eq!((issued(&card).items.len(), issued(&card).fee), (1, points(0)));
}

#[test]
fn a_cancelled_return_can_be_confirmed_by_hand_and_its_fee_is_owed_again() {
    let id = return_id(101);
    let card = cancelled_return_in_review()
        .when(resolve(id, CONFIRM))
        .then([review_resolved(id, CONFIRM), return_confirmed(101, 1, 20)]);
    assert!(is_empty(&card));
    let card = issued(&card);
    assert_eq!((card.items.len(), card.fee), (0, points(20)));
    assert_eq!(card.returned[0].returned_on, days_after_due(2));
}

#[test]
fn a_return_confirmed_by_hand_after_its_cancellation_undoes_nothing_more() {
    let id = return_id(101);
    let card = card_with(&[1])
        .and(bring_back(101, 1, days_after_due(2)))
        .and(answered(id, MEMBER, refused("no")))
        .and(expire(id))
        .and(resolve(id, CONFIRM))
        .when(answered(id, BOOK, Outcome::Done))
        .then([did(id, BOOK)]);
    assert!(is_empty(&card));
    assert_eq!(issued(&card).fee, points(20));
}

#[test]
fn a_return_confirmed_by_hand_before_any_direction_owes_its_fee_once() {
    let id = return_id(101);
    let card = card_with(&[1])
        .and(bring_back(101, 1, days_after_due(2)))
        .and(expire(id))
        .when(resolve(id, CONFIRM))
        .then([review_resolved(id, CONFIRM), return_confirmed(101, 1, 20)]);
    assert_eq!(issued(&card).fee, points(20));
}

#[test]
fn a_return_cancelled_by_hand_gives_the_item_back() {
    let id = return_id(101);
    let undo = RentalCardEvent::UndoRequested { participant: MEMBER, asked: return_of(101, 1, 1) };
    let card = card_with(&[1])
        .and(bring_back(101, 1, days_after_due(2)))
        .and(answered(id, MEMBER, Outcome::Done))
        .and(expire(id))
        .when(resolve(id, CANCEL))
        .then([review_resolved(id, CANCEL), return_cancelled(101, 1, 20, "seen at the shelf"), undo]);
    assert_eq!((issued(&card).items[0].state.clone(), issued(&card).fee), (ItemState::Rented, points(0)));
}

#[test]
fn a_cancelled_rent_cannot_be_confirmed_any_more() {
    let id = rent_id(1);
    card()
        .and(rent(1, 1))
        .and(answered(id, MEMBER, refused("no")))
        .and(expire(id))
        .when(resolve(id, CONFIRM))
        .then_refused(RentalCardRefusal::CannotConfirm { process: id });
}

#[test]
fn a_cancelled_return_whose_item_is_in_another_return_or_gone_cannot_be_confirmed() {
    let (first, second) = (return_id(101), return_id(201));
    let refusal = || RentalCardRefusal::CannotConfirm { process: first };
    let card = cancelled_return_in_review()
        .and(bring_back(201, 1, days_after_due(0)))
        .when(resolve(first, CONFIRM))
        .then_refused(refusal());
    let card = all_done(card, second).when(resolve(first, CONFIRM)).then_refused(refusal());
    card.and(rent(301, 1)).when(resolve(first, CONFIRM)).then_refused(refusal());
}
