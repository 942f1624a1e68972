//! The check itself: a sound history has no violation, and with one thing made wrong the invariant that is broken is
//! named. And beside a service that goes on, nothing is judged that is still on its way.

mod apart;
mod busy;
mod evidence;
mod meanwhile;
mod topics;

use application::ports::event_store::{Position, StreamName};
use application::ports::token_store::{Row, RowKey};
use application::reactions::{
    BEST_SELLERS, CATALOGUE, COUNT_RENTALS, KEEP_POINTS, LEND_BOOKS, PROCESSES, RECORD_ANSWERS,
};
use application::verify::{Invariant, Report, Shown, verify, verify_evidence};
use jiff::SignedDuration;
use tests::library::Library;

use evidence::Told;

async fn judged(told: &Told) -> Report {
    verify_evidence(told).await.unwrap()
}

/// The invariants that a history breaks, each once.
async fn broken(told: &Told) -> Vec<Invariant> {
    let mut broken: Vec<_> =
        judged(told).await.violations.iter().map(|violation| violation.invariant).collect();
    broken.sort_unstable();
    broken.dedup();
    broken
}

/// Rents that complete and one that is undone, a late return, and a fee that is paid.
async fn history() -> Told {
    let mut library = Library::open();
    let ([jenny, _tom], [one, _two]) = library.lived_in().await;
    library.stores.clock.advance(SignedDuration::from_hours(24 * 16));
    library.give_back(&jenny, one).await;
    library.settle().await;
    library.pay(&jenny, 20).await;
    library.settle().await;
    let report = verify(&*library.stores.log, &library.stores.ports()).await.unwrap();
    assert_eq!((report.ended, report.violations.len(), report.unjudged.len()), (5, 0, 0), "{report:#?}");
    Told::of(&library).await
}

#[tokio::test]
async fn a_sound_history_holds_in_full() {
    let report = judged(&history().await).await;
    assert_eq!((report.ended, report.in_flight.len(), report.by_hand.len()), (5, 0, 0));
    assert!(report.violations.is_empty() && report.unjudged.is_empty(), "{report:#?}");
}

/// I1.
#[tokio::test]
async fn a_book_that_is_lent_while_no_card_holds_it_is_found() {
    let mut told = history().await;
    told.forget("book.book-taken-back", 0);
    assert!(broken(&told).await.contains(&Invariant::OneHolder));
}

/// I1.
#[tokio::test]
async fn a_book_that_two_cards_hold_is_found() {
    let mut told = history().await;
    // Tom's second book becomes Jenny's first one, which she still holds then.
    told.keep_until("rental-card.item-returned", 0);
    told.change("rental-card.item-rented", 2, "\"no\":2", "\"no\":1");
    assert!(broken(&told).await.contains(&Invariant::OneHolder));
}

/// I2.
#[tokio::test]
async fn a_balance_that_is_not_what_was_earned_is_found() {
    let mut told = history().await;
    told.change("member.points-saved", 0, "\"amount\":50", "\"amount\":51");
    assert_eq!(broken(&told).await, [Invariant::Points]);
}

/// I2: the sum is right, and the event that says it is not.
#[tokio::test]
async fn an_award_whose_amount_is_not_what_was_asked_for_and_added_is_found() {
    let mut told = history().await;
    told.change("member.points-saved", 2, "\"amount\":10", "\"amount\":11");
    assert_eq!(broken(&told).await, [Invariant::Points]);
    let mut told = history().await;
    told.change("member.points-saved", 2, "\"points\":10", "\"points\":11");
    assert!(broken(&told).await.contains(&Invariant::Points));
}

/// I2.
#[tokio::test]
async fn a_balance_below_zero_without_an_undo_is_found() {
    let mut told = history().await;
    // Jenny never got the points that she paid with.
    told.forget("member.points-saved", 0);
    told.change("member.points-used", 0, "\"amount\":20", "\"amount\":90");
    told.change("member.points-used", 0, "\"balance\":50", "\"balance\":-20");
    let report = judged(&told).await;
    let found = report.violations.iter().any(|violation| violation.found.contains("nothing was taken back"));
    assert!(found, "{:#?}", report.violations);
}

/// I3.
#[tokio::test]
async fn a_fee_that_was_not_owed_is_found() {
    let mut told = history().await;
    told.change("rental-card.clearing-requested", 0, "\"points\":20", "\"points\":10");
    assert!(broken(&told).await.contains(&Invariant::Fees));
}

/// I4.
#[tokio::test]
async fn a_rental_that_was_not_counted_is_found() {
    let mut told = history().await;
    told.forget("best-seller.rental-counted", 0);
    assert!(broken(&told).await.contains(&Invariant::Counts));
}

