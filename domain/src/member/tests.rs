//! The rules of a member and the points account, row by row.

use crate::request::{Request, Step};
use crate::sample::{amount, email, jenny, payment_of, person, points, reason, rent_of, return_of};
use crate::scenario::{Given, given};

use super::*;

fn registered() -> MemberEvent {
    MemberEvent::MemberRegistered { person: jenny(), email: Some(email("jenny@example.org")) }
}

fn saved(cause: Cause, value: i64, balance: i64) -> MemberEvent {
    MemberEvent::PointsSaved { cause, amount: points(value), balance: points(balance) }
}

fn used(cause: Cause, value: i64, balance: i64) -> MemberEvent {
    MemberEvent::PointsUsed { cause, amount: points(value), balance: points(balance) }
}

fn taken_back(asked: Request, value: i64, balance: i64) -> MemberEvent {
    MemberEvent::PointsTakenBack { asked, amount: points(value), balance: points(balance) }
}

fn not_paid(asked: Request, why: &str) -> MemberEvent {
    MemberEvent::PointsRefused { asked, reason: reason(why) }
}

fn member_with(value: i64) -> Given<Member> {
    given([registered(), saved(Cause::Operator, value, value)])
}

fn register(name: &str, address: Option<&str>) -> MemberCommand {
    MemberCommand::Register { person: person("jenny", name), email: address.map(email) }
}

#[test]
fn a_new_member_is_registered_with_no_points() {
    let member = given::<Member>([]).when(register("제니", Some("jenny@example.org"))).then([registered()]);
    assert_eq!(member.state().balance(), Some(Points::ZERO));
}

#[test]
fn registering_the_same_again_changes_nothing() {
    given::<Member>([registered()]).when(register("제니", Some("jenny@example.org"))).then_nothing();
}

#[test]
fn an_email_left_out_is_not_compared() {
    given::<Member>([registered()]).when(register("제니", None)).then_nothing();
}

#[test]
fn another_name_under_the_same_id_is_refused_first() {
    given::<Member>([registered()])
        .when(register("Somebody else", Some("else@example.org")))
        .then_refused(MemberRefusal::MemberExists { differing: "another name" });
}

#[test]
fn another_email_under_the_same_id_is_refused() {
    let refusal = MemberRefusal::MemberExists { differing: "another e-mail address" };
    given::<Member>([registered()])
        .when(register("제니", Some("else@example.org")))
        .then_refused(refusal.clone());
    given::<Member>([MemberEvent::MemberRegistered { person: jenny(), email: None }])
        .when(register("제니", Some("jenny@example.org")))
        .then_refused(refusal);
}

#[test]
fn points_saved_and_used_by_an_operator_say_so_and_give_the_balance() {
    given::<Member>([registered()])
        .when(MemberCommand::SavePoints { amount: amount(100) })
        .then([saved(Cause::Operator, 100, 100)])
        .when(MemberCommand::UsePoints { amount: amount(30) })
        .then([used(Cause::Operator, 30, 70)])
        .when(MemberCommand::UsePoints { amount: amount(70) })
        .then([used(Cause::Operator, 70, 0)]);
}

#[test]
fn more_points_than_there_are_cannot_be_used() {
    member_with(9)
        .when(MemberCommand::UsePoints { amount: amount(10) })
        .then_refused(MemberRefusal::NotEnoughPoints { balance: points(9), wanted: points(10) });
}

#[test]
fn nobody_can_save_or_use_points_before_registering() {
    given::<Member>([])
        .when(MemberCommand::SavePoints { amount: amount(1) })
        .then_refused(MemberRefusal::NotRegistered)
        .when(MemberCommand::UsePoints { amount: amount(1) })
        .then_refused(MemberRefusal::NotRegistered);
}

#[test]
fn an_award_of_a_rent_or_a_return_is_saved_for_its_attempt() {
    let (rent, return_) = (rent_of(1, 1), return_of(2, 1, 1));
    given::<Member>([registered()])
        .when(MemberCommand::Award { asked: rent.clone() })
        .then([saved(Cause::Attempt(rent), 10, 10)])
        .when(MemberCommand::Award { asked: return_.clone() })
        .then([saved(Cause::Attempt(return_), 10, 20)]);
}

