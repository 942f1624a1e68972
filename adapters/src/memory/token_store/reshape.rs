//! Splitting a segment in two and joining two in one.

use application::ports::token_store::{ProcessorName, Segment, TokenError};

use super::state::{Rebuildable, TokenState};
use crate::stores::segments::{self, Reshaped, StoredSegment, unknown};

impl TokenState {
    pub(super) fn split(
        &mut self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<(Segment, Segment), TokenError> {
        let (live, is_rebuilding) = self.live(processor)?;
        let places: Vec<_> = live.segments.values().cloned().collect();
        let reshaped = segments::split(processor, &places, is_rebuilding, segment)?;
        let [even, odd] = live.reshape(reshaped);
        Ok((even, odd))
    }

    pub(super) fn merge(
        &mut self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<Segment, TokenError> {
        let (live, is_rebuilding) = self.live(processor)?;
        let places: Vec<_> = live.segments.values().cloned().collect();
        let reshaped = segments::merge(processor, &places, is_rebuilding, segment)?;
        let [whole] = live.reshape(reshaped);
        Ok(whole)
    }

    /// The live generation, and whether another one grows beside it.
    fn live(&mut self, processor: &ProcessorName) -> Result<(&mut Rebuildable, bool), TokenError> {
        let found = self.processor_mut(processor)?;
        let live = found.generations.get_mut(&found.live);
        Ok((live.ok_or_else(|| unknown(processor, "the generation"))?, found.rebuilding.is_some()))
    }
}

impl Rebuildable {
    fn reshape<const GONE: usize, const NEW: usize>(
        &mut self,
        reshaped: Reshaped<GONE, NEW>,
    ) -> [Segment; NEW] {
        self.segments.retain(|kept, _| !reshaped.gone.contains(kept));
        let new = reshaped.new.each_ref().map(|place: &StoredSegment| place.segment);
        self.put(reshaped.new);
        new
    }
}
