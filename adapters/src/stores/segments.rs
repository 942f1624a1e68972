//! How segments stand in a token store, who may have them, and what may be made of them.

use application::ports::message_source::Token;
use application::ports::processor_admin::{Desired, SegmentState};
use application::ports::token_store::{Claim, Commit, Generation, ProcessorName, Segment, TokenError};
use jiff::Timestamp;

use super::lease::Lease;

/// How far a segment is and who works on it.
#[derive(Debug, Clone)]
pub(crate) struct StoredSegment {
    pub(crate) segment: Segment,
    pub(crate) epoch: u64,
    /// None as well where claims are judged by the database.
    pub(crate) lease: Option<Lease>,
    pub(crate) token: Token,
    pub(crate) commits: u64,
    pub(crate) committed_under: u64,
}

/// What becomes of the segments of a generation: some go, and others come that nobody holds.
#[derive(Debug)]
pub(crate) struct Reshaped<const GONE: usize, const NEW: usize> {
    pub(crate) gone: [Segment; GONE],
    pub(crate) new: [StoredSegment; NEW],
}

impl StoredSegment {
    pub(crate) const fn at(segment: Segment, token: Token) -> Self {
        Self { segment, epoch: 0, lease: None, token, commits: 0, committed_under: 0 }
    }

    pub(crate) fn is_held_by(&self, claim: &Claim, now: Timestamp) -> bool {
        let lease = self.lease.as_ref().filter(|lease| lease.node == claim.node && lease.lasts(now));
        lease.is_some() && self.epoch == claim.epoch
    }

    /// That nobody else holds it. A node's own claim is no hindrance.
    pub(crate) fn check_free(&self, wanted: &Claim, now: Timestamp) -> Result<(), TokenError> {
        let held = self.lease.as_ref().filter(|lease| lease.node != wanted.node && lease.binds_others(now));
        let Some(lease) = held else { return Ok(()) };
        Err(TokenError::Held {
            processor: wanted.processor.clone(),
            segment: wanted.segment,
            owner: lease.node,
            until: lease.until,
        })
    }

    /// Whether a commit under a good claim was made before; one that is neither the last nor the next is stale.
    pub(crate) fn has_made(&self, claim: &Claim, commit: &Commit) -> Result<bool, TokenError> {
        let is_last = commit.number == self.commits && self.committed_under == claim.epoch;
        if is_last {
            return if commit.token == self.token { Ok(true) } else { Err(stale(claim)) };
        }
        if commit.number == self.commits + 1 { Ok(false) } else { Err(stale(claim)) }
    }

    pub(crate) fn shown(&self, generation: Generation, now: Timestamp) -> SegmentState {
        let lease = self.lease.as_ref().filter(|lease| lease.binds_others(now));
        SegmentState {
            generation,
            segment: self.segment,
            epoch: self.epoch,
            owner: lease.map(|lease| (lease.node, lease.until)),
            token: self.token,
        }
    }

    /// Segments that go on from here, under an epoch that no claim on what went can have.
    fn heir(&self, segment: Segment, above: u64) -> Self {
        Self { segment, epoch: above + 1, lease: None, ..self.clone() }
    }
}

/// Those of the segments wanted that overlap none of the known ones, nor one of them named before.
pub(crate) fn missing(known: &[StoredSegment], wanted: &[(Segment, Token)]) -> Vec<StoredSegment> {
    let mut taken: Vec<_> = known.iter().map(|known| known.segment).collect();
    let mut missing = Vec::new();
    for &(segment, first) in wanted {
        if !taken.iter().any(|taken| taken.overlaps(segment)) {
            taken.push(segment);
            missing.push(StoredSegment::at(segment, first));
        }
    }
    missing
}

