//! What the token store holds, and how it is found.

use std::collections::BTreeMap;

use application::ports::dead_letters::{DeadLetter, DeadLetterQuery, EventOverride, WaitingLetter};
use application::ports::event_store::{EventId, Position};
use application::ports::message_source::Token;
use application::ports::processor_admin::{Desired, ProcessorState};
use application::ports::token_store::{Claim, Generation, NodeId, ProcessorName, Segment, TokenError};
use jiff::Timestamp;

use super::dead_letters::Letters;
use super::rows::Rows;
use crate::stores::lease::Lease;
use crate::stores::segments::{self, StoredSegment, unknown};

/// All of it.
#[derive(Default)]
pub(super) struct TokenState {
    pub(super) nodes: BTreeMap<NodeId, Lease>,
    pub(super) processors: BTreeMap<ProcessorName, StoredProcessor>,
    overrides: BTreeMap<ProcessorName, BTreeMap<EventId, EventOverride>>,
}

/// One processor. A generation's number is never given out twice, so a claim on a dropped one can never fit again.
pub(super) struct StoredProcessor {
    pub(super) desired: Desired,
    pub(super) live: Generation,
    pub(super) rebuilding: Option<Generation>,
    pub(super) newest: Generation,
    pub(super) generations: BTreeMap<Generation, Rebuildable>,
    pub(super) rejected_dropped: u64,
    /// How often operators have said something of its letters and events.
    pub(super) said: u64,
}

/// What a generation has of its own.
#[derive(Default)]
pub(super) struct Rebuildable {
    pub(super) segments: BTreeMap<Segment, StoredSegment>,
    pub(super) rows: Rows,
    pub(super) letters: Letters,
}

impl TokenState {
    pub(super) fn register(&mut self, processor: &ProcessorName, wanted: &[(Segment, Token)]) {
        let found = self.processors.entry(processor.clone()).or_insert_with(StoredProcessor::new);
        for generation in found.generations.values_mut() {
            let known: Vec<_> = generation.segments.values().cloned().collect();
            generation.put(segments::missing(&known, wanted));
        }
    }

    pub(super) fn shown(&self, now: Timestamp) -> Vec<ProcessorState> {
        self.processors.iter().map(|(name, processor)| processor.shown(name, now)).collect()
    }

    pub(super) fn processor_mut(&mut self, name: &ProcessorName) -> Result<&mut StoredProcessor, TokenError> {
        self.processors.get_mut(name).ok_or_else(|| unknown(name, "the name"))
    }

    pub(super) fn progress(&self, processor: &ProcessorName) -> Option<Position> {
        let processor = self.processors.get(processor)?;
        let live = processor.generations.get(&processor.live)?;
        live.segments.values().map(|place| place.token.position).min()
    }

    pub(super) fn letters(&self, wanted: &DeadLetterQuery, limit: usize) -> Vec<DeadLetter> {
        let mut found = Vec::new();
        for (name, processor) in &self.processors {
            if wanted.processor.as_ref().is_none_or(|only| only == name) && found.len() < limit {
                let letters =
                    processor.letters(wanted).into_iter().filter(|letter| comes_after(letter, wanted));
                found.extend(letters.take(limit - found.len()).cloned());
            }
        }
        found
    }

    pub(super) fn retry_now(
        &mut self,
        processor: &ProcessorName,
        sequence: Option<&str>,
        now: Timestamp,
    ) -> usize {
        let Some(processor) = self.processors.get_mut(processor) else { return 0 };
        processor.said += 1;
        processor.generations.values_mut().map(|generation| generation.letters.retry_now(sequence, now)).sum()
    }

    pub(super) fn waiting_letters(&self, claim: &Claim, sequence: &str, limit: usize) -> Vec<WaitingLetter> {
        let processor = self.processors.get(&claim.processor);
        let generation = processor.and_then(|processor| processor.generations.get(&claim.generation));
        let overrides = self.overrides.get(&claim.processor);
        let waiting = |letter: &DeadLetter| {
            let event_override = overrides.and_then(|overrides| overrides.get(&letter.event.id));
            WaitingLetter { letter: letter.clone(), event_override: event_override.cloned() }
        };
        let blocking = generation.into_iter().flat_map(|generation| generation.letters.blocking(sequence));
        blocking.take(limit).map(waiting).collect()
    }

    pub(super) fn put_override(
        &mut self,
        processor: &ProcessorName,
        event: EventId,
        event_override: EventOverride,
    ) {
        self.overrides.entry(processor.clone()).or_default().insert(event, event_override);
        let Some(processor) = self.processors.get_mut(processor) else { return };
        processor.said += 1;
        processor.generations.values_mut().for_each(|generation| generation.letters.touch(event));
    }

    pub(super) fn overrides(&self, processor: &ProcessorName) -> BTreeMap<EventId, EventOverride> {
        self.overrides.get(processor).cloned().unwrap_or_default()
    }

    /// The rows that readers see.
    pub(super) fn live_rows(&self) -> impl Iterator<Item = &Rows> {
        self.processors
            .values()
            .filter_map(|processor| processor.generations.get(&processor.live))
            .map(|generation| &generation.rows)
    }
}

impl StoredProcessor {
    fn new() -> Self {
        let live = Generation::default();
        Self {
            desired: Desired::Running,
            live,
            rebuilding: None,
            newest: live,
            generations: BTreeMap::from([(live, Rebuildable::default())]),
            rejected_dropped: 0,
            said: 0,
        }
    }

    fn shown(&self, name: &ProcessorName, now: Timestamp) -> ProcessorState {
        let letters = || self.generations.values().map(|generation| &generation.letters);
        let segments = self.generations.iter().flat_map(|(&number, generation)| {
            generation.segments.values().map(move |place| place.shown(number, now))
        });
        ProcessorState {
            name: name.clone(),
            desired: self.desired.clone(),
            live: self.live,
            rebuilding: self.rebuilding,
            segments: segments.collect(),
            parked: letters().map(Letters::parked).sum(),
            abandoned: letters().map(Letters::abandoned).sum(),
            rejected: letters().map(Letters::rejected).sum(),
            rejected_dropped: self.rejected_dropped,
        }
    }

    fn letters<'a>(&'a self, wanted: &'a DeadLetterQuery) -> Vec<&'a DeadLetter> {
        let fits = |number: &Generation| wanted.generation.is_none_or(|only| only == *number);
        let generations = self.generations.iter().filter(|(number, _)| fits(number));
        let mut found: Vec<_> =
            generations.flat_map(|(_, generation)| generation.letters.matching(wanted)).collect();
        found.sort_by(|a, b| {
            let place = |letter: &DeadLetter| (letter.position(), letter.generation, letter.id);
            (a.kind, &a.sequence, place(a)).cmp(&(b.kind, &b.sequence, place(b)))
        });
        found
    }
}

fn comes_after(letter: &DeadLetter, wanted: &DeadLetterQuery) -> bool {
    wanted.after.as_ref().is_none_or(|after| letter.place() > *after)
}

impl Rebuildable {
    pub(super) fn at(first: Token, segments: impl Iterator<Item = Segment>) -> Self {
        let mut fresh = Self::default();
        fresh.put(segments.map(|segment| StoredSegment::at(segment, first)));
        fresh
    }

    pub(super) fn put(&mut self, segments: impl IntoIterator<Item = StoredSegment>) {
        self.segments.extend(segments.into_iter().map(|place| (place.segment, place)));
    }
}
