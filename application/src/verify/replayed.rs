//! All aggregates as the log leaves them.

use std::collections::BTreeMap;

use domain::best_seller::BestSeller;
use domain::book::Book;
use domain::member::{Cause, Member, MemberEvent};
use domain::rental_card::RentalCard;
use domain::{Decider, Points};

use crate::codec::AnyEvent;
use crate::ports::event_store::{Recorded, StreamName};

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
}

impl Replayed {
    pub(super) fn see(&mut self, recorded: &Recorded, event: &AnyEvent) {
        match event {
            AnyEvent::RentalCard(event) => evolve(&mut self.cards, recorded, event),
            AnyEvent::Book(event) => evolve(&mut self.books, recorded, event),
            AnyEvent::BestSeller(event) => evolve(&mut self.best_sellers, recorded, event),
            AnyEvent::Member(event) => self.accounts.entry(recorded.stream.clone()).or_default().see(event),
            AnyEvent::Operator(_) => {}
        }
    }
}

fn evolve<A: Decider>(all: &mut BTreeMap<StreamName, A>, recorded: &Recorded, event: &A::Event) {
    let state = all.entry(recorded.stream.clone()).or_default();
    *state = std::mem::take(state).evolve(event);
}

impl Account {
    fn see(&mut self, event: &MemberEvent) {
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
}
