//! What became of every attempt, from the card's events alone.

use std::collections::{BTreeMap, HashMap};

use domain::rental_card::RentalCardEvent;
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
        if let Some((process, attempt)) = started(event, position) {
            self.of_members.entry(attempt.member.clone()).or_default().push(process);
            self.all.insert(process, attempt);
            return;
        }
        let Some(process) = event.process() else { return };
        match self.all.get_mut(&process) {
            Some(attempt) => attempt.hear(event, position),
            None => self.unstarted.push(process),
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
    fn hear(&mut self, event: &RentalCardEvent, position: Position) {
        use RentalCardEvent as E;
        match event {
            E::RentConfirmed { .. } | E::ReturnConfirmed { .. } | E::FeeCleared { .. } => {
                self.confirmed += 1;
                self.decided(false);
            }
            E::RentCancelled { .. } | E::ReturnCancelled { .. } | E::ClearingRefused { .. } => {
                self.cancelled += 1;
                self.counted_at.push(position);
                self.decided(true);
            }
            E::AttemptCompensated { .. } => {
                self.compensated += 1;
                self.in_review = false;
            }
            E::ReviewRequested { .. } => self.in_review = true,
            E::ReviewResolved { .. } => self.resolved = true,
            E::CardIssued { .. }
            | E::ItemRented { .. }
            | E::ItemReturned { .. }
            | E::ItemOverdue { .. }
            | E::ClearingRequested { .. }
            | E::AnswerRecorded { .. }
            | E::UndoRequested { .. } => {}
        }
    }

    const fn decided(&mut self, is_cancelled: bool) {
        self.is_cancelled = is_cancelled;
        self.in_review = false;
    }
}

fn started(event: &RentalCardEvent, position: Position) -> Option<(ProcessId, Attempted)> {
    use RentalCardEvent as E;
    let attempt = |member: &MemberId, rental, points: Points, late_fee| Attempted {
        member: member.clone(),
        rental,
        points,
        late_fee,
        counted_at: vec![position],
        confirmed: 0,
        cancelled: 0,
        compensated: 0,
        in_review: false,
        resolved: false,
        is_cancelled: false,
    };
    let process = event.process()?;
    match event {
        E::ItemRented { member, rental_id, item, rented_on, points, .. } => {
            let rental = Some((*rental_id, item.no, Month::of(*rented_on)));
            Some((process, attempt(&member.id, rental, points.points(), Points::ZERO)))
        }
        E::ItemReturned { member, rental_id, item, rented_on, late_fee, points, .. } => {
            let rental = Some((*rental_id, item.no, Month::of(*rented_on)));
            Some((process, attempt(&member.id, rental, points.points(), *late_fee)))
        }
        E::ClearingRequested { member, points, .. } => {
            Some((process, attempt(&member.id, None, points.points(), Points::ZERO)))
        }
        _ => None,
    }
}
