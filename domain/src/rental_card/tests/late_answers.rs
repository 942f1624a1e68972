//! Attempts whose deadline passes, and the answers that come after it.

use super::{
    all_done, answered, bring_back, card, card_owing, card_with, clear, clearing_id, compensated,
    days_after_due, did, did_not, expire, issued, not_undone, rent, rent_cancelled, rent_confirmed, rent_id,
    return_id, review_requested, undid, undone,
};
use crate::rental_card::attempt::Status;
use crate::rental_card::{RentalCard, RentalCardEvent};
use crate::request::{Outcome, Participant, Step};
use crate::sample::{refused, rent_of};
use crate::scenario::Given;

const BOOK: Participant = Participant::Book;
const MEMBER: Participant = Participant::Member;

fn only_status(card: &Given<RentalCard>) -> Status {
    let card = issued(card);
    assert_eq!(card.attempts.len(), 1);
    card.attempts.values().next().unwrap().status()
}

fn undo(participant: Participant) -> RentalCardEvent {
    RentalCardEvent::UndoRequested { participant, asked: rent_of(1, 1) }
}

/// T62: nobody answers, then late answers complete the attempt.
#[test]
fn late_answers_complete_an_attempt_in_review() {
    let id = rent_id(1);
    let card =
        card().and(rent(1, 1)).and(expire(id)).when(answered(id, BOOK, Outcome::Done)).then([did(id, BOOK)]);
    assert_eq!(only_status(&card), Status::NeedsReview);
    let card = card.when(answered(id, MEMBER, Outcome::Done)).then([did(id, MEMBER), rent_confirmed(1, 1)]);
    assert!(issued(&card).attempts.is_empty());
}

/// T62: a late refusal compensates the attempt.
#[test]
fn a_late_refusal_gives_an_attempt_in_review_its_direction() {
    let id = rent_id(1);
    let card = card()
        .and(rent(1, 1))
        .and(answered(id, BOOK, Outcome::Done))
        .when(expire(id))
        .then([review_requested(id, "no answer from MEMBER")])
        .when(answered(id, MEMBER, refused("no")))
        .then([did_not(id, MEMBER), rent_cancelled(1, 1, "no"), undo(BOOK)]);
    assert_eq!(only_status(&card), Status::Compensating);
    card.when(undone(id, BOOK)).then([undid(id, BOOK), compensated(id)]);
}

#[test]
fn the_one_that_is_silent_is_named() {
    let id = return_id(101);
    let back = || card_with(&[1]).and(bring_back(101, 1, days_after_due(0)));
    back()
        .and(answered(id, MEMBER, Outcome::Done))
        .when(expire(id))
        .then([review_requested(id, "no answer from BOOK")]);
    let payment = clearing_id(1);
    card_owing(1)
        .and(clear(1, 10))
        .when(expire(payment))
        .then([review_requested(payment, "no answer from MEMBER")]);
}

#[test]
fn an_attempt_in_review_or_unknown_or_over_does_not_expire() {
    let id = rent_id(1);
    card().when(expire(id)).then_nothing();
    let card = card().and(rent(1, 1)).and(expire(id)).when(expire(id)).then_nothing();
    all_done(card, id).when(expire(id)).then_nothing();
}

#[test]
fn a_participant_that_does_not_undo_in_time_is_shown_for_review_and_may_undo_late() {
    let id = rent_id(1);
    let card = card()
        .and(rent(1, 1))
        .and(expire(id))
        .and(answered(id, BOOK, Outcome::Done))
        .and(answered(id, MEMBER, refused("no")))
        .when(expire(id))
        .then([review_requested(id, "no answer from BOOK")]);
    assert_eq!(only_status(&card), Status::NeedsReview);
    let card = card.when(undone(id, BOOK)).then([undid(id, BOOK), compensated(id)]);
    assert!(issued(&card).attempts.is_empty());
}

#[test]
fn a_cancelled_attempt_that_waits_for_an_answer_is_shown_for_review() {
    let id = rent_id(1);
    card()
        .and(rent(1, 1))
        .and(answered(id, MEMBER, refused("no")))
        .when(expire(id))
        .then([review_requested(id, "no answer from BOOK")])
        .when(answered(id, BOOK, Outcome::Done))
        .then([did(id, BOOK), undo(BOOK)])
        .when(undone(id, BOOK))
        .then([undid(id, BOOK), compensated(id)]);
}

/// T64: what could not be undone stays visible until an operator settles it.
#[test]
fn a_refused_undo_is_shown_for_review_and_stays_open() {
    let id = rent_id(1);
    let said_no = super::recorded(id, BOOK, Step::Undo, refused("no"));
    let card = card()
        .and(rent(1, 1))
        .and(answered(id, BOOK, Outcome::Done))
        .and(answered(id, MEMBER, refused("no")))
        .when(not_undone(id, BOOK))
        .then([said_no.clone(), review_requested(id, "no")])
        .when(undone(id, BOOK))
        .then([undid(id, BOOK)])
        .when(expire(id))
        .then_nothing();
    assert_eq!(only_status(&card), Status::NeedsReview);
}

#[test]
fn a_refused_undo_of_an_attempt_in_review_is_only_recorded() {
    let id = rent_id(1);
    let card = card()
        .and(rent(1, 1))
        .and(answered(id, BOOK, Outcome::Done))
        .and(answered(id, MEMBER, refused("no")))
        .and(expire(id))
        .when(not_undone(id, BOOK))
        .then([super::recorded(id, BOOK, Step::Undo, refused("no"))]);
    assert_eq!(only_status(&card), Status::NeedsReview);
}
