//! Which attempt an answer is for, and whether it fits.

use super::{
    all_done, answer, answered, bring_back, card, card_owing, card_with, clear, clearing_id, did, issued,
    rent, rent_confirmed, rent_id, return_id,
};
use crate::ids::{BookNo, MemberId};
use crate::rental_card::{Addressee, Answer, Mismatch, RentalCardCommand, RentalCardRefusal};
use crate::request::{Kind, Outcome, Participant, Step};
use crate::sample::{book_no, rent_day};

fn no_attempt(mismatch: Mismatch) -> RentalCardRefusal {
    RentalCardRefusal::NoSuchAttempt { mismatch }
}

fn of(to: Addressee, who: &str, participant: Participant, no: Option<BookNo>) -> RentalCardCommand {
    RentalCardCommand::RecordAnswer(Answer {
        to,
        participant,
        step: Step::Do,
        outcome: Outcome::Done,
        member_id: MemberId::parse(who).unwrap(),
        book_no: no,
    })
}

fn plain(kind: Kind, participant: Participant, no: Option<i64>) -> RentalCardCommand {
    of(Addressee::OnlyOne(kind), "jenny", participant, no.map(book_no))
}

/// T66: an answer for an unknown attempt is turned down, and the member's other rents go on.
#[test]
fn an_answer_for_an_unknown_attempt_is_turned_down_and_other_rents_go_on() {
    let card = card()
        .and(rent(1, 1))
        .when(answered(rent_id(9), Participant::Book, Outcome::Done))
        .then_refused(no_attempt(Mismatch::Process(rent_id(9))));
    assert!(issued(&all_done(card, rent_id(1))).attempts.is_empty());
}

/// T66: an answer that names a wrong item is turned down, and so is one that names another member.
#[test]
fn an_answer_that_names_another_book_or_member_is_turned_down() {
    let to = Addressee::Process(rent_id(1));
    card()
        .and(rent(1, 1))
        .when(of(to, "jenny", Participant::Book, Some(book_no(2))))
        .then_refused(no_attempt(Mismatch::Book))
        .when(of(to, "jenny", Participant::Book, None))
        .then_refused(no_attempt(Mismatch::Book))
        .when(of(to, "Jenny", Participant::Book, Some(book_no(1))))
        .then_refused(no_attempt(Mismatch::Member))
        .when(of(to, "tom", Participant::Book, Some(book_no(2))))
        .then_refused(no_attempt(Mismatch::Member))
        .when(of(to, "jenny", Participant::Book, Some(book_no(1))))
        .then([did(rent_id(1), Participant::Book)]);
}

#[test]
fn an_answer_of_somebody_who_was_not_asked_is_turned_down() {
    card_owing(1)
        .and(clear(1, 10))
        .when(answered(clearing_id(1), Participant::Book, Outcome::Done))
        .then_refused(no_attempt(Mismatch::NotAsked))
        .when(of(Addressee::Process(clearing_id(1)), "jenny", Participant::Member, Some(book_no(1))))
        .then_refused(no_attempt(Mismatch::Book));
}

#[test]
fn an_answer_to_an_undo_that_nobody_asked_for_is_turned_down() {
    let id = rent_id(1);
    let undo = || answer(id, Participant::Book, Step::Undo, Outcome::Done);
    card()
        .and(rent(1, 1))
        .when(undo())
        .then_refused(no_attempt(Mismatch::NotAsked))
        .and(answered(id, Participant::Book, Outcome::Done))
        .when(undo())
        .then_refused(no_attempt(Mismatch::NotAsked));
}

#[test]
fn an_answer_after_the_attempt_has_left_is_turned_down() {
    card_with(&[1])
        .when(answered(rent_id(1), Participant::Book, Outcome::Done))
        .then_refused(no_attempt(Mismatch::Process(rent_id(1))));
}

#[test]
fn an_answer_without_ids_goes_to_the_one_attempt_that_waits_for_it() {
    card()
        .and(rent(1, 1))
        .and(rent(2, 2))
        .and(answered(rent_id(1), Participant::Member, Outcome::Done))
        .when(plain(Kind::Rent, Participant::Book, Some(1)))
        .then([did(rent_id(1), Participant::Book), rent_confirmed(1, 1)])
        .and(bring_back(101, 1, rent_day()))
        .when(plain(Kind::Return, Participant::Book, Some(1)))
        .then([did(return_id(101), Participant::Book)]);
}

#[test]
fn a_payment_answered_without_ids_is_the_one_pending() {
    let card = card_owing(1).and(clear(1, 10)).and(plain(Kind::Overdue, Participant::Member, None));
    assert_eq!(issued(&card).fee.value(), 0);
}

#[test]
fn an_answer_without_ids_that_nobody_waits_for_is_turned_down() {
    let none = || no_attempt(Mismatch::NotOne { waiting: 0 });
    card()
        .and(rent(1, 1))
        .when(plain(Kind::Rent, Participant::Book, Some(2)))
        .then_refused(none())
        .when(plain(Kind::Return, Participant::Book, Some(1)))
        .then_refused(none())
        .when(plain(Kind::Overdue, Participant::Member, None))
        .then_refused(none())
        .and(plain(Kind::Rent, Participant::Book, Some(1)))
        .when(plain(Kind::Rent, Participant::Book, Some(1)))
        .then_refused(none());
}

#[test]
fn an_answer_without_ids_that_several_wait_for_is_turned_down() {
    let (first, second) = (return_id(101), return_id(201));
    let card = card_with(&[1])
        .and(bring_back(101, 1, rent_day()))
        .and(answered(first, Participant::Member, crate::sample::refused("no")))
        .and(bring_back(201, 1, rent_day()));
    let card = card
        .when(plain(Kind::Return, Participant::Book, Some(1)))
        .then_refused(no_attempt(Mismatch::NotOne { waiting: 2 }));
    card.and(answered(first, Participant::Book, crate::sample::refused("no")))
        .when(plain(Kind::Return, Participant::Book, Some(1)))
        .then([did(second, Participant::Book)]);
}
