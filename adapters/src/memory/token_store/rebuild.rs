//! A generation that grows beside the live one until it takes over.

use std::collections::BTreeMap;

use application::ports::message_source::Token;
use application::ports::token_store::{Generation, ProcessorName, Segment, TokenError};

use super::state::{Rebuildable, StoredProcessor, TokenState};
use crate::stores::segments::{self, unknown};

impl TokenState {
    pub(super) fn start_rebuild(
        &mut self,
        processor: &ProcessorName,
        first: Token,
    ) -> Result<Generation, TokenError> {
        let found = self.processor_mut(processor)?;
        if let Some(running) = found.rebuilding {
            return Ok(running);
        }
        let live = found.generations.get(&found.live);
        let live = live.ok_or_else(|| unknown(processor, "the live generation"))?;
        let fresh = Rebuildable::at(first, live.segments.keys().copied());
        let number = Generation(found.newest.0 + 1);
        found.generations.insert(number, fresh);
        found.newest = number;
        found.rebuilding = Some(number);
        found.said += 1;
        Ok(number)
    }

    pub(super) fn switch(&mut self, processor: &ProcessorName, force: bool) -> Result<(), TokenError> {
        let found = self.processor_mut(processor)?;
        let next = found.rebuilding.ok_or_else(|| unknown(processor, "a rebuild"))?;
        found.check_switch(processor, next, force)?;
        found.generations.retain(|number, _| *number == next);
        for place in found.generations.values_mut().flat_map(|generation| generation.segments.values_mut()) {
            place.lease = None;
        }
        found.live = next;
        found.rebuilding = None;
        Ok(())
    }

    pub(super) fn begin_anew(&mut self, processor: &ProcessorName, first: Token) -> Result<(), TokenError> {
        let found = self.processor_mut(processor)?;
        let live = found.generations.get(&found.live);
        let segments = live.map(|live| live.segments.keys().copied().collect()).unwrap_or_default();
        let fresh = Rebuildable::at(first, Segment::made_whole(segments).into_iter());
        let number = Generation(found.newest.0 + 1);
        found.generations = BTreeMap::from([(number, fresh)]);
        (found.newest, found.live, found.rebuilding) = (number, number, None);
        Ok(())
    }

    pub(super) fn reset(&mut self, processor: &ProcessorName, to: Token) -> Result<usize, TokenError> {
        let found = self.processor_mut(processor)?;
        let live = found.generations.get_mut(&found.live);
        let live = live.ok_or_else(|| unknown(processor, "the generation"))?;
        let places: Vec<_> = live.segments.values().cloned().collect();
        live.put(segments::reset(processor, &found.desired, &places, found.rebuilding.is_some(), to)?);
        Ok(live.letters.drop_beyond(to.position))
    }

    pub(super) fn cancel_rebuild(&mut self, processor: &ProcessorName) -> Result<(), TokenError> {
        let found = self.processor_mut(processor)?;
        let dropped = found.rebuilding.take().ok_or_else(|| unknown(processor, "a rebuild"))?;
        found.generations.remove(&dropped);
        found.said += 1;
        Ok(())
    }
}

impl StoredProcessor {
    fn check_switch(
        &self,
        processor: &ProcessorName,
        next: Generation,
        force: bool,
    ) -> Result<(), TokenError> {
        let generation =
            |number| self.generations.get(&number).ok_or_else(|| unknown(processor, "the generation"));
        let (live, next) = (generation(self.live)?, generation(next)?);
        let places = |of: &Rebuildable| of.segments.values().cloned().collect::<Vec<_>>();
        let is_letter_waiting = next.letters.parked() + next.letters.abandoned() > 0;
        segments::check_switch(processor, &places(live), &places(next), is_letter_waiting, force)
    }
}
