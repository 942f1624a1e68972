//! The rows of the attempts' table, in the order the answers are written there.

use super::{
    answered, bring_back, card, card_with, compensated, days_after_due, did, did_not, issued, rent,
    rent_cancelled, rent_confirmed, rent_id, return_cancelled, return_confirmed, return_id, review_requested,
    undid, undone,
};
use crate::ids::ProcessId;
use crate::rental_card::attempt::Status;
use crate::rental_card::{RentalCard, RentalCardCommand, RentalCardEvent};
use crate::request::{Outcome, Participant};
use crate::sample::{refused, rent_of, return_of};
use crate::scenario::Given;

const BOOK: Participant = Participant::Book;
const MEMBER: Participant = Participant::Member;

fn renting() -> Given<RentalCard> {
    card().and(rent(1, 1))
}

fn bringing_back() -> Given<RentalCard> {
    card_with(&[1]).and(bring_back(101, 1, days_after_due(2)))
}

fn yes(process: ProcessId, participant: Participant) -> RentalCardCommand {
    answered(process, participant, Outcome::Done)
}

fn no(process: ProcessId, participant: Participant) -> RentalCardCommand {
    answered(process, participant, refused("no"))
}

fn undo_rent(participant: Participant) -> RentalCardEvent {
    RentalCardEvent::UndoRequested { participant, asked: rent_of(1, 1) }
}

fn undo_return(participant: Participant) -> RentalCardEvent {
    RentalCardEvent::UndoRequested { participant, asked: return_of(101, 1, 1) }
}

fn status(card: &Given<RentalCard>, process: ProcessId) -> Option<Status> {
    issued(card).attempts.get(&process).map(|attempt| attempt.status())
}

#[test]
fn rent_done_by_both_is_confirmed() {
    let id = rent_id(1);
    renting()
        .when(yes(id, BOOK))
        .then([did(id, BOOK)])
        .when(yes(id, MEMBER))
        .then([did(id, MEMBER), rent_confirmed(1, 1)]);
}

/// Defect 16: an attempt was marked compensated when the results were in, not when undoing had succeeded.
#[test]
fn rent_refused_by_the_book_and_done_by_the_member_is_compensated_when_the_member_has_undone_it() {
    let id = rent_id(1);
    let card = renting()
        .when(no(id, BOOK))
        .then([did_not(id, BOOK), rent_cancelled(1, 1, "no")])
        .when(yes(id, MEMBER))
        .then([did(id, MEMBER), undo_rent(MEMBER)]);
    assert_eq!(status(&card, id), Some(Status::Compensating));
    let card = card.when(undone(id, MEMBER)).then([undid(id, MEMBER), compensated(id)]);
    assert_eq!(status(&card, id), None);
    assert!(issued(&card).items.is_empty());
}

#[test]
fn rent_done_by_the_member_and_then_refused_by_the_book_undoes_the_member_at_once() {
    let id = rent_id(1);
    renting()
        .when(yes(id, MEMBER))
        .then([did(id, MEMBER)])
        .when(no(id, BOOK))
        .then([did_not(id, BOOK), rent_cancelled(1, 1, "no"), undo_rent(MEMBER)])
        .when(undone(id, MEMBER))
        .then([undid(id, MEMBER), compensated(id)]);
}

#[test]
fn rent_refused_by_both_is_compensated_with_the_second_answer() {
    let id = rent_id(1);
    for (first, second) in [(BOOK, MEMBER), (MEMBER, BOOK)] {
        let card = renting()
            .when(no(id, first))
            .then([did_not(id, first), rent_cancelled(1, 1, "no")])
            .when(no(id, second))
            .then([did_not(id, second), compensated(id)]);
        assert_eq!(status(&card, id), None);
    }
}

