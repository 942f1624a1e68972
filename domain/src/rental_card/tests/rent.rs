//! Issuing a card and starting a rent.

use jiff::civil::Date;

use super::{
    all_done, bring_back, card, card_owing, card_with, clear, days_after_due, expire, issued, mark_overdue,
    rent, rent_confirmed, rent_id, resolve,
};
use crate::ids::CardNo;
use crate::rental_card::attempt::Direction;
use crate::rental_card::{ItemState, RentalCard, RentalCardCommand, RentalCardEvent, RentalCardRefusal};
use crate::request::{Outcome, Participant};
use crate::sample::{
    book_no, card_no, day, due_day, item, jenny, person, points, rent_day, rent_request, rental,
};
use crate::scenario::given;

fn issue(name: &str) -> RentalCardCommand {
    RentalCardCommand::IssueCard { card_no: card_no(), member: person("jenny", name) }
}

fn item_rented(n: u128, no: i64) -> RentalCardEvent {
    RentalCardEvent::ItemRented { asked: rent_request(n, no), due_on: due_day() }
}

#[test]
fn a_card_is_issued_with_its_number() {
    given::<RentalCard>([])
        .when(issue("제니"))
        .then([RentalCardEvent::CardIssued { card_no: card_no(), member: jenny() }]);
}

#[test]
fn issuing_the_same_card_again_changes_nothing_whatever_the_new_number() {
    let other_no = CardNo::new(2027, rental(1).uuid());
    card()
        .when(issue("제니"))
        .then_nothing()
        .when(RentalCardCommand::IssueCard { card_no: other_no, member: jenny() })
        .then_nothing();
}

#[test]
fn a_card_under_the_same_id_for_another_name_is_refused() {
    card().when(issue("Somebody else")).then_refused(RentalCardRefusal::CardExists);
}

#[test]
fn nothing_can_be_done_without_a_card() {
    let commands = [
        rent(1, 1),
        bring_back(1, 1, rent_day()),
        mark_overdue(1, rent_day()),
        clear(1, 10),
        super::answered(rent_id(1), Participant::Book, Outcome::Done),
        expire(rent_id(1)),
        resolve(rent_id(1), Direction::Cancel),
    ];
    for command in commands {
        given::<RentalCard>([]).when(command).then_refused(RentalCardRefusal::NoCard);
    }
}

#[test]
fn a_rent_is_pending_and_due_after_fourteen_days() {
    let card = card().when(rent(1, 1)).then([item_rented(1, 1)]);
    let card = issued(&card);
    assert_eq!(card.items[0].state, ItemState::Pending);
    assert_eq!(card.held_count(), 1);
    assert!(!card.is_suspended());
}

/// T78: the loan runs over the end of February, leap day or not.
#[test]
fn a_loan_counts_the_leap_day() {
    for (on, due) in
        [("2028-02-16", "2028-03-01"), ("2028-02-15", "2028-02-29"), ("2027-02-15", "2027-03-01")]
    {
        let command = RentalCardCommand::RentItem { rental_id: rental(1), item: item(1), on: day(on) };
        assert_eq!(issued(&card().and(command)).items[0].due_on, day(due));
    }
}

#[test]
fn a_rent_on_the_last_day_there_is_is_due_that_day() {
    let command = RentalCardCommand::RentItem { rental_id: rental(1), item: item(1), on: Date::MAX };
    assert_eq!(issued(&card().and(command)).items[0].due_on, Date::MAX);
}

/// Defect 1: a sixth book was accepted (`>` for `>=`).
#[test]
fn a_fifth_book_is_rented_and_a_sixth_is_refused() {
    card_with(&[1, 2, 3, 4])
        .when(rent(5, 5))
        .then([item_rented(5, 5)])
        .when(rent(6, 6))
        .then_refused(RentalCardRefusal::TooManyBooks { held: 5, limit: 5 });
}

#[test]
fn a_book_on_its_way_back_is_not_counted_among_the_five() {
    card_with(&[1, 2, 3, 4, 5])
        .and(bring_back(101, 1, rent_day()))
        .when(rent(6, 6))
        .then([item_rented(6, 6)]);
}

#[test]
fn a_book_that_is_pending_rented_or_on_its_way_back_cannot_be_rented_again() {
    let refusal = || RentalCardRefusal::BookAlreadyHeld { book_no: book_no(1) };
    card().and(rent(1, 1)).when(rent(2, 1)).then_refused(refusal());
    card_with(&[1]).when(rent(2, 1)).then_refused(refusal());
    card_with(&[1]).and(bring_back(101, 1, rent_day())).when(rent(2, 1)).then_refused(refusal());
}

#[test]
fn a_book_brought_back_can_be_rented_again() {
    let card = all_done(card_with(&[1]).and(bring_back(101, 1, rent_day())), super::return_id(101));
    card.when(rent(2, 1)).then([item_rented(2, 1)]);
}

fn suspended(late_fee: i64, overdue: &[i64]) -> RentalCardRefusal {
    let overdue = overdue.iter().map(|&no| book_no(no)).collect();
    RentalCardRefusal::CardSuspended { late_fee: points(late_fee), overdue }
}

#[test]
fn a_suspended_card_says_which_books_are_overdue_and_names_no_fee_that_is_not_owed() {
    let said = |late_fee, overdue: &[i64]| suspended(late_fee, overdue).to_string();
    assert_eq!(
        said(0, &[7]),
        "the card is suspended because book 7 is overdue; return it and clear the late fee that follows"
    );
    assert_eq!(
        said(30, &[7, 9]),
        "the card is suspended with a late fee of 30 points and because books 7, 9 are overdue; return them and clear \
         the fee first"
    );
    assert_eq!(
        said(30, &[]),
        "the card is suspended with a late fee of 30 points; return what is overdue and clear the fee first"
    );
}

#[test]
fn a_card_that_owes_a_fee_is_suspended() {
    card_owing(1).when(rent(2, 2)).then_refused(suspended(10, &[]));
}

#[test]
fn a_card_with_an_overdue_book_is_suspended_without_a_fee() {
    let card = card_with(&[1]).and(mark_overdue(1, days_after_due(1)));
    assert!(issued(&card).is_suspended());
    card.when(rent(2, 2)).then_refused(suspended(0, &[1]));
}

/// Refusals are tested in the order written: suspended, five held, this book held.
#[test]
fn a_rent_is_refused_by_the_first_rule_it_breaks() {
    let five = card_with(&[1, 2, 3, 4, 5]);
    let five = five.when(rent(6, 1)).then_refused(RentalCardRefusal::TooManyBooks { held: 5, limit: 5 });
    five.and(mark_overdue(1, days_after_due(1))).when(rent(6, 1)).then_refused(suspended(0, &[1]));
}

#[test]
fn a_rent_is_confirmed_when_book_and_member_have_done_their_part() {
    let id = rent_id(1);
    let card = card()
        .and(rent(1, 1))
        .when(super::answered(id, Participant::Book, Outcome::Done))
        .then([super::did(id, Participant::Book)])
        .when(super::answered(id, Participant::Member, Outcome::Done))
        .then([super::did(id, Participant::Member), rent_confirmed(1, 1)]);
    let card = issued(&card);
    assert_eq!(card.items[0].state, ItemState::Rented);
    assert!(card.attempts.is_empty());
}