#[test]
fn an_award_or_payment_of_nobody_is_refused_by_an_event() {
    let (rent, payment) = (rent_of(1, 1), payment_of(2, 30));
    given::<Member>([])
        .when(MemberCommand::Award { asked: rent.clone() })
        .then([not_paid(rent, "not registered")])
        .when(MemberCommand::Pay { asked: payment.clone() })
        .then([not_paid(payment, "not registered")]);
}

#[test]
fn a_payment_uses_the_points_of_the_fee() {
    let payment = payment_of(1, 30);
    member_with(30).when(MemberCommand::Pay { asked: payment.clone() }).then([used(
        Cause::Attempt(payment),
        30,
        0,
    )]);
}

/// T60: clearing with too few points.
#[test]
fn a_payment_beyond_the_balance_is_refused_by_an_event_and_changes_nothing() {
    let payment = payment_of(1, 30);
    let member = member_with(29)
        .when(MemberCommand::Pay { asked: payment.clone() })
        .then([not_paid(payment, "balance too small")]);
    assert_eq!(member.state().balance(), Some(points(29)));
}

/// T61, defect 11: points already spent when the undo wants them back were only logged.
#[test]
fn an_award_already_spent_is_taken_back_below_zero_and_savings_pay_it_off_first() {
    let rent = rent_of(1, 1);
    let payment = payment_of(2, 1);
    given::<Member>([registered()])
        .when(MemberCommand::Award { asked: rent.clone() })
        .then([saved(Cause::Attempt(rent.clone()), 10, 10)])
        .when(MemberCommand::UsePoints { amount: amount(8) })
        .then([used(Cause::Operator, 8, 2)])
        .when(MemberCommand::TakeBackAward { asked: rent.clone() })
        .then([taken_back(rent, 10, -8)])
        .when(MemberCommand::UsePoints { amount: amount(1) })
        .then_refused(MemberRefusal::NotEnoughPoints { balance: points(-8), wanted: points(1) })
        .when(MemberCommand::Pay { asked: payment.clone() })
        .then([not_paid(payment, "balance too small")])
        .when(MemberCommand::SavePoints { amount: amount(9) })
        .then([saved(Cause::Operator, 9, 1)]);
}

#[test]
fn taking_back_what_nobody_was_awarded_is_answered_with_nothing_taken() {
    let (rent, payment) = (rent_of(1, 1), payment_of(2, 30));
    let nobody = given::<Member>([])
        .when(MemberCommand::TakeBackAward { asked: rent.clone() })
        .then([taken_back(rent, 0, 0)]);
    assert_eq!(nobody.state(), Member::Unknown);
    member_with(5)
        .when(MemberCommand::TakeBackAward { asked: payment.clone() })
        .then([taken_back(payment, 0, 5)]);
}

#[test]
fn a_request_of_the_wrong_kind_is_answered_and_moves_nothing() {
    let (rent, payment) = (rent_of(1, 1), payment_of(2, 30));
    member_with(50)
        .when(MemberCommand::Award { asked: payment.clone() })
        .then([not_paid(payment, "a payment is no award")])
        .when(MemberCommand::Pay { asked: rent.clone() })
        .then([not_paid(rent, "an award is no payment")]);
}

/// Defect 8: an answer names its attempt, so that a redelivery can be recognised.
#[test]
fn every_answer_names_the_request_and_the_step_it_answers() {
    let (rent, payment) = (rent_of(1, 1), payment_of(2, 30));
    let answers = [
        (saved(Cause::Attempt(rent.clone()), 10, 10), Some((&rent, Step::Do))),
        (used(Cause::Attempt(payment.clone()), 30, 0), Some((&payment, Step::Do))),
        (not_paid(payment.clone(), "balance too small"), Some((&payment, Step::Do))),
        (taken_back(rent.clone(), 10, 0), Some((&rent, Step::Undo))),
        (saved(Cause::Operator, 1, 1), None),
        (used(Cause::Operator, 1, 1), None),
        (registered(), None),
    ];
    for (event, answer) in answers {
        assert_eq!(event.answers(), answer);
        assert_eq!(event.process(), answer.map(|(asked, _)| asked.process()));
    }
}