#[test]
fn rent_done_by_the_book_and_refused_by_the_member_undoes_the_book() {
    let id = rent_id(1);
    renting()
        .when(yes(id, BOOK))
        .then([did(id, BOOK)])
        .when(no(id, MEMBER))
        .then([did_not(id, MEMBER), rent_cancelled(1, 1, "no"), undo_rent(BOOK)])
        .when(undone(id, BOOK))
        .then([undid(id, BOOK), compensated(id)]);
}

#[test]
fn rent_refused_by_the_member_undoes_the_book_when_it_answers_done_later() {
    let id = rent_id(1);
    renting()
        .when(no(id, MEMBER))
        .then([did_not(id, MEMBER), rent_cancelled(1, 1, "no")])
        .when(yes(id, BOOK))
        .then([did(id, BOOK), undo_rent(BOOK)])
        .when(undone(id, BOOK))
        .then([undid(id, BOOK), compensated(id)]);
}

#[test]
fn rent_that_nobody_answers_is_shown_for_review_and_nothing_is_undone_blindly() {
    let id = rent_id(1);
    let card =
        renting().when(super::expire(id)).then([review_requested(id, "no answer from BOOK and MEMBER")]);
    assert_eq!(status(&card, id), Some(Status::NeedsReview));
    assert_eq!(issued(&card).items.len(), 1);
}

#[test]
fn return_done_by_both_is_confirmed_in_either_order() {
    let id = return_id(101);
    for (first, second) in [(BOOK, MEMBER), (MEMBER, BOOK)] {
        let card = bringing_back()
            .when(yes(id, first))
            .then([did(id, first)])
            .when(yes(id, second))
            .then([did(id, second), return_confirmed(101, 1, 20)]);
        assert!(issued(&card).items.is_empty());
    }
}

#[test]
fn return_refused_by_one_undoes_the_other_whenever_it_is_done() {
    let id = return_id(101);
    for (refuses, does) in [(BOOK, MEMBER), (MEMBER, BOOK)] {
        bringing_back()
            .when(no(id, refuses))
            .then([did_not(id, refuses), return_cancelled(101, 1, 20, "no")])
            .when(yes(id, does))
            .then([did(id, does), undo_return(does)])
            .when(undone(id, does))
            .then([undid(id, does), compensated(id)]);
        bringing_back()
            .when(yes(id, does))
            .then([did(id, does)])
            .when(no(id, refuses))
            .then([did_not(id, refuses), return_cancelled(101, 1, 20, "no"), undo_return(does)])
            .when(undone(id, does))
            .then([undid(id, does), compensated(id)]);
    }
}

#[test]
fn return_refused_by_both_is_compensated_with_the_second_answer() {
    let id = return_id(101);
    for (first, second) in [(BOOK, MEMBER), (MEMBER, BOOK)] {
        bringing_back()
            .when(no(id, first))
            .then([did_not(id, first), return_cancelled(101, 1, 20, "no")])
            .when(no(id, second))
            .then([did_not(id, second), compensated(id)]);
    }
}

/// T65, defect 8: a later answer for the same step, the same or contradicting, is recorded and changes nothing.
#[test]
fn the_first_answer_wins_and_later_ones_are_only_recorded() {
    let id = rent_id(1);
    let card = renting().and(yes(id, BOOK));
    let before = card.state();
    let card = card.when(yes(id, BOOK)).then([did(id, BOOK)]).when(no(id, BOOK)).then([did_not(id, BOOK)]);
    assert_eq!(card.state(), before);
    card.when(yes(id, MEMBER)).then([did(id, MEMBER), rent_confirmed(1, 1)]);
}

#[test]
fn an_answer_to_do_that_is_repeated_while_undoing_is_only_recorded() {
    let id = rent_id(1);
    let card = renting().and(yes(id, BOOK)).and(no(id, MEMBER));
    let before = card.state();
    let card = card.when(yes(id, BOOK)).then([did(id, BOOK)]).when(no(id, BOOK)).then([did_not(id, BOOK)]);
    assert_eq!(card.state(), before);
}