/// I5.
#[tokio::test]
async fn an_attempt_that_ends_twice_is_found() {
    let mut told = history().await;
    told.again("rental-card.rent-confirmed", 0);
    assert!(broken(&told).await.contains(&Invariant::Endings));
}

/// I5.
#[tokio::test]
async fn an_attempt_that_goes_on_without_having_started_is_found() {
    let mut told = history().await;
    told.forget("rental-card.clearing-requested", 0);
    assert!(broken(&told).await.contains(&Invariant::Endings));
}

/// I6.
#[tokio::test]
async fn an_event_that_each_handler_passed_without_effect_is_found() {
    let effects = [
        ("book.book-lent", LEND_BOOKS),
        ("member.points-used", KEEP_POINTS),
        ("best-seller.rental-counted", COUNT_RENTALS),
        ("rental-card.answer-recorded", RECORD_ANSWERS),
    ];
    for (effect, handler) in effects {
        let mut told = history().await;
        told.forget(effect, 0);
        let report = judged(&told).await;
        let named = |found: &str| found.contains(handler.as_str()) && found.contains("without effect");
        let is_found = report
            .violations
            .iter()
            .any(|violation| violation.invariant == Invariant::Effects && named(&violation.found));
        assert!(is_found, "{handler}: {:#?}", report.violations);
    }
}

/// I6.
#[tokio::test]
async fn an_event_that_a_handler_set_aside_or_has_not_passed_is_not_judged() {
    let mut told = history().await;
    let counted = told.forget("best-seller.rental-counted", 1);
    let cause = told.causes(&counted);
    let follower = told.follower(&COUNT_RENTALS);
    follower.set_aside.insert(cause);
    let report = judged(&told).await;
    let of =
        |invariant| report.violations.iter().filter(|violation| violation.invariant == invariant).count();
    assert_eq!((of(Invariant::Effects), of(Invariant::Counts)), (0, 0), "{:#?}", report.violations);
    assert!(report.unjudged.iter().any(|what| what.contains("count-rentals")), "{:?}", report.unjudged);

    let follower = told.follower(&COUNT_RENTALS);
    follower.set_aside.clear();
    assert!(broken(&told).await.contains(&Invariant::Effects));
    told.follower(&COUNT_RENTALS).reached = Position::new(cause.value() - 1);
    let broken = broken(&told).await;
    assert!(!broken.contains(&Invariant::Effects) && !broken.contains(&Invariant::Counts), "{broken:?}");
}

/// I7.
#[tokio::test]
async fn a_hole_and_a_repeat_in_the_order_are_found() {
    type Spoil = fn(&mut Told);
    let spoilt: [(&str, Spoil); 5] = [
        ("a position is missing", |told| told.log.last_mut().unwrap().position = Position::new(9_999)),
        ("a version is missing", |told| {
            let last = told.log.last_mut().unwrap();
            last.version = last.version.plus(1);
        }),
        ("an event stands there twice", |told| {
            let id = told.log[0].id;
            told.log.last_mut().unwrap().id = id;
        }),
        ("a stream begins in its middle", |told| {
            told.log.last_mut().unwrap().stream = StreamName::parse("rental-card-nobody").unwrap();
        }),
        ("a command was done twice", |told| {
            let first = told.command_of(0);
            let last = told.log.len() - 1;
            let other = told.command_of(last);
            told.change_metadata(last, &other, &first);
        }),
    ];
    for (what, spoil) in spoilt {
        let mut told = history().await;
        spoil(&mut told);
        assert!(broken(&told).await.contains(&Invariant::Order), "{what}");
    }
}

/// I8.
#[tokio::test]
async fn a_row_that_is_missing_added_or_changed_is_found_in_every_view() {
    for view in [CATALOGUE, BEST_SELLERS, PROCESSES] {
        let sound = history().await;
        let rows = &sound.rows[&view];
        let (first, last) = (rows[0].clone(), rows[rows.len() - 1].clone());
        for changed in [rows[1..].to_vec(), [rows.clone(), vec![first]].concat(), swapped(rows, &last)] {
            let mut told = sound.clone();
            told.rows.insert(view.clone(), changed);
            assert_eq!(broken(&told).await, [Invariant::Views], "{view}");
        }
    }
}

/// A row under its own key with what another one says.
fn swapped(rows: &[Row], other: &Row) -> Vec<Row> {
    let mut rows = rows.to_vec();
    match (&mut rows[0], other) {
        (Row::Catalogue(row), Row::Catalogue(other)) => row.title = other.title.clone(),
        (Row::BestSeller(row), Row::BestSeller(_)) => row.count += 1,
        (Row::Process(row), Row::Process(_)) => row.steps.truncate(1),
        (row, other) => panic!("{row:?} and {other:?} are not of one view"),
    }
    rows
}