/// The live segments as they go on from another place, where no claim on them fits.
pub(crate) fn reset(
    processor: &ProcessorName,
    desired: &Desired,
    live: &[StoredSegment],
    is_rebuilding: bool,
    to: Token,
) -> Result<Vec<StoredSegment>, TokenError> {
    let refused = |why| Err(TokenError::CannotReset { processor: processor.clone(), why });
    if *desired == Desired::Running {
        return refused("it shall run; pause it first");
    }
    if is_rebuilding {
        return refused("a rebuild runs");
    }
    // Positions of two logs cannot be compared, so nobody could say which letters lie beyond.
    if live.iter().any(|place| place.token.log != to.log) {
        return refused("its token is of another log; let it begin anew");
    }
    let moved =
        live.iter().map(|place| StoredSegment { token: to, ..place.heir(place.segment, place.epoch) });
    Ok(moved.collect())
}

/// Splits a segment of the live ones in two that both start where it stood.
pub(crate) fn split(
    processor: &ProcessorName,
    live: &[StoredSegment],
    is_rebuilding: bool,
    segment: Segment,
) -> Result<Reshaped<1, 2>, TokenError> {
    let place = reshapable(processor, live, is_rebuilding, segment)?;
    let halves = segment.halves();
    let (even, odd) = halves.ok_or_else(|| refused(processor, segment, "its mask has all its bits"))?;
    let new = [even, odd].map(|half| place.heir(half, place.epoch));
    Ok(Reshaped { gone: [segment], new })
}

/// Joins a segment of the live ones with its sibling. The epoch of what comes out lies above every epoch of what went
/// in, so no old claim can ever fit again.
pub(crate) fn merge(
    processor: &ProcessorName,
    live: &[StoredSegment],
    is_rebuilding: bool,
    segment: Segment,
) -> Result<Reshaped<2, 1>, TokenError> {
    let place = reshapable(processor, live, is_rebuilding, segment)?;
    let whole = segment.sibling().ok_or_else(|| refused(processor, segment, "it is the only one"));
    let (sibling, whole) = whole?;
    let other = find(live, sibling).ok_or_else(|| refused(processor, segment, "its sibling was split"))?;
    if place.token != other.token {
        return Err(refused(processor, segment, "it and its sibling are not at the same position"));
    }
    let joined = place.heir(whole, place.epoch.max(other.epoch));
    Ok(Reshaped { gone: [segment, sibling], new: [joined] })
}

/// That the generation being rebuilt may become the live one.
pub(crate) fn check_switch(
    processor: &ProcessorName,
    live: &[StoredSegment],
    next: &[StoredSegment],
    is_letter_waiting: bool,
    force: bool,
) -> Result<(), TokenError> {
    let refused = |why| Err(TokenError::CannotSwitch { processor: processor.clone(), why });
    let is_behind = |live: &StoredSegment| {
        find(next, live.segment).is_none_or(|next| {
            // Positions of two logs cannot be compared: a live token of another log is of no use, so nothing is behind
            // it.
            next.token.log == live.token.log && next.token.position < live.token.position
        })
    };
    if live.iter().any(is_behind) {
        return refused("a segment of it is behind the live one");
    }
    if is_letter_waiting && !force {
        return refused("it has dead letters; retry, edit or evict them, or finish the rebuild without them");
    }
    Ok(())
}

/// That a claim is not the latest, or has run out.
pub(crate) fn stale(claim: &Claim) -> TokenError {
    TokenError::Stale { processor: claim.processor.clone(), segment: claim.segment, epoch: claim.epoch }
}

/// That something of a processor is not there.
pub(crate) fn unknown(processor: &ProcessorName, what: &'static str) -> TokenError {
    TokenError::Unknown { processor: processor.clone(), what }
}

fn reshapable<'s>(
    processor: &ProcessorName,
    live: &'s [StoredSegment],
    is_rebuilding: bool,
    segment: Segment,
) -> Result<&'s StoredSegment, TokenError> {
    if is_rebuilding {
        return Err(refused(processor, segment, "a rebuild runs"));
    }
    find(live, segment).ok_or_else(|| unknown(processor, "the segment"))
}

fn find(segments: &[StoredSegment], wanted: Segment) -> Option<&StoredSegment> {
    segments.iter().find(|known| known.segment == wanted)
}

fn refused(processor: &ProcessorName, segment: Segment, why: &'static str) -> TokenError {
    TokenError::CannotReshape { processor: processor.clone(), segment, why }
}
