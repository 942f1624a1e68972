//! One of every event and then some, with names and titles in several scripts; the golden files hold the first of each
//! type.

mod operators;

use domain::best_seller::BestSellerEvent;
use domain::book::{BookDetails, BookEvent, Classification, Location, Source};
use domain::member::{Cause, MemberEvent};
use domain::rental_card::RentalCardEvent;
use domain::rental_card::attempt::Direction;
use domain::{
    Amount, Author, BookNo, CardNo, Clearing, ClearingId, Date, Description, Email, Isbn, Item, MemberId,
    Month, Outcome, Participant, Person, PersonName, Points, ProcessId, Reason, Rent, RentalId, Request,
    Return, ReturnId, Step, Title,
};
use jiff::Timestamp;
use jiff::civil::date;
use uuid::Uuid;

use crate::codec::{Actor, AnyEvent, Fingerprint, Metadata, SequenceKeys};
use crate::ports::event_store::{CommandId, EventId};
pub(crate) use operators::operator_events;

/// At least one of every event.
pub(crate) fn events() -> Vec<AnyEvent> {
    let cards = card_starts().into_iter().chain(card_ends()).map(AnyEvent::RentalCard);
    let members = member_events().into_iter().map(AnyEvent::Member);
    let books = book_events().into_iter().map(AnyEvent::Book);
    let best_sellers = best_seller_events().into_iter().map(AnyEvent::BestSeller);
    let operators = operator_events().into_iter().map(AnyEvent::Operator);
    cards.chain(members).chain(books).chain(best_sellers).chain(operators).collect()
}

/// Metadata with everything, and with as little as there can be.
pub(crate) fn metadata() -> Vec<Metadata> {
    let full = Metadata {
        keys: SequenceKeys {
            book: Some(book_no(7)),
            member: Some(jenny().id),
            process: Some(ProcessId::Rent(rental_id())),
        },
        correlation: Some(ProcessId::Rent(rental_id())),
        causation: Some(EventId::new(uuid(5))),
        command: CommandId::new(uuid(6)),
        fingerprint: Fingerprint(0x00ab_cdef),
        actor: Actor::Named("desk-1".to_owned()),
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        occurred_at: "2026-03-02T08:15:30.123456Z".parse().unwrap(),
    };
    let bare = Metadata {
        keys: SequenceKeys::default(),
        correlation: None,
        causation: None,
        command: CommandId::new(Uuid::nil()),
        fingerprint: Fingerprint(u128::MAX),
        actor: Actor::Anonymous,
        traceparent: None,
        occurred_at: Timestamp::UNIX_EPOCH,
    };
    let by_service = Metadata { actor: Actor::Service("lend-books".to_owned()), ..bare.clone() };
    vec![full, bare, by_service]
}

pub(crate) fn card_starts() -> Vec<RentalCardEvent> {
    type E = RentalCardEvent;
    vec![
        E::CardIssued { card_no: CardNo::new(2026, uuid(1)), member: jenny() },
        E::ItemRented { asked: asked(renting(), 10), due_on: date(2026, 3, 16) },
        E::ItemReturned {
            asked: asked(returning(), 10),
            returned_on: date(2026, 3, 19),
            days_late: 3,
            late_fee: Points::new(30),
        },
        E::ItemOverdue { rental_id: rental_id(), item: bell(), on: date(2026, 3, 17) },
        E::ClearingRequested { asked: asked(Clearing { clearing_id: clearing_id() }, 30) },
        E::UndoRequested { participant: Participant::Book, asked: rent() },
        E::UndoRequested { participant: Participant::Book, asked: giving_back() },
        E::UndoRequested { participant: Participant::Member, asked: rent() },
        E::UndoRequested { participant: Participant::Member, asked: giving_back() },
    ]
}

pub(crate) fn card_ends() -> Vec<RentalCardEvent> {
    type E = RentalCardEvent;
    let (item, reason) = (bell(), reason());
    let (rental_id, return_id, clearing_id) = (rental_id(), return_id(), clearing_id());
    let (fee, process) = (Points::new(30), ProcessId::Return(return_id));
    let (participant, step) = (Participant::Member, Step::Undo);
    let refused = Outcome::Refused { reason: reason.clone() };
    vec![
        E::AnswerRecorded { process, participant: Participant::Book, step: Step::Do, outcome: refused },
        E::AnswerRecorded { process, participant, step, outcome: Outcome::Done },
        E::RentConfirmed { rental_id, item: item.clone() },
        E::RentCancelled { asked: asked(renting(), 10), reason: reason.clone() },
        E::ReturnConfirmed { return_id, rental_id, item: item.clone(), late_fee: fee },
        E::ReturnCancelled { return_id, rental_id, item, late_fee: fee, reason: reason.clone() },
        E::FeeCleared { clearing_id, points: fee },
        E::ClearingRefused { clearing_id, points: fee, reason: reason.clone() },
        E::AttemptCompensated { process: ProcessId::Rent(rental_id) },
        E::ReviewRequested { process, reason: reason.clone() },
        E::ReviewResolved { process, direction: Direction::Cancel, reason: reason.clone() },
        E::ReviewResolved {
            process: ProcessId::Clearing(clearing_id),
            direction: Direction::Confirm,
            reason,
        },
    ]
}

