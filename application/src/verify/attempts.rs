//! What became of every attempt, from the card's events alone.

use std::collections::{BTreeMap, HashMap};

use domain::rental_card::RentalCardEvent;
use domain::rental_card::attempt::{Phase, Start};
use domain::{BookNo, MemberId, Month, Points, ProcessId, RentalId};

use super::{Invariant, Report};
use crate::ports::event_store::Position;

/// All attempts of the log.
#[derive(Default)]
pub(super) struct Attempts {
    all: BTreeMap<ProcessId, Attempted>,
    of_members: HashMap<MemberId, Vec<ProcessId>>,
    unstarted: Vec<ProcessId>,
}

/// One attempt.
pub(super) struct Attempted {
    pub(super) member: MemberId,
    /// The rental it starts or ends, its book and its month; none for a payment.
    pub(super) rental: Option<(RentalId, BookNo, Month)>,
    /// What the member earns, or pays.
    pub(super) points: Points,
    /// What being late cost.
    pub(super) late_fee: Points,
    /// Where it was started and, when it was, cancelled: what those who count rentals have to have passed.
    pub(super) counted_at: Vec<Position>,
    confirmed: u32,
    cancelled: u32,
    compensated: u32,
    in_review: bool,
    resolved: bool,
    /// Whether it has gone on since the log was read: others may have heard of that.
    moved: bool,
    /// Which of confirm and cancel came last: whether it was cancel.
    is_cancelled: bool,
}

/// How an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AttemptStanding {
    /// Somebody still has to answer.
    InFlight,
    /// It ended by itself, as it was asked for.
    Completed,
    /// It ended by itself, and nothing of it is left.
    Compensated,
    /// It is in review, or was decided by hand.
    ByHand,
}

impl Attempted {
    pub(super) fn standing(&self) -> AttemptStanding {
        if self.moved {
            return AttemptStanding::InFlight;
        }
        if self.resolved || self.in_review {
            return AttemptStanding::ByHand;
        }
        match (self.confirmed, self.cancelled, self.compensated) {
            (0, 0, 0) | (0, 1, 0) => AttemptStanding::InFlight,
            (0, _, _) => AttemptStanding::Compensated,
            _ => AttemptStanding::Completed,
        }
    }

    pub(super) fn is_settled(&self) -> bool {
        matches!(self.standing(), AttemptStanding::Completed | AttemptStanding::Compensated)
    }

    /// Whether it was cancelled, by itself or by hand.
    pub(super) const fn is_cancelled(&self) -> bool {
        self.is_cancelled
    }

    /// Whether it was confirmed, by itself or by hand.
    pub(super) const fn is_confirmed(&self) -> bool {
        self.confirmed > 0 && !self.is_cancelled
    }

    fn ends_once(&self) -> bool {
        let by_itself =
            matches!((self.confirmed, self.cancelled, self.compensated), (0 | 1, 0, 0) | (0, 1, 0 | 1));
        by_itself || self.resolved
    }
}

impl Attempts {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&ProcessId, &Attempted)> {
        self.all.iter()
    }

    /// The attempts of one member.
    pub(super) fn of_member(&self, member: &MemberId) -> impl Iterator<Item = (&ProcessId, &Attempted)> {
        let own = self.of_members.get(member).into_iter().flatten();
        own.filter_map(|process| self.all.get_key_value(process))
    }

    pub(super) fn see(&mut self, event: &RentalCardEvent, position: Position) {
        let Some((process, phase)) = event.about().attempt else { return };
        if let Phase::Started(start) = phase {
            let attempt = Attempted::started(start, position);
            self.of_members.entry(attempt.member.clone()).or_default().push(process);
            self.all.insert(process, attempt);
            return;
        }
        match self.all.get_mut(&process) {
            Some(attempt) => attempt.see(phase, position),
            None => self.unstarted.push(process),
        }
    }

    /// Leaves out what an event touches that came after the log was read, and that other logs may have heard of.
    pub(super) fn leave_out(&mut self, event: &RentalCardEvent, position: Position) {
        let Some((process, phase)) = event.about().attempt else { return };
        if let Phase::Started(_) = phase {
            self.see(event, position);
        }
        if let Some(attempt) = self.all.get_mut(&process) {
            attempt.moved = true;
        }
    }

    /// Tells apart what ended, what is in flight and what is by hand, and judges I5.
    pub(super) fn sort_into(&self, report: &mut Report) {
        for process in &self.unstarted {
            report.violated(Invariant::Endings, format!("{process} goes on without having started"));
        }
        for (process, attempt) in &self.all {
            match attempt.standing() {
                AttemptStanding::InFlight => report.in_flight.push(*process),
                AttemptStanding::ByHand => report.by_hand.push(*process),
                AttemptStanding::Completed | AttemptStanding::Compensated => report.ended += 1,
            }
            if !attempt.ends_once() {
                let (confirmed, cancelled) = (attempt.confirmed, attempt.cancelled);
                let found = format!(
                    "{process} was confirmed {confirmed} times, cancelled {cancelled} times and compensated {} times",
                    attempt.compensated
                );
                report.violated(Invariant::Endings, found);
            }
        }
    }
}

impl Attempted {
    fn started(start: Start<'_>, position: Position) -> Self {
        let asked = start.asked();
        let rental = asked.rental_id().zip(asked.item()).zip(asked.rented_on());
        Self {
            rental: rental.map(|((rental_id, item), on)| (rental_id, item.no, Month::of(on))),
            member: asked.member.id,
            points: asked.points.points(),
            late_fee: start.returned().map_or(Points::ZERO, |returned| returned.late_fee),
            counted_at: vec![position],
            confirmed: 0,
            cancelled: 0,
            compensated: 0,
            in_review: false,
            resolved: false,
            moved: false,
            is_cancelled: false,
        }
    }

    fn see(&mut self, phase: Phase<'_>, position: Position) {
        match phase {
            Phase::Confirmed => {
                self.confirmed += 1;
                self.decided(false);
            }
            Phase::Cancelled { .. } => {
                self.cancelled += 1;
                self.counted_at.push(position);
                self.decided(true);
            }
            Phase::Compensated => {
                self.compensated += 1;
                self.in_review = false;
            }
            Phase::ReviewRequested { .. } => self.in_review = true,
            Phase::ReviewResolved { .. } => self.resolved = true,
            Phase::Started(_) | Phase::Answered { .. } | Phase::UndoRequested { .. } => {}
        }
    }

    const fn decided(&mut self, is_cancelled: bool) {
        self.is_cancelled = is_cancelled;
        self.in_review = false;
    }
}
