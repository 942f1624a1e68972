//! Who lives, and who may work on what until when.

use std::time::Duration;

use application::ports::processor_admin::Desired;
use application::ports::token_store::{Claim, Claimed, Extended, NodeId, TokenError};
use jiff::Timestamp;

use super::state::{Rebuildable, StoredSegment, TokenState, unknown};

/// Something that ends by itself: a heartbeat or a claim.
#[derive(Clone)]
pub(super) struct Lease {
    pub(super) node: NodeId,
    pub(super) until: Timestamp,
    ttl: Duration,
}

impl Lease {
    fn new(node: NodeId, ttl: Duration, now: Timestamp) -> Self {
        Self { node, until: after(now, ttl), ttl }
    }

    /// Whether its owner may still act on it.
    pub(super) fn lasts(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// Whether others have to respect it. One that ends later than it ever could was made before the clock jumped back;
    /// respecting it would lock everybody out for as long as the jump was wide.
    pub(super) fn binds_others(&self, now: Timestamp) -> bool {
        self.lasts(now) && self.until <= after(after(now, self.ttl), self.ttl)
    }
}

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
        Ok(Claimed { claim, token: place.token, commits: place.commits, parked })
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
        Ok(Extended { desired: self.processor_mut(&claim.processor)?.desired.clone(), commits })
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

impl StoredSegment {
    pub(super) fn is_held_by(&self, claim: &Claim, now: Timestamp) -> bool {
        let lease = self.lease.as_ref().filter(|lease| lease.node == claim.node && lease.lasts(now));
        lease.is_some() && self.epoch == claim.epoch
    }

    fn check_free(&self, wanted: &Claim, now: Timestamp) -> Result<(), TokenError> {
        let held = self.lease.as_ref().filter(|lease| lease.node != wanted.node && lease.binds_others(now));
        let Some(lease) = held else { return Ok(()) };
        Err(TokenError::Held {
            processor: wanted.processor.clone(),
            segment: wanted.segment,
            owner: lease.node,
            until: lease.until,
        })
    }
}

pub(super) fn stale(claim: &Claim) -> TokenError {
    TokenError::Stale { processor: claim.processor.clone(), segment: claim.segment, epoch: claim.epoch }
}

fn after(now: Timestamp, ttl: Duration) -> Timestamp {
    now.saturating_add(ttl).unwrap_or(Timestamp::MAX)
}
