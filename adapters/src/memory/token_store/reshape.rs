//! Splitting a segment in two and joining two in one.

use application::ports::token_store::{ProcessorName, Segment, TokenError};

use super::state::{Rebuildable, StoredSegment, TokenState, unknown};

impl TokenState {
    pub(super) fn split(
        &mut self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<(Segment, Segment), TokenError> {
        let live = self.reshapable(processor, segment)?;
        let place = live.segments.get(&segment).ok_or_else(|| unknown(processor, "the segment"))?;
        let Some(halves) = segment.halves() else {
            return Err(refused(processor, segment, "its mask has all its bits"));
        };
        let child = StoredSegment { epoch: place.epoch + 1, lease: None, ..place.clone() };
        live.segments.remove(&segment);
        live.segments.extend([(halves.0, child.clone()), (halves.1, child)]);
        Ok(halves)
    }

    /// The epoch of what comes out lies above every epoch of what went in, so no old claim can ever fit again.
    pub(super) fn merge(
        &mut self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<Segment, TokenError> {
        let live = self.reshapable(processor, segment)?;
        let place = live.segments.get(&segment).ok_or_else(|| unknown(processor, "the segment"))?;
        let Some((sibling, whole)) = segment.sibling() else {
            return Err(refused(processor, segment, "it is the only one"));
        };
        let Some(other) = live.segments.get(&sibling) else {
            return Err(refused(processor, segment, "its sibling was split"));
        };
        if place.token != other.token {
            return Err(refused(processor, segment, "it and its sibling are not at the same position"));
        }
        let epoch = place.epoch.max(other.epoch) + 1;
        let joined = StoredSegment { epoch, lease: None, ..place.clone() };
        live.segments.retain(|kept, _| *kept != segment && *kept != sibling);
        live.segments.insert(whole, joined);
        Ok(whole)
    }

    fn reshapable(
        &mut self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<&mut Rebuildable, TokenError> {
        let found = self.processor_mut(processor)?;
        if found.rebuilding.is_some() {
            return Err(refused(processor, segment, "a rebuild runs"));
        }
        found.generations.get_mut(&found.live).ok_or_else(|| unknown(processor, "the live generation"))
    }
}

fn refused(processor: &ProcessorName, segment: Segment, why: &'static str) -> TokenError {
    TokenError::CannotReshape { processor: processor.clone(), segment, why }
}
