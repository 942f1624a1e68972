//! I1 to I4: what the aggregates say of each other.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::book::{Book, Standing};
use domain::member::Member;
use domain::rental_card::{IssuedCard, ItemState};
use domain::{BookNo, Kind, MemberId, Month, Points, RentalId};

use super::attempts::{AttemptStanding, Attempts};
use super::replayed::{Account, Replayed};
use super::{Invariant, Report};
use crate::codec::{Aggregate, BestSellerId};
use crate::ports::event_store::Position;
use crate::services::Services;

/// Judges what was replayed, as far as a log of these services shows it; what unsettled attempts touch is left out.
pub(super) fn judge(
    services: Services,
    replayed: &Replayed,
    attempts: &Attempts,
    uncounted: &HashSet<Position>,
    report: &mut Report,
) {
    if Invariant::OneHolder.shows_in(services) {
        one_holder(replayed, attempts, report);
    }
    let sums = Invariant::Points.shows_in(services);
    for account in replayed.accounts.values() {
        if sums {
            points(account, attempts, report);
        } else {
            below_zero(account, report);
        }
        moved_as_said(account, report);
    }
    for card in issued(replayed) {
        fees(card, attempts, report);
    }
    if Invariant::Counts.shows_in(services) {
        counts(replayed, attempts, uncounted, report);
    }
}

fn issued(replayed: &Replayed) -> impl Iterator<Item = &IssuedCard> {
    replayed.cards.values().filter_map(domain::rental_card::RentalCard::issued)
}

/// I1, from both sides: what cards hold against what books say.
fn one_holder(replayed: &Replayed, attempts: &Attempts, report: &mut Report) {
    let unsettled: BTreeSet<RentalId> = attempts
        .iter()
        .filter(|(_, attempt)| !attempt.is_settled())
        .filter_map(|(_, a)| Some(a.rental?.0))
        .collect();
    let mut held: BTreeMap<BookNo, (RentalId, &MemberId)> = BTreeMap::new();
    for card in issued(replayed) {
        for item in card
            .items
            .iter()
            .filter(|item| item.state == ItemState::Rented && !unsettled.contains(&item.rental_id))
        {
            let here = (item.rental_id, &card.member.id);
            if let Some((rental, other)) = held.insert(item.item.no, here) {
                let (no, id) = (item.item.no, &card.member.id);
                let found = format!("book {no} is held by {id} and, as rental {rental}, by {other}");
                report.violated(Invariant::OneHolder, found);
            }
        }
    }
    let mut lent = BTreeMap::new();
    for book in replayed.books.values() {
        if let Book::Entered { details, standing: Standing::Lent(rental) } = book
            && !unsettled.contains(rental)
        {
            lent.insert(details.no, *rental);
        }
    }
    for (no, (rental, member)) in &held {
        if lent.get(no) != Some(rental) {
            report.violated(
                Invariant::OneHolder,
                format!("{member} holds book {no} as rental {rental}, which the book does not know"),
            );
        }
    }
    for (no, rental) in &lent {
        if held.get(no).map(|(held, _)| held) != Some(rental) {
            report.violated(
                Invariant::OneHolder,
                format!("book {no} is lent to rental {rental}, which no card holds"),
            );
        }
    }
}

/// I2.
fn points(account: &Account, attempts: &Attempts, report: &mut Report) {
    let Member::Registered { person, points, .. } = &account.member else { return };
    if attempts.of_member(&person.id).any(|(_, attempt)| !attempt.is_settled()) {
        return;
    }
    let earned = sum(attempts
        .of_member(&person.id)
        .filter(|(_, a)| a.standing() == AttemptStanding::Completed)
        .map(|(process, attempt)| match process.kind() {
            Kind::Rent | Kind::Return => attempt.points,
            Kind::Overdue => -attempt.points,
        }));
    let expected = account.by_operators + earned;
    if *points != expected {
        let found = format!("{} has {points} points and should have {expected}", person.id);
        report.violated(Invariant::Points, found);
    }
    below_zero(account, report);
}

fn below_zero(account: &Account, report: &mut Report) {
    let Member::Registered { person, points, .. } = &account.member else { return };
    if points.value() < 0 && !account.was_undone {
        report.violated(
            Invariant::Points,
            format!("{} has {points} points and nothing was taken back", person.id),
        );
    }
}

/// I2, of each event for itself.
fn moved_as_said(account: &Account, report: &mut Report) {
    let (Some(position), Member::Registered { person, .. }) = (account.contradiction, &account.member) else {
        return;
    };
    let id = &person.id;
    let found = format!(
        "event {position} of {id} says another amount than its balance or its request makes of the balance before it"
    );
    report.violated(Invariant::Points, found);
}

/// I3.
fn fees(card: &IssuedCard, attempts: &Attempts, report: &mut Report) {
    let of_kind =
        |kind| attempts.of_member(&card.member.id).filter(move |(process, _)| process.kind() == kind);
    let owed = sum(of_kind(Kind::Return).filter(|(_, a)| !a.is_cancelled()).map(|(_, a)| a.late_fee));
    let paid = sum(of_kind(Kind::Overdue).filter(|(_, a)| a.is_confirmed()).map(|(_, a)| a.points));
    let id = &card.member.id;
    if card.fee != owed - paid {
        report.violated(
            Invariant::Fees,
            format!("{id} owes {} points and should owe {}", card.fee, owed - paid),
        );
    }
    if card.fee.value() < 0 {
        report.violated(Invariant::Fees, format!("{id} owes {} points", card.fee));
    }
    let overdue = card.items.iter().any(|item| item.overdue && item.is_held());
    if card.is_suspended() != (card.fee.is_positive() || overdue) {
        report.violated(
            Invariant::Fees,
            format!("{id} is suspended without reason, or is not in spite of one"),
        );
    }
}

/// I4. What was not counted yet is in flight: an attempt ends without waiting for its count.
fn counts(replayed: &Replayed, attempts: &Attempts, uncounted: &HashSet<Position>, report: &mut Report) {
    let mut expected: BTreeMap<(BookNo, Month), u64> = BTreeMap::new();
    let mut in_flight = BTreeSet::new();
    for (_, attempt) in attempts.iter().filter(|(process, _)| process.kind() == Kind::Rent) {
        let Some((_, no, month)) = attempt.rental else { continue };
        let is_counted = attempt.counted_at.iter().all(|at| !uncounted.contains(at));
        if attempt.standing() == AttemptStanding::InFlight || !is_counted {
            in_flight.insert((no, month));
        }
        *expected.entry((no, month)).or_default() += u64::from(!attempt.is_cancelled());
    }
    for ((book, month), expected) in expected.into_iter().filter(|(key, _)| !in_flight.contains(key)) {
        let stream = domain::best_seller::BestSeller::stream(&BestSellerId { month, book });
        let found = replayed.best_sellers.get(&stream).map_or(0, domain::best_seller::BestSeller::count);
        if found != expected {
            report
                .violated(Invariant::Counts, format!("{stream} counts {found} and should count {expected}"));
        }
    }
}

fn sum(points: impl Iterator<Item = Points>) -> Points {
    points.fold(Points::ZERO, |sum, more| sum + more)
}