#[tokio::test]
async fn what_a_service_does_not_show_is_said_and_not_judged() {
    let mut told = history().await;
    told.rows.insert(CATALOGUE, vec![]);
    told.shown.insert(CATALOGUE, Shown::Nothing("it is not shown".to_owned()));
    let rankings = told.rows.remove(&BEST_SELLERS).unwrap();
    let unseen: std::collections::BTreeSet<RowKey> = rankings.iter().map(Row::key).collect();
    told.shown.insert(BEST_SELLERS, Shown::Except(unseen, "the lower places".to_owned()));
    let report = judged(&told).await;
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
    assert_eq!(report.unjudged.len(), 2, "{:?}", report.unjudged);
}

#[tokio::test]
async fn a_handler_or_view_that_nobody_knows_of_is_said_and_not_judged() {
    let mut told = history().await;
    told.followers.retain(|follower| ![LEND_BOOKS, PROCESSES].contains(&follower.name));
    told.forget("book.book-lent", 0);
    let report = judged(&told).await;
    assert!(report.violations.iter().all(|violation| violation.invariant != Invariant::Effects));
    for name in [LEND_BOOKS, PROCESSES] {
        assert!(report.unjudged.iter().any(|what| what.contains(name.as_str())), "{:?}", report.unjudged);
    }
}

/// A reader of a service that goes on finds views behind, ahead, and in between.
#[tokio::test]
async fn a_view_that_moves_while_it_is_read_is_judged_by_the_rows_that_stood_still() {
    let mut told = history().await;
    let end = told.log.len() as u64;
    let moved = told.log.iter().rposition(|event| event.kind.as_str() == "book.book-taken-back").unwrap();
    // When it was asked, the catalogue had not seen the last return; when it was read, it had.
    let follower = told.follower(&CATALOGUE);
    (follower.reached, follower.ahead) = (Position::new(moved as u64), Position::new(moved as u64));
    told.later.push((CATALOGUE, Position::new(end)));
    let report = judged(&told).await;
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
    assert!(report.unjudged.iter().any(|what| what.contains("changed meanwhile")), "{:?}", report.unjudged);

    // The other book stood still, and is judged.
    told.rows
        .get_mut(&CATALOGUE)
        .unwrap()
        .retain(|row| row.key() != RowKey::Catalogue(tests::library::book(2)));
    assert_eq!(broken(&told).await, [Invariant::Views]);
}

/// Without a service nothing moves, and what is missing is still to be built.
#[tokio::test]
async fn a_view_that_nobody_has_built_yet_is_told_apart_from_one_that_moves() {
    let mut told = history().await;
    told.rows.insert(CATALOGUE, vec![]);
    let follower = told.follower(&CATALOGUE);
    (follower.reached, follower.ahead) = (Position::START, Position::START);
    let report = judged(&told).await;
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
    let said = |what: &str| report.unjudged.iter().any(|unjudged| unjudged.contains(what));
    assert!(said("the view catalogue: it is not built yet, and would have 2 rows"), "{:?}", report.unjudged);
    assert!(!said("changed meanwhile"), "{:?}", report.unjudged);
}

/// A log that is read while it grows ends anywhere; what is on its way then is no violation.
#[tokio::test]
async fn wherever_the_log_ends_nothing_is_violated_that_is_only_on_its_way() {
    let whole = history().await;
    for end in 0..=whole.log.len() {
        let mut told = whole.clone();
        told.cut(end);
        let report = judged(&told).await;
        assert!(report.violations.is_empty(), "cut after {end}: {:#?}", report.violations);
    }
}

/// Else a service that writes faster than it is read would keep the reader for ever.
#[tokio::test]
async fn a_log_that_grows_while_it_is_read_is_read_to_where_it_ended() {
    let whole = history().await;
    let mut told = whole.clone();
    told.cut(10);
    (told.log, told.head) = (whole.log.clone(), Some(Position::new(10)));
    let report = judged(&told).await;
    assert!((10..20).contains(&report.events), "{} events were read", report.events);
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
}

/// I7.
#[tokio::test]
async fn a_log_that_ends_before_its_head_is_found() {
    let mut told = history().await;
    told.head = Some(Position::new(told.log.len() as u64 + 1));
    assert_eq!(broken(&told).await, [Invariant::Order]);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_ends_the_check() {
    let mut told = history().await;
    told.log[3].payload = bytes::Bytes::from_static(b"{");
    assert!(verify_evidence(&told).await.is_err());
}
