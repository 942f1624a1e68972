//! Entering a copy, putting it on the shelf and withdrawing it.

use super::{bare, entered, lent_to, made_available, on_the_shelf, status, withdrawn};
use crate::book::{
    Book, BookCommand, BookDetails, BookEvent, BookRefusal, BookStatus, Classification, Location, Source,
};
use crate::sample::{day, rental, title};
use crate::scenario::given;
use crate::text::{Author, Description, Isbn};

fn enter(details: BookDetails, available: bool) -> BookCommand {
    BookCommand::Enter { details, available }
}

fn full() -> BookDetails {
    BookDetails {
        author: Some(Author::parse("Ernest Hemingway").unwrap()),
        description: Some(Description::parse("A war novel").unwrap()),
        isbn: Some(Isbn::parse("978-0-684-80335-7").unwrap()),
        publication_date: Some(day("1940-10-21")),
        source: Some(Source::Donation),
        classification: Some(Classification::Literature),
        location: Some(Location::Jeongja),
        ..bare(1)
    }
}

#[test]
fn a_copy_entered_is_not_on_the_shelf_yet() {
    let book = given::<Book>([]).when(enter(bare(1), false)).then([entered()]);
    assert_eq!(status(&book), Some(BookStatus::Entered));
}

#[test]
fn a_copy_entered_as_available_is_on_the_shelf_at_once() {
    let book = given::<Book>([]).when(enter(bare(1), true)).then([entered(), made_available()]);
    assert_eq!(status(&book), Some(BookStatus::Available));
}

#[test]
fn entering_the_same_again_changes_nothing_whether_available_or_not() {
    given::<Book>([entered()])
        .when(enter(bare(1), false))
        .then_nothing()
        .when(enter(bare(1), true))
        .then_nothing();
}

#[test]
fn details_left_out_are_not_compared() {
    given::<Book>([BookEvent::BookEntered { details: full() }])
        .when(enter(bare(1), false))
        .then_nothing()
        .when(enter(full(), false))
        .then_nothing();
}

#[test]
fn another_value_under_the_same_number_is_refused_by_its_name() {
    let others: [(&str, BookDetails); 8] = [
        ("title", BookDetails { title: title("Another"), author: None, ..full() }),
        ("author", BookDetails { author: Some(Author::parse("Somebody").unwrap()), ..full() }),
        ("description", BookDetails { description: Some(Description::parse("Else").unwrap()), ..full() }),
        ("isbn", BookDetails { isbn: Some(Isbn::parse("1").unwrap()), ..full() }),
        ("publication date", BookDetails { publication_date: Some(day("1940-10-22")), ..full() }),
        ("source", BookDetails { source: Some(Source::Supply), ..full() }),
        ("classification", BookDetails { classification: Some(Classification::Arts), ..full() }),
        ("location", BookDetails { location: Some(Location::Pangyo), ..full() }),
    ];
    for (differing, details) in others {
        given::<Book>([BookEvent::BookEntered { details: full() }])
            .when(enter(details, false))
            .then_refused(BookRefusal::BookExists { differing });
    }
}

#[test]
fn a_detail_given_later_that_was_never_stored_differs() {
    given::<Book>([entered()])
        .when(enter(full(), false))
        .then_refused(BookRefusal::BookExists { differing: "author" });
}

#[test]
fn a_copy_goes_on_the_shelf_and_out_of_circulation_and_back() {
    let book = given::<Book>([entered()])
        .when(BookCommand::MakeAvailable)
        .then([made_available()])
        .when(BookCommand::MakeAvailable)
        .then_nothing()
        .when(BookCommand::Withdraw)
        .then([withdrawn()])
        .when(BookCommand::Withdraw)
        .then_nothing();
    assert_eq!(status(&book), Some(BookStatus::Unavailable));
    book.when(BookCommand::MakeAvailable).then([made_available()]);
}

#[test]
fn a_copy_never_put_on_the_shelf_can_be_withdrawn() {
    given::<Book>([entered()]).when(BookCommand::Withdraw).then([withdrawn()]);
}

#[test]
fn a_copy_on_the_shelf_is_available() {
    assert_eq!(status(&on_the_shelf()), Some(BookStatus::Available));
}

#[test]
fn an_operator_cannot_move_a_copy_that_a_rental_holds() {
    let refusal = BookRefusal::BookIsLent { holder: rental(1) };
    let book = lent_to(1)
        .when(BookCommand::MakeAvailable)
        .then_refused(refusal.clone())
        .when(BookCommand::Withdraw)
        .then_refused(refusal);
    assert_eq!(status(&book), Some(BookStatus::Unavailable));
}

#[test]
fn a_copy_nobody_entered_cannot_be_moved() {
    given::<Book>([])
        .when(BookCommand::MakeAvailable)
        .then_refused(BookRefusal::NotEntered)
        .when(BookCommand::Withdraw)
        .then_refused(BookRefusal::NotEntered);
}
