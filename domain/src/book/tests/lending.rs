//! Lending, taking back, and undoing both: every answer is an event.

use super::{entered, lent_to, on_the_shelf, withdrawn};
use crate::book::{Book, BookCommand, BookEvent};
use crate::request::{Request, Step};
use crate::sample::{payment_of, reason, rent_of, rental, return_of};
use crate::scenario::given;

fn lend(n: u128) -> BookCommand {
    BookCommand::Lend { asked: rent_of(n, 1) }
}

fn lent(n: u128) -> BookEvent {
    BookEvent::BookLent { asked: rent_of(n, 1) }
}

fn not_lent(asked: Request, why: &str) -> BookEvent {
    BookEvent::LendingRefused { asked, reason: reason(why) }
}

fn not_taken_back(asked: Request, why: &str) -> BookEvent {
    BookEvent::TakingBackRefused { asked, reason: reason(why) }
}

fn not_undone(asked: Request, why: &str) -> BookEvent {
    BookEvent::UndoRefused { asked, reason: reason(why) }
}

#[test]
fn a_copy_on_the_shelf_is_lent() {
    let book = on_the_shelf().when(lend(1)).then([lent(1)]);
    assert_eq!(book.state().holder(), Some(rental(1)));
}

/// Defect 8: a redelivery leaves a bare answer.
#[test]
fn lending_to_the_same_rental_again_gives_the_same_answer_and_changes_nothing() {
    let before = lent_to(1).state();
    assert_eq!(lent_to(1).when(lend(1)).then([lent(1)]).state(), before);
}

/// Defect 18: a book that was entered but never made available could be rented.
#[test]
fn a_copy_never_put_on_the_shelf_is_not_lent() {
    given::<Book>([entered()])
        .when(lend(1))
        .then([not_lent(rent_of(1, 1), "not available: never put on the shelf")]);
}

#[test]
fn a_copy_withdrawn_or_unknown_is_not_lent() {
    given::<Book>([entered(), withdrawn()])
        .when(lend(1))
        .then([not_lent(rent_of(1, 1), "not available: withdrawn")]);
    given::<Book>([]).when(lend(1)).then([not_lent(rent_of(1, 1), "unknown book")]);
}

/// T59, defect 9: when a second member rents a taken book, the cancel made it available under the first.
#[test]
fn a_copy_that_another_rental_holds_stays_with_it_whatever_a_second_asks() {
    let book = lent_to(1)
        .when(lend(2))
        .then([not_lent(rent_of(2, 1), "not available: lent to another rental")])
        .when(BookCommand::UndoLend { asked: rent_of(2, 1) })
        .then([not_undone(rent_of(2, 1), "not held by this rental")])
        .when(BookCommand::TakeBack { asked: return_of(3, 2, 1) })
        .then([not_taken_back(return_of(3, 2, 1), "not held by this rental")])
        .when(BookCommand::UndoTakeBack { asked: return_of(3, 2, 1) })
        .then([not_undone(return_of(3, 2, 1), "lent to another rental meanwhile")]);
    assert_eq!(book.state().holder(), Some(rental(1)));
}

#[test]
fn an_undone_lending_puts_the_copy_on_the_shelf_once() {
    let asked = rent_of(1, 1);
    let book = lent_to(1)
        .when(BookCommand::UndoLend { asked: asked.clone() })
        .then([BookEvent::LendingUndone { asked: asked.clone() }]);
    assert_eq!(book.state(), on_the_shelf().state());
    book.when(BookCommand::UndoLend { asked: asked.clone() })
        .then([not_undone(asked, "not held by this rental")]);
}

#[test]
fn a_copy_is_taken_back_from_the_rental_that_holds_it() {
    let asked = return_of(2, 1, 1);
    let book = lent_to(1)
        .when(BookCommand::TakeBack { asked: asked.clone() })
        .then([BookEvent::BookTakenBack { asked: asked.clone() }]);
    assert_eq!(book.state(), on_the_shelf().state());
    book.when(BookCommand::TakeBack { asked: asked.clone() })
        .then([not_taken_back(asked, "not held by this rental")]);
}

#[test]
fn an_undone_taking_back_gives_the_copy_to_that_rental_again() {
    let asked = return_of(2, 1, 1);
    let undone = BookEvent::TakingBackUndone { asked: asked.clone() };
    let book = on_the_shelf()
        .when(BookCommand::UndoTakeBack { asked: asked.clone() })
        .then([undone.clone()])
        .when(BookCommand::UndoTakeBack { asked })
        .then([undone]);
    assert_eq!(book.state(), lent_to(1).state());
}

#[test]
fn a_taking_back_cannot_be_undone_once_the_copy_is_withdrawn_or_unknown() {
    let undo = || BookCommand::UndoTakeBack { asked: return_of(2, 1, 1) };
    given::<Book>([entered(), withdrawn()])
        .when(undo())
        .then([not_undone(return_of(2, 1, 1), "withdrawn meanwhile")]);
    given::<Book>([entered()]).when(undo()).then([not_undone(return_of(2, 1, 1), "never put on the shelf")]);
    given::<Book>([]).when(undo()).then([not_undone(return_of(2, 1, 1), "unknown book")]);
}

#[test]
fn a_request_of_the_wrong_kind_is_answered_and_moves_nothing() {
    let (rent, return_, payment) = (rent_of(1, 1), return_of(2, 1, 1), payment_of(3, 10));
    for asked in [return_.clone(), payment.clone()] {
        on_the_shelf()
            .when(BookCommand::Lend { asked: asked.clone() })
            .then([not_lent(asked, "only a rent can ask for a lending")]);
    }
    for asked in [return_, payment.clone()] {
        lent_to(1)
            .when(BookCommand::UndoLend { asked: asked.clone() })
            .then([not_undone(asked, "only a rent can undo a lending")]);
    }
    for asked in [rent, payment] {
        lent_to(1)
            .when(BookCommand::TakeBack { asked: asked.clone() })
            .then([not_taken_back(asked.clone(), "only a return can bring a book back")])
            .when(BookCommand::UndoTakeBack { asked: asked.clone() })
            .then([not_undone(asked, "only a return can undo a taking back")]);
    }
}

/// Defect 3: a failed answer carried no member and no item, so that nothing could be undone.
#[test]
fn every_answer_carries_the_whole_request_and_its_step() {
    let (rent, return_) = (rent_of(1, 1), return_of(2, 1, 1));
    let answers = [
        (lent(1), &rent, Step::Do),
        (not_lent(rent.clone(), "unknown book"), &rent, Step::Do),
        (BookEvent::LendingUndone { asked: rent.clone() }, &rent, Step::Undo),
        (BookEvent::BookTakenBack { asked: return_.clone() }, &return_, Step::Do),
        (not_taken_back(return_.clone(), "not held by this rental"), &return_, Step::Do),
        (BookEvent::TakingBackUndone { asked: return_.clone() }, &return_, Step::Undo),
        (not_undone(return_.clone(), "withdrawn meanwhile"), &return_, Step::Undo),
    ];
    for (event, asked, step) in answers {
        assert_eq!(event.answers(), Some((asked, step)));
        assert_eq!(event.process(), Some(asked.process()));
    }
    assert_eq!(entered().answers(), None);
    assert_eq!(withdrawn().process(), None);
}
