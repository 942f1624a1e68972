//! Snapshots come back as they were, and their form is pinned to its fingerprint.

use std::collections::BTreeSet;

use domain::best_seller::{BestSeller, Tally};
use domain::book::{Book, Standing};
use domain::member::Member;
use domain::rental_card::attempt::{Attempt, Direction, Part, Review};
use domain::rental_card::{CardItem, IssuedCard, ItemState, OpenAttempt, RentalCard, Returned, ReturnedItem};
use domain::{CardNo, Date, Email, Item, Person, Points, RentalId, Request, ReturnId, Title};
use jiff::ToSpan;
use proptest::prelude::*;

use super::samples::{self, amount, bell, book_no, jenny, rent_day, rental_id, return_id, uuid};
use crate::codec::Aggregate;

macro_rules! golden {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/golden/snapshots/", $name, ".json")).trim_end().to_owned()
    };
}

#[test]
fn the_state_before_the_first_event_comes_back() {
    assert_comes_back(&RentalCard::default());
    assert_comes_back(&Member::default());
    assert_comes_back(&Book::default());
    assert_comes_back(&BestSeller::default());
}

#[test]
fn every_standing_of_a_book_comes_back() {
    for standing in [Standing::Entered, Standing::Available, Standing::Withdrawn, Standing::Lent(rental_id())]
    {
        assert_comes_back(&Book::Entered { details: samples::details(), standing });
    }
}

#[test]
fn a_member_comes_back_with_and_without_an_address() {
    for email in [None, Some(Email::parse("jenny@example.org").unwrap())] {
        assert_comes_back(&Member::Registered { person: jenny(), email, points: Points::new(-7) });
    }
}

#[test]
fn a_state_of_another_form_is_an_error_that_quotes_nothing() {
    let frozen = Member::Registered { person: jenny(), email: None, points: Points::ZERO }.freeze();
    let wrong = String::from_utf8(frozen.to_vec()).unwrap().replace("\"points\":0", "\"points\":\"제니\"");
    let error = Member::thaw(wrong.as_bytes()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("제니"));
    for state in [&b""[..], b"{", b"{}", b"null null", b"[1]", &[0xff]] {
        assert!(RentalCard::thaw(state).is_err());
        assert!(Book::thaw(state).is_err());
    }
}

#[test]
fn each_aggregate_has_a_fingerprint_of_its_own() {
    let all = [
        RentalCard::SNAPSHOT_SCHEMA,
        Member::SNAPSHOT_SCHEMA,
        Book::SNAPSHOT_SCHEMA,
        BestSeller::SNAPSHOT_SCHEMA,
    ];
    assert_eq!(BTreeSet::from(all).len(), 4);
}

/// When this fails the form changed: raise the revision of the aggregate's `SNAPSHOT_SCHEMA`, then rename and rewrite
/// its file.
#[test]
fn the_form_of_snapshots_is_the_one_their_fingerprints_stand_for() {
    let card = RentalCard::Issued(late_card());
    assert_eq!(pinned(&card), (golden!("rental-card.v1"), 11_311_953_119_879_081_655));
    let member = Member::Registered { person: jenny(), email: None, points: Points::new(5) };
    assert_eq!(pinned(&member), (golden!("member.v1"), 8_779_106_011_521_298_214));
    let book = Book::Entered { details: samples::details(), standing: Standing::Lent(rental_id()) };
    assert_eq!(pinned(&book), (golden!("book.v1"), 6_359_989_438_568_663_227));
    let tallies = BestSeller::from_tallies([(rental_id(), Tally::Uncounted)]);
    assert_eq!(pinned(&tallies), (golden!("best-seller.v1"), 8_135_393_163_355_187_856));
}

#[test]
fn a_larger_state_is_estimated_larger() {
    let small = IssuedCard { items: vec![], returned: vec![], ..late_card() };
    assert!(RentalCard::Issued(late_card()).bytes() > RentalCard::Issued(small).bytes());
    let one = BestSeller::from_tallies([(rental_id(), Tally::Counted)]);
    assert!(one.bytes() > BestSeller::default().bytes());
}

proptest! {
    #[test]
    fn any_card_comes_back(card in any_card()) {
        assert_comes_back(&RentalCard::Issued(card));
    }

    #[test]
    fn any_best_seller_comes_back(tallies in prop::collection::vec((any::<u64>(), any::<bool>()), 0..40)) {
        let tally = |counted| if counted { Tally::Counted } else { Tally::Uncounted };
        let lines = tallies.into_iter().map(|(id, counted)| (RentalId::new(uuid(id.into())), tally(counted)));
        assert_comes_back(&BestSeller::from_tallies(lines));
    }
}

fn assert_comes_back<A: Aggregate + PartialEq + std::fmt::Debug>(state: &A) {
    assert_eq!(&A::thaw(&state.freeze()).unwrap(), state);
    assert!(state.bytes() >= size_of::<A>());
}

