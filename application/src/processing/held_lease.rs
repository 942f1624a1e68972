//! A claim that a node holds, and how it stands by what the store said last.

use jiff::Timestamp;

use super::claimed_segment::CLAIM_TTL;
use super::halt::paused;
use super::lease::BEAT_EVERY;
use crate::ports::processor_admin::Desired;
use crate::ports::token_store::{Claim, Extended};

/// Why a claim is given up that still holds.
const FORGOTTEN: &str =
    "the token store has forgotten commits that it had acknowledged, as after a crash of its server";

/// A claim that a node holds.
#[derive(Debug, Clone)]
pub(super) struct HeldLease {
    pub(super) claim: Claim,
    /// When it was last known to hold.
    pub(super) extended_at: Timestamp,
    /// How many commits were acknowledged under it, or before it was claimed.
    pub(super) commits: u64,
    /// What operators had said when it was claimed, by the store's count.
    pub(super) said: u64,
    pub(super) standing: LeaseState,
    /// Whether nodes share it out by their number.
    pub(super) is_shared: bool,
}

/// What the last extension said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LeaseState {
    /// The claim holds.
    Held,
    /// The claim holds, and operators have said something since it was claimed: whoever claims again learns it.
    Told,
    /// The claim is gone, and why.
    Lost(String),
    /// The processor is to stop, and who said so.
    Paused(String),
    /// The claim holds, and is to be given back: others have less than their part.
    Surplus(String),
}

impl HeldLease {
    pub(super) fn is_good(&self) -> bool {
        matches!(self.standing, LeaseState::Held | LeaseState::Told | LeaseState::Surplus(_))
    }

    /// Whether it counts for what its node has of all segments.
    pub(super) const fn is_of_share(&self) -> bool {
        self.is_shared && matches!(self.standing, LeaseState::Held | LeaseState::Told)
    }

    pub(super) fn is_old(&self, now: Timestamp) -> bool {
        let since = now.duration_since(self.extended_at);
        since >= BEAT_EVERY || since.is_negative()
    }

    pub(super) fn is_sure(&self, now: Timestamp) -> bool {
        let since = now.duration_since(self.extended_at);
        self.is_good() && !since.is_negative() && since.unsigned_abs() < CLAIM_TTL
    }

    /// How it stands by what the store says, when so many commits were acknowledged as it was asked.
    pub(super) fn standing_by(&self, extended: Extended, commits: u64) -> LeaseState {
        match extended.desired {
            // What is known here of this segment is not what stands there.
            _ if extended.commits < commits => LeaseState::Lost(FORGOTTEN.to_owned()),
            Desired::Paused { by, reason } => LeaseState::Paused(paused(&by, &reason)),
            Desired::Running if extended.said != self.said => LeaseState::Told,
            Desired::Running => LeaseState::Held,
        }
    }
}
