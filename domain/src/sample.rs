//! Values that the tests share.

use jiff::civil::Date;
use uuid::Uuid;

use crate::ids::{BookNo, CardNo, ClearingId, MemberId, RentalId, ReturnId};
use crate::points::{Amount, Points};
use crate::request::{Clearing, Item, Outcome, Person, Rent, Request, Return};
use crate::text::{Email, PersonName, Reason, Title};

pub(crate) fn person(id: &str, name: &str) -> Person {
    Person { id: MemberId::parse(id).unwrap(), name: PersonName::parse(name).unwrap() }
}

pub(crate) fn jenny() -> Person {
    person("jenny", "제니")
}

pub(crate) fn email(raw: &str) -> Email {
    Email::parse(raw).unwrap()
}

pub(crate) fn book_no(no: i64) -> BookNo {
    BookNo::parse(no).unwrap()
}

pub(crate) fn title(raw: &str) -> Title {
    Title::parse(raw).unwrap()
}

pub(crate) fn item(no: i64) -> Item {
    Item { no: book_no(no), title: title(&format!("Book {no}")) }
}

pub(crate) fn rental(n: u128) -> RentalId {
    RentalId::new(Uuid::from_u128(n))
}

pub(crate) fn returning(n: u128) -> ReturnId {
    ReturnId::new(Uuid::from_u128(n))
}

pub(crate) fn clearing(n: u128) -> ClearingId {
    ClearingId::new(Uuid::from_u128(n))
}

pub(crate) fn card_no() -> CardNo {
    CardNo::new(2026, Uuid::from_u128(7))
}

pub(crate) fn day(raw: &str) -> Date {
    raw.parse().unwrap()
}

/// The day on which the sample rents begin.
pub(crate) fn rent_day() -> Date {
    day("2026-03-01")
}

/// The day on which the sample rents are due.
pub(crate) fn due_day() -> Date {
    day("2026-03-15")
}

pub(crate) fn points(value: i64) -> Points {
    Points::new(value)
}

pub(crate) fn amount(value: i64) -> Amount {
    Amount::parse(value).unwrap()
}

pub(crate) fn reason(raw: &str) -> Reason {
    Reason::parse(raw).unwrap()
}

pub(crate) fn refused(why: &str) -> Outcome {
    Outcome::Refused { reason: reason(why) }
}

/// The request of the rent `n` of a book.
pub(crate) fn rent_request(n: u128, no: i64) -> Request<Rent> {
    let what = Rent { rental_id: rental(n), item: item(no), rented_on: rent_day() };
    Request { member: jenny(), points: amount(10), what }
}

/// The request of the return `n` of a rental of a book.
pub(crate) fn return_request(n: u128, rental_n: u128, no: i64) -> Request<Return> {
    let (return_id, rental_id) = (returning(n), rental(rental_n));
    let what = Return { return_id, rental_id, item: item(no), rented_on: rent_day() };
    Request { member: jenny(), points: amount(10), what }
}

/// The request of the payment `n`.
pub(crate) fn payment_request(n: u128, value: i64) -> Request<Clearing> {
    Request { member: jenny(), points: amount(value), what: Clearing { clearing_id: clearing(n) } }
}

/// What the rent `n` of a book asks.
pub(crate) fn rent_of(n: u128, no: i64) -> Request {
    rent_request(n, no).of_any_kind()
}

/// What the return `n` of a rental of a book asks.
pub(crate) fn return_of(n: u128, rental_n: u128, no: i64) -> Request {
    return_request(n, rental_n, no).of_any_kind()
}

/// What the payment `n` asks.
pub(crate) fn payment_of(n: u128, value: i64) -> Request {
    payment_request(n, value).of_any_kind()
}