fn pinned<A: Aggregate>(state: &A) -> (String, u64) {
    (String::from_utf8(state.freeze().to_vec()).unwrap(), A::SNAPSHOT_SCHEMA)
}

fn late_card() -> IssuedCard {
    let (on, late_fee) = (jiff::civil::date(2026, 3, 19), Points::new(30));
    let state = ItemState::ReturnPending { return_id: return_id(), returned_on: on, late_fee };
    let progress = Attempt {
        kind: domain::Kind::Return,
        book: Some(Part::Waiting),
        member: Part::Done,
        direction: Some(Direction::Cancel),
        review: Review::Requested,
    };
    let asked = samples::giving_back();
    let attempt = OpenAttempt { returned: Some(Returned { on, late_fee }), progress, asked };
    let due_on = rent_day().checked_add(14.days()).unwrap();
    let item = CardItem {
        rental_id: rental_id(),
        item: bell(),
        rented_on: rent_day(),
        due_on,
        overdue: true,
        state,
    };
    let returned = ReturnedItem {
        rental_id: rental_id(),
        item: bell(),
        rented_on: rent_day(),
        due_on,
        returned_on: on,
        late_fee,
    };
    IssuedCard {
        card_no: CardNo::new(2026, uuid(1)),
        member: jenny(),
        items: vec![item],
        returned: vec![returned],
        fee: late_fee,
        attempts: [(attempt.asked.process(), attempt)].into(),
    }
}

fn any_card() -> impl Strategy<Value = IssuedCard> {
    let items = prop::collection::vec(any_item(), 0..6);
    let returned = prop::collection::vec(any_returned(), 0..6);
    let attempts = prop::collection::vec(any_attempt(), 0..6);
    (items, returned, attempts, any::<i64>(), any_person()).prop_map(
        |(items, returned, attempts, fee, member)| IssuedCard {
            card_no: CardNo::new(2026, uuid(9)),
            member,
            items,
            returned,
            fee: Points::new(fee),
            attempts: attempts.into_iter().map(|open| (open.asked.process(), open)).collect(),
        },
    )
}

fn any_item() -> impl Strategy<Value = CardItem> {
    let state = prop_oneof![
        Just(ItemState::Pending),
        Just(ItemState::Rented),
        (any::<u64>(), any_date(), any::<i64>()).prop_map(|(id, returned_on, fee)| {
            ItemState::ReturnPending {
                return_id: ReturnId::new(uuid(id.into())),
                returned_on,
                late_fee: Points::new(fee),
            }
        }),
    ];
    (any::<u64>(), any_book(), any_date(), any_date(), any::<bool>(), state).prop_map(
        |(id, item, rented_on, due_on, overdue, state)| {
            let rental_id = RentalId::new(uuid(id.into()));
            CardItem { rental_id, item, rented_on, due_on, overdue, state }
        },
    )
}

fn any_returned() -> impl Strategy<Value = ReturnedItem> {
    (any_item(), any_date(), any::<i64>()).prop_map(|(from, returned_on, fee)| ReturnedItem {
        rental_id: from.rental_id,
        item: from.item,
        rented_on: from.rented_on,
        due_on: from.due_on,
        returned_on,
        late_fee: Points::new(fee),
    })
}

fn any_attempt() -> impl Strategy<Value = OpenAttempt> {
    let direction = prop::option::of(prop::sample::select(vec![Direction::Confirm, Direction::Cancel]));
    let review = prop::sample::select(vec![Review::NotNeeded, Review::Requested, Review::Resolved]);
    let returned = prop::option::of((any_date(), any::<i64>()));
    (any_asked(), returned, prop::option::of(any_part()), any_part(), direction, review).prop_map(
        |(asked, returned, book, member, direction, review)| OpenAttempt {
            returned: returned.map(|(on, fee)| Returned { on, late_fee: Points::new(fee) }),
            progress: Attempt { kind: asked.kind(), book, member, direction, review },
            asked,
        },
    )
}

fn any_part() -> impl Strategy<Value = Part> {
    type P = Part;
    prop::sample::select(vec![P::Waiting, P::Done, P::Refused, P::Undoing, P::Undone, P::UndoRefused])
}

fn any_asked() -> impl Strategy<Value = Request> {
    let what = prop::sample::select(vec![samples::rent(), samples::giving_back(), samples::clearing()]);
    (what, any_person(), 1..=1_000_000_i64).prop_map(|(asked, member, points)| Request {
        member,
        points: amount(points),
        ..asked
    })
}

fn any_person() -> impl Strategy<Value = Person> {
    "\\PC{1,40}".prop_filter_map("a name", |name| {
        domain::PersonName::parse(&name).ok().map(|name| Person { name, ..jenny() })
    })
}

fn any_book() -> impl Strategy<Value = Item> {
    (1..1_i64 << 53, "\\PC{1,40}").prop_filter_map("a title", |(no, title)| {
        Title::parse(&title).ok().map(|title| Item { no: book_no(no), title })
    })
}

fn any_date() -> impl Strategy<Value = Date> {
    (1_i16..=9999, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}
