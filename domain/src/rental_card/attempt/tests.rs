//! The state machine of one attempt, by itself.

use crate::sample::{reason, refused};

use super::*;

const BOOK: Participant = Participant::Book;
const MEMBER: Participant = Participant::Member;

fn no() -> Outcome {
    refused("no")
}

fn cancel() -> Consequence {
    Consequence::Cancel { reason: reason("no") }
}

/// The attempt after an answer and all that follows from it.
fn told(attempt: Attempt, participant: Participant, step: Step, outcome: &Outcome) -> Attempt {
    let follows = attempt.answered(participant, step, outcome);
    follows.into_iter().fold(attempt.apply_answer(participant, step, outcome), |attempt, follow| match follow
    {
        Consequence::Confirm => attempt.with_direction(Direction::Confirm),
        Consequence::Cancel { .. } => attempt.with_direction(Direction::Cancel),
        Consequence::Undo(participant) => attempt.undo_requested(participant),
        Consequence::Compensated => attempt,
        Consequence::Review { .. } => attempt.review_requested(),
    })
}

fn rent() -> Attempt {
    Attempt::started(Kind::Rent)
}

#[test]
fn a_rent_asks_book_and_member_and_a_payment_the_member_alone() {
    assert_eq!(rent().part(BOOK), Some(Part::Waiting));
    assert_eq!(Attempt::started(Kind::Return).silent().collect::<Vec<_>>(), [BOOK, MEMBER]);
    let payment = Attempt::started(Kind::Overdue);
    assert_eq!(payment.silent().collect::<Vec<_>>(), [MEMBER]);
    assert_eq!(payment.part(BOOK), None);
    assert!(!payment.asked(BOOK, Step::Do));
}

#[test]
fn an_attempt_is_started_until_its_direction_is_known_and_completed_when_all_did_their_part() {
    let attempt = told(rent(), MEMBER, Step::Do, &Outcome::Done);
    assert_eq!((attempt.status(), attempt.is_over()), (Status::Started, false));
    assert_eq!(attempt.answered(BOOK, Step::Do, &Outcome::Done), [Consequence::Confirm]);
    let attempt = told(attempt, BOOK, Step::Do, &Outcome::Done);
    assert_eq!((attempt.status(), attempt.is_over()), (Status::Completed, true));
}

#[test]
fn a_refusal_cancels_at_once_and_undoes_what_was_done() {
    let attempt = told(rent(), BOOK, Step::Do, &Outcome::Done);
    assert_eq!(attempt.answered(MEMBER, Step::Do, &no()), [cancel(), Consequence::Undo(BOOK)]);
    let attempt = told(attempt, MEMBER, Step::Do, &no());
    assert_eq!(attempt.status(), Status::Compensating);
    assert_eq!(attempt.answered(BOOK, Step::Undo, &Outcome::Done), [Consequence::Compensated]);
    let attempt = told(attempt, BOOK, Step::Undo, &Outcome::Done);
    assert_eq!(attempt.status(), Status::Compensated);
    assert!(!attempt.is_over(), "it is over with the event that says so");
}

#[test]
fn a_refused_payment_is_compensated_at_once() {
    let payment = Attempt::started(Kind::Overdue);
    assert_eq!(payment.answered(MEMBER, Step::Do, &no()), [cancel(), Consequence::Compensated]);
}

#[test]
fn a_payment_made_after_it_was_cancelled_by_hand_is_not_undone() {
    let payment = Attempt::started(Kind::Overdue).review_requested();
    let payment = payment.resolved(Direction::Cancel).with_direction(Direction::Cancel);
    assert!(!payment.is_over());
    assert_eq!(payment.answered(MEMBER, Step::Do, &Outcome::Done), []);
    let payment = told(payment, MEMBER, Step::Do, &Outcome::Done);
    assert_eq!((payment.status(), payment.is_over()), (Status::Resolved, true));
}

#[test]
fn nothing_follows_from_a_repeat_or_from_an_answer_nobody_asked_for() {
    let attempt = told(rent(), BOOK, Step::Do, &Outcome::Done);
    for (step, outcome) in [(Step::Do, no()), (Step::Do, Outcome::Done), (Step::Undo, Outcome::Done)] {
        assert_eq!(attempt.answered(BOOK, step, &outcome), []);
        assert_eq!(attempt.apply_answer(BOOK, step, &outcome), attempt);
    }
    assert_eq!(Attempt::started(Kind::Overdue).answered(BOOK, Step::Do, &Outcome::Done), []);
}

#[test]
fn a_refused_undo_asks_for_review_once() {
    let attempt = told(told(rent(), BOOK, Step::Do, &Outcome::Done), MEMBER, Step::Do, &no());
    let review = Consequence::Review { reason: reason("no") };
    assert_eq!(attempt.answered(BOOK, Step::Undo, &no()), [review]);
    assert_eq!(attempt.review_requested().answered(BOOK, Step::Undo, &no()), []);
    let attempt = told(attempt, BOOK, Step::Undo, &no());
    assert_eq!((attempt.status(), attempt.is_over()), (Status::NeedsReview, false));
    assert!(attempt.resolved(Direction::Cancel).is_over());
    assert!(!attempt.resolved(Direction::Confirm).is_over(), "open until the event that turns it");
}

#[test]
fn a_deadline_names_the_silent_until_an_operator_has_the_attempt_in_hand() {
    let attempt = told(rent(), BOOK, Step::Do, &Outcome::Done);
    assert_eq!(attempt.expired(), [MEMBER]);
    assert_eq!(attempt.review_requested().expired(), []);
    assert_eq!(attempt.resolved(Direction::Confirm).expired(), []);
    let cancelled = told(attempt, MEMBER, Step::Do, &no());
    assert_eq!(cancelled.expired(), [BOOK]);
}

#[test]
fn a_review_ends_when_the_direction_is_known_and_a_decision_by_hand_stays() {
    let attempt = rent().review_requested();
    assert_eq!(attempt.with_direction(Direction::Cancel).review, Review::NotNeeded);
    let resolved = attempt.resolved(Direction::Confirm).with_direction(Direction::Confirm);
    assert_eq!(resolved.review_requested().review, Review::Resolved);
    assert_eq!(resolved.status(), Status::Resolved);
}
