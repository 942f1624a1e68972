//! Who lives, and who may work on what until when.

use std::time::Duration;

use application::ports::processor_admin::Desired;
use application::ports::token_store::{Claim, Claimed, Extended, NodeId, TokenError};
use jiff::Timestamp;

use super::state::{Rebuildable, StoredProcessor, TokenState};
use crate::stores::lease::Lease;
use crate::stores::segments::{StoredSegment, stale, unknown};

impl TokenState {
    pub(super) fn heartbeat(&mut self, node: NodeId, ttl: Duration, now: Timestamp) -> Vec<NodeId> {
        self.nodes.insert(node, Lease::new(node, ttl, now));
        self.nodes.retain(|_, lease| lease.binds_others(now));
        self.nodes.keys().copied().collect()
    }

    pub(super) fn leave(&mut self, node: NodeId) {
        self.nodes.remove(&node);
        let generations =
            self.processors.values_mut().flat_map(|processor| processor.generations.values_mut());
        for place in generations.flat_map(|generation| generation.segments.values_mut()) {
            place.lease.take_if(|lease| lease.node == node);
        }
    }

    /// Claims what `wanted` names; its epoch is given here.
    pub(super) fn claim(
        &mut self,
        wanted: Claim,
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Claimed, TokenError> {
        let name = &wanted.processor;
        let processor = self.processor_mut(name)?;
        if let Desired::Paused { by, reason } = processor.desired.clone() {
            return Err(TokenError::Paused { processor: name.clone(), by, reason });
        }
        let generation = processor.generations.get_mut(&wanted.generation);
        let Rebuildable { segments, letters, .. } =
            generation.ok_or_else(|| unknown(name, "the generation"))?;
        let place = segments.get_mut(&wanted.segment).ok_or_else(|| unknown(name, "the segment"))?;
        place.check_free(&wanted, now)?;
        place.epoch += 1;
        place.lease = Some(Lease::new(wanted.node, ttl, now));
        let parked = letters.parked_sequences(wanted.segment);
        let claim = Claim { epoch: place.epoch, ..wanted };
        Ok(Claimed { claim, token: place.token, commits: place.commits, parked, said: processor.said })
    }

    pub(super) fn extend(
        &mut self,
        claim: &Claim,
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Extended, TokenError> {
        let place = self.held_place(claim, now)?;
        place.lease = Some(Lease::new(claim.node, ttl, now));
        let commits = place.commits;
        let StoredProcessor { desired, said, .. } = self.processor_mut(&claim.processor)?;
        Ok(Extended { desired: desired.clone(), commits, said: *said })
    }

    pub(super) fn release(&mut self, claim: &Claim, now: Timestamp) -> Result<(), TokenError> {
        self.held_place(claim, now)?.lease = None;
        Ok(())
    }

    fn held_place(&mut self, claim: &Claim, now: Timestamp) -> Result<&mut StoredSegment, TokenError> {
        let processor = self.processors.get_mut(&claim.processor);
        processor
            .and_then(|processor| processor.generations.get_mut(&claim.generation))
            .and_then(|generation| generation.segments.get_mut(&claim.segment))
            .filter(|place| place.is_held_by(claim, now))
            .ok_or_else(|| stale(claim))
    }
}
