//! All aggregates as the log leaves them.

use std::collections::BTreeMap;

use domain::best_seller::BestSeller;
use domain::book::Book;
use domain::member::{Cause, Member, MemberEvent};
use domain::rental_card::RentalCard;
use domain::{Decider, Points};

use crate::codec::AnyEvent;
use crate::ports::event_store::{Position, Recorded, StreamName};

/// All aggregates, by stream.
#[derive(Default)]
pub(super) struct Replayed {
    pub(super) cards: BTreeMap<StreamName, RentalCard>,
    pub(super) books: BTreeMap<StreamName, Book>,
    pub(super) best_sellers: BTreeMap<StreamName, BestSeller>,
    pub(super) accounts: BTreeMap<StreamName, Account>,
}

/// A member with what operators did to the account.
#[derive(Default)]
pub(super) struct Account {
    pub(super) member: Member,
    /// What operators saved less what they used.
    pub(super) by_operators: Points,
    /// Whether an award was ever taken back.
    pub(super) was_undone: bool,
    /// The first event that moves another amount than it says, or than it was asked for.
    pub(super) contradiction: Option<Position>,
}

impl Replayed {
    pub(super) fn see(&mut self, recorded: &Recorded, event: &AnyEvent) {
        match event {
            AnyEvent::RentalCard(event) => evolve(&mut self.cards, recorded, event),
            AnyEvent::Book(event) => evolve(&mut self.books, recorded, event),
            AnyEvent::BestSeller(event) => evolve(&mut self.best_sellers, recorded, event),
            AnyEvent::Member(event) => {
                self.accounts.entry(recorded.stream.clone()).or_default().see(recorded.position, event);
            }
            AnyEvent::Operator(_) => {}
        }
    }
}

fn evolve<A: Decider>(all: &mut BTreeMap<StreamName, A>, recorded: &Recorded, event: &A::Event) {
    let state = all.entry(recorded.stream.clone()).or_default();
    *state = std::mem::take(state).evolve(event);
}

impl Account {
    fn see(&mut self, position: Position, event: &MemberEvent) {
        if self.contradiction.is_none() && !self.moves_what_it_says(event) {
            self.contradiction = Some(position);
        }
        match event {
            MemberEvent::PointsSaved { cause: Cause::Operator, amount, .. } => {
                self.by_operators = self.by_operators + *amount;
            }
            MemberEvent::PointsUsed { cause: Cause::Operator, amount, .. } => {
                self.by_operators = self.by_operators - *amount;
            }
            MemberEvent::PointsTakenBack { .. } => self.was_undone = true,
            MemberEvent::MemberRegistered { .. }
            | MemberEvent::PointsSaved { cause: Cause::Attempt(_), .. }
            | MemberEvent::PointsUsed { cause: Cause::Attempt(_), .. }
            | MemberEvent::PointsRefused { .. } => {}
        }
        self.member = std::mem::take(&mut self.member).evolve(event);
    }

    /// An amount stands in an event up to three times: as itself, in the balance after it, and in the request.
    fn moves_what_it_says(&self, event: &MemberEvent) -> bool {
        let before = self.member.balance().unwrap_or_default();
        let asked = event.answers().map(|(asked, _)| asked.points.points());
        let (amount, after, balance) = match event {
            MemberEvent::PointsSaved { amount, balance, .. } => (amount, before + *amount, balance),
            MemberEvent::PointsUsed { amount, balance, .. }
            | MemberEvent::PointsTakenBack { amount, balance, .. } => (amount, before - *amount, balance),
            MemberEvent::MemberRegistered { .. } | MemberEvent::PointsRefused { .. } => return true,
        };
        after == *balance && asked.is_none_or(|asked| asked == *amount)
    }
}
