//! The log itself with its indexes, without locks.

use std::collections::HashMap;

use application::ports::event_store::{
    AppendOutcome, CommandId, Done, EventId, LoadFrom, Loaded, LogId, LogPage, Position, Recorded, Snapshot,
    StreamAppend, StreamEnd, StreamName, Types, Version,
};
use jiff::Timestamp;

/// All events in order, the places of each stream's events, and the place of each command's first event.
#[derive(Default)]
pub(super) struct Log {
    events: Vec<Recorded>,
    streams: HashMap<StreamName, Vec<Position>>,
    commands: HashMap<CommandId, Position>,
    snapshots: HashMap<StreamName, Snapshot>,
}

impl Log {
    pub(super) fn append(&mut self, proposals: Vec<StreamAppend>) -> Vec<AppendOutcome> {
        let mut outcomes = Vec::with_capacity(proposals.len());
        for proposal in proposals {
            outcomes.push(match self.objection(&proposal) {
                Some(objection) => objection,
                None => AppendOutcome::Appended { first: self.store(proposal) },
            });
        }
        outcomes
    }

    /// Why a proposal would write nothing; none when it would be stored.
    pub(super) fn objection(&self, proposal: &StreamAppend) -> Option<AppendOutcome> {
        proposal.objection(|command| self.done(command), || self.end_of(&proposal.stream))
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) fn head(&self) -> Position {
        Position::new(self.events.len() as u64)
    }

    /// The id of the event at a position; none at the start and beyond the end.
    pub(super) fn id_at(&self, position: Position) -> Option<EventId> {
        self.at(position).map(|event| event.id)
    }

    pub(super) fn done(&self, command: CommandId) -> Option<Done> {
        let event = self.at(*self.commands.get(&command)?)?;
        Some(Done { stream: event.stream.clone(), version: event.version, position: event.position })
    }

    pub(super) fn streams_of(
        &self,
        category: &str,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Vec<StreamName> {
        let (after, end) = StreamName::span_of(category, after);
        let lies_between =
            |name: &&StreamName| after.as_str() < name.as_str() && name.as_str() < end.as_str();
        let mut found: Vec<_> = self.streams.keys().filter(lies_between).cloned().collect();
        found.sort_unstable();
        found.truncate(limit);
        found
    }

    pub(super) fn load(&self, log: LogId, stream: &StreamName, from: LoadFrom, limit: usize) -> Loaded {
        let places = self.places(stream);
        let (snapshot, after, unusable) = match from {
            LoadFrom::Version(version) => (None, version, None),
            LoadFrom::Snapshot => match self.usable_snapshot(log, stream) {
                Some(snapshot) => (Some(snapshot.clone()), snapshot.version, None),
                None => (None, Version::START, self.snapshots.get(stream).map(|_| Snapshot::FOREIGN)),
            },
        };
        let at_start = match from {
            LoadFrom::Version(version) => self.id_in_stream(stream, version),
            LoadFrom::Snapshot => None,
        };
        let start = places.len().min(after.value() as usize);
        let events =
            places[start..].iter().take(limit).filter_map(|&place| self.at(place)).cloned().collect();
        Loaded { snapshot, unusable, at_start, events, head: Version::new(places.len() as u64) }
    }

    /// One that cannot be used gives way to whatever comes.
    pub(super) fn keep_snapshot(&mut self, log: LogId, stream: &StreamName, snapshot: Snapshot) {
        let kept = self.usable_snapshot(log, stream).map(|kept| kept.version);
        if kept.is_none_or(|kept| kept <= snapshot.version) {
            self.snapshots.insert(stream.clone(), snapshot);
        }
    }

    pub(super) fn page(&self, log: LogId, after: Position, unwanted: &Types, limit: usize) -> LogPage {
        let start = self.events.len().min(after.value() as usize);
        let end = self.events.len().min(start.saturating_add(limit.max(1)));
        let scanned = &self.events[start..end];
        let events = if unwanted.is_empty() {
            scanned.to_vec()
        } else {
            scanned.iter().filter(|event| !unwanted.contains(&event.kind)).cloned().collect()
        };
        let scanned_to = after.max(Position::new(end as u64));
        LogPage {
            log,
            at_start: self.id_at(after),
            events,
            scanned_to,
            at_end: self.id_at(scanned_to),
            head: self.head(),
        }
    }

    pub(super) fn page_backward(&self, log: LogId, before: Position, limit: usize) -> LogPage {
        let end = self.events.len().min((before.value() as usize).saturating_sub(1));
        let start = end.saturating_sub(limit.max(1));
        let events: Vec<_> = self.events[start..end].iter().rev().cloned().collect();
        let scanned_to = events.last().map_or(before, |lowest| lowest.position);
        LogPage {
            log,
            at_start: self.id_at(before),
            events,
            scanned_to,
            at_end: self.id_at(scanned_to),
            head: self.head(),
        }
    }

    /// Clocks jump, so times are not in order and the last event that is early enough decides.
    pub(super) fn position_at(&self, time: Timestamp) -> Position {
        let last = self.events.iter().rev().find(|event| event.occurred_at < time);
        last.map_or(Position::START, |event| event.position)
    }

    fn at(&self, position: Position) -> Option<&Recorded> {
        let index = position.value().checked_sub(1)?;
        self.events.get(index as usize)
    }

    fn places(&self, stream: &StreamName) -> &[Position] {
        self.streams.get(stream).map_or(&[], Vec::as_slice)
    }

    fn usable_snapshot(&self, log: LogId, stream: &StreamName) -> Option<&Snapshot> {
        let snapshot = self.snapshots.get(stream)?;
        let index = snapshot.version.value().checked_sub(1)?;
        let event = self.at(*self.places(stream).get(index as usize)?)?;
        let fits = snapshot.log == log && snapshot.event == event.id && snapshot.position == event.position;
        fits.then_some(snapshot)
    }

    fn end_of(&self, stream: &StreamName) -> StreamEnd {
        let version = Version::new(self.places(stream).len() as u64);
        (version, self.id_in_stream(stream, version))
    }

    /// The id of the event at a version of a stream; none at the start and beyond the end.
    fn id_in_stream(&self, stream: &StreamName, version: Version) -> Option<EventId> {
        let index = version.value().checked_sub(1)?;
        self.id_at(*self.places(stream).get(index as usize)?)
    }

    fn store(&mut self, proposal: StreamAppend) -> Position {
        let first = self.head().plus(1);
        let places = self.streams.entry(proposal.stream.clone()).or_default();
        for event in proposal.placed(first) {
            places.push(event.position);
            self.commands.extend(event.command.map(|command| (command, event.position)));
            self.events.push(event);
        }
        first
    }
}
