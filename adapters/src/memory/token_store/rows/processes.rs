//! The attempts, by id, by where they started and by when somebody has to look.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use application::ports::event_store::Position;
use application::ports::process_view::{ProcessQuery, ProcessRow};
use domain::rental_card::attempt::Status;
use domain::{MemberId, ProcessId, RentalId};
use jiff::Timestamp;
use uuid::Uuid;

/// Attempts with an index for each way they are asked for.
#[derive(Default)]
pub(in super::super) struct Processes {
    rows: BTreeMap<ProcessId, ProcessRow>,
    started: BTreeSet<Start>,
    of_member: BTreeMap<MemberId, BTreeSet<Start>>,
    of_status: BTreeMap<Status, BTreeSet<Start>>,
    deadlines: BTreeSet<(Timestamp, ProcessId)>,
}

type Start = (Position, ProcessId);

/// No other id comes before it.
const LOWEST: ProcessId = ProcessId::Rent(RentalId::new(Uuid::nil()));

impl Processes {
    pub(super) fn all(&self) -> impl Iterator<Item = &ProcessRow> {
        self.rows.values()
    }

    pub(in super::super) fn get(&self, id: ProcessId) -> Option<&ProcessRow> {
        self.rows.get(&id)
    }

    pub(super) fn put(&mut self, row: ProcessRow) {
        self.remove(row.id);
        let start = (row.started, row.id);
        self.started.insert(start);
        self.of_member.entry(row.member_id.clone()).or_default().insert(start);
        self.of_status.entry(row.status).or_default().insert(start);
        self.deadlines.extend(row.deadline.map(|deadline| (deadline, row.id)));
        self.rows.insert(row.id, row);
    }

    pub(super) fn remove(&mut self, id: ProcessId) {
        let Some(row) = self.rows.remove(&id) else { return };
        let start = (row.started, id);
        self.started.remove(&start);
        if let Some(starts) = self.of_member.get_mut(&row.member_id) {
            starts.remove(&start);
        }
        if let Some(starts) = self.of_status.get_mut(&row.status) {
            starts.remove(&start);
        }
        if let Some(deadline) = row.deadline {
            self.deadlines.remove(&(deadline, id));
        }
    }

    /// Those that fit, newest first.
    pub(in super::super) fn matching<'a>(
        &'a self,
        wanted: &'a ProcessQuery,
    ) -> impl Iterator<Item = &'a ProcessRow> {
        let end = wanted.before.map_or(Bound::Unbounded, |before| Bound::Excluded((before, LOWEST)));
        let starts = self.narrowest(wanted).map(|starts| starts.range((Bound::Unbounded, end)).rev());
        let rows = starts.into_iter().flatten().filter_map(|(_, id)| self.rows.get(id));
        rows.filter(|row| {
            wanted.status.is_none_or(|status| status == row.status)
                && wanted.kind.is_none_or(|kind| kind == row.id.kind())
                && wanted.member_id.as_ref().is_none_or(|member| *member == row.member_id)
        })
    }

    /// Those whose deadline is not after `now`, by deadline and id, after the one named.
    pub(in super::super) fn due(
        &self,
        now: Timestamp,
        after: Option<(Timestamp, ProcessId)>,
    ) -> impl Iterator<Item = &ProcessRow> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let due = self.deadlines.range((from, Bound::Unbounded));
        let due = due.take_while(move |(deadline, _)| *deadline <= now);
        due.filter_map(|(_, id)| self.rows.get(id))
    }

    fn narrowest(&self, wanted: &ProcessQuery) -> Option<&BTreeSet<Start>> {
        match (&wanted.member_id, &wanted.status) {
            (Some(member), _) => self.of_member.get(member),
            (None, Some(status)) => self.of_status.get(status),
            (None, None) => Some(&self.started),
        }
    }
}