pub(crate) fn member_events() -> Vec<MemberEvent> {
    type E = MemberEvent;
    let (amount, balance, reason) = (Points::new(10), Points::new(110), reason());
    let email = Some(Email::parse("jenny@example.org").unwrap());
    let for_attempt = |asked| Cause::Attempt(asked);
    vec![
        E::MemberRegistered { person: jenny(), email },
        E::MemberRegistered { person: jenny(), email: None },
        E::PointsSaved { cause: for_attempt(rent()), amount, balance },
        E::PointsSaved { cause: Cause::Operator, amount, balance },
        E::PointsUsed { cause: for_attempt(clearing()), amount: Points::new(30), balance: Points::new(80) },
        E::PointsUsed { cause: Cause::Operator, amount, balance },
        E::PointsTakenBack { asked: rent(), amount, balance: Points::new(-10) },
        E::PointsTakenBack { asked: giving_back(), amount, balance },
        E::PointsRefused { asked: clearing(), reason: reason.clone() },
        E::PointsRefused { asked: rent(), reason },
    ]
}

pub(crate) fn book_events() -> Vec<BookEvent> {
    type E = BookEvent;
    let (no, title, reason) = (bell().no, bell().title, reason());
    let bare = BookDetails {
        no,
        title: title.clone(),
        author: None,
        description: None,
        isbn: None,
        publication_date: None,
        source: None,
        classification: None,
        location: None,
    };
    vec![
        E::BookEntered { details: details() },
        E::BookEntered { details: bare },
        E::BookMadeAvailable { no, title: title.clone() },
        E::BookWithdrawn { no, title },
        E::BookLent { asked: rent() },
        E::LendingRefused { asked: rent(), reason: reason.clone() },
        E::LendingUndone { asked: rent() },
        E::BookTakenBack { asked: giving_back() },
        E::TakingBackRefused { asked: giving_back(), reason: reason.clone() },
        E::TakingBackUndone { asked: giving_back() },
        E::UndoRefused { asked: giving_back(), reason: reason.clone() },
        E::UndoRefused { asked: rent(), reason },
    ]
}

pub(crate) fn best_seller_events() -> Vec<BestSellerEvent> {
    type E = BestSellerEvent;
    let (rental_id, month, item) = (rental_id(), Month::of(rent_day()), bell());
    vec![
        E::RentalCounted { rental_id, month, item: item.clone(), count: 12 },
        E::RentalUncounted { rental_id, month, item: item.clone(), count: 11 },
        E::RentalIgnored { rental_id, month, item },
    ]
}

pub(crate) fn details() -> BookDetails {
    BookDetails {
        no: bell().no,
        title: bell().title,
        author: Some(Author::parse("어니스트 헤밍웨이").unwrap()),
        description: Some(Description::parse("A bridge, a war, three days.").unwrap()),
        isbn: Some(Isbn::parse("978-89-374-6288-9").unwrap()),
        publication_date: Some(date(2012, 1, 27)),
        source: Some(Source::Donation),
        classification: Some(Classification::Literature),
        location: Some(Location::Jeongja),
    }
}

pub(crate) fn rent() -> Request {
    asked(renting(), 10).of_any_kind()
}

pub(crate) fn giving_back() -> Request {
    asked(returning(), 10).of_any_kind()
}

pub(crate) fn clearing() -> Request {
    asked(Clearing { clearing_id: clearing_id() }, 30).of_any_kind()
}

pub(crate) fn jenny() -> Person {
    Person { id: MemberId::parse("jenny").unwrap(), name: PersonName::parse("제니").unwrap() }
}

pub(crate) fn bell() -> Item {
    Item { no: book_no(1), title: Title::parse("누구를 위하여 종을 울리나?").unwrap() }
}

pub(crate) fn book_no(no: i64) -> BookNo {
    BookNo::parse(no).unwrap()
}

pub(crate) fn amount(value: i64) -> Amount {
    Amount::parse(value).unwrap()
}

pub(crate) fn reason() -> Reason {
    Reason::parse("the book is lent: \"다른 회원\"").unwrap()
}

pub(crate) fn rent_day() -> Date {
    date(2026, 3, 2)
}

pub(crate) fn rental_id() -> RentalId {
    RentalId::new(uuid(2))
}

pub(crate) fn return_id() -> ReturnId {
    ReturnId::new(uuid(3))
}

pub(crate) fn clearing_id() -> ClearingId {
    ClearingId::new(uuid(4))
}

/// A UUIDv7 with this number at its end.
pub(crate) fn uuid(last: u128) -> Uuid {
    Uuid::from_u128(0x0195_5f3a_6c00_7000_8000_0000_0000_0000 + last)
}

fn renting() -> Rent {
    Rent { rental_id: rental_id(), item: bell(), rented_on: rent_day() }
}

fn returning() -> Return {
    Return { return_id: return_id(), rental_id: rental_id(), item: bell(), rented_on: rent_day() }
}

fn asked<W>(what: W, points: i64) -> Request<W> {
    Request { member: jenny(), points: amount(points), what }
}
