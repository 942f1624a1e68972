//! The claims of a node, extended beside the work: whoever finds its own due has all of them extended in one call.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::claimed_segment::CLAIM_TTL;
use super::halt::paused;
use super::reaction::cause_of;
use crate::ports::Clock;
use crate::ports::processor_admin::Desired;
use crate::ports::token_store::{
    Claim, Extended, Generation, ProcessorName, Segment, TokenError, TokenStore,
};

/// How often a claim is extended.
const EXTEND_EVERY: SignedDuration = SignedDuration::from_secs(3);
/// Others that are due so soon after it are extended in the same call, so that all of them come to be due together.
const DUE_TOGETHER: SignedDuration = SignedDuration::from_secs(1);

/// Why a claim is given up that still holds.
const FORGOTTEN: &str =
    "the token store has forgotten commits that it had acknowledged, as after a crash of its server";

/// The claims that a node holds. Cheap to clone; the default holds none.
#[derive(Debug, Clone, Default)]
pub struct Leases(Arc<Mutex<Held>>);

type Held = BTreeMap<LeaseKey, HeldLease>;
type LeaseKey = (ProcessorName, Segment);

#[derive(Debug, Clone)]
struct HeldLease {
    claim: Claim,
    /// When it was last known to hold.
    extended_at: Timestamp,
    /// When it was last asked to be extended.
    asked_at: Timestamp,
    /// How many commits were acknowledged under it, or before it was claimed.
    commits: u64,
    standing: LeaseState,
}

/// What the last extension said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LeaseState {
    /// The claim holds.
    Held,
    /// The claim is gone, and why.
    Lost(String),
    /// The processor is to stop, and who said so.
    Paused(String),
}

/// Extends the claim of a processor beside its work, however long that takes. Cheap to clone.
#[derive(Clone)]
pub struct LeaseRenewer {
    key: LeaseKey,
    leases: Leases,
    tokens: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
}

impl LeaseRenewer {
    pub(super) fn new(
        key: (ProcessorName, Segment),
        leases: Leases,
        tokens: Arc<dyn TokenStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { key, leases, tokens, clock }
    }

    /// Extends the claim when that is due, every three seconds, and with it all of the node that are due soon; does
    /// nothing without a claim. What it learns is obeyed by the next step of each processor; a try that fails, or that
    /// nobody waits for any more, is made again at the next call.
    pub async fn extend_if_due(&self) {
        let now = self.clock.now();
        let Some(mut asked) = self.leases.ask(&self.key, now) else { return };
        match self.tokens.extend_all(&asked.claims, CLAIM_TTL).await {
            Ok(extended) => asked.learn(extended, now),
            Err(error) => tracing::debug!(cause = cause_of(&error), "extending claims failed"),
        }
    }

    /// The claim was asked for at `asked_at` and has been got.
    pub(super) fn holds(&self, claim: &Claim, commits: u64, asked_at: Timestamp) {
        let (claim, standing) = (claim.clone(), LeaseState::Held);
        let lease = HeldLease { claim, extended_at: asked_at, asked_at, commits, standing };
        self.leases.held().insert(self.key.clone(), lease);
    }

    /// Nothing is claimed any more.
    pub(super) fn lets_go(&self) {
        self.leases.held().remove(&self.key);
    }

    /// So many commits were acknowledged.
    pub(super) fn has_committed(&self, commits: u64) {
        if let Some(lease) = self.leases.held().get_mut(&self.key) {
            lease.commits = commits;
        }
    }

    pub(super) fn standing(&self) -> LeaseState {
        self.leases.held().get(&self.key).map_or(LeaseState::Held, |lease| lease.standing.clone())
    }

    /// Whether a claim holds for sure: nobody else can have it before its time is over.
    pub(super) fn is_sure(&self) -> bool {
        let now = self.clock.now();
        self.leases.held().get(&self.key).is_some_and(|lease| lease.is_sure(now))
    }

    /// The same of a claim on this generation.
    pub(super) fn is_sure_of(&self, generation: Generation) -> bool {
        let now = self.clock.now();
        let held = self.leases.held();
        held.get(&self.key).is_some_and(|lease| lease.claim.generation == generation && lease.is_sure(now))
    }
}

impl Leases {
    /// The claims to be extended now, if the one with this key is due.
    fn ask(&self, key: &LeaseKey, now: Timestamp) -> Option<AskedLeases> {
        let mut held = self.held();
        held.get(key).filter(|lease| lease.is_due(EXTEND_EVERY, now))?;
        let due = held.values_mut().filter(|lease| lease.is_due(EXTEND_EVERY - DUE_TOGETHER, now));
        let asked = due.map(|lease| {
            lease.asked_at = now;
            (lease.claim.clone(), lease.commits)
        });
        let (claims, commits) = asked.unzip();
        Some(AskedLeases { claims, commits, leases: self.clone() })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HeldLease {
    fn is_sure(&self, now: Timestamp) -> bool {
        let since = now.duration_since(self.extended_at);
        self.standing == LeaseState::Held && !since.is_negative() && since.unsigned_abs() < CLAIM_TTL
    }

    fn is_due(&self, every: SignedDuration, now: Timestamp) -> bool {
        let since = now.duration_since(self.asked_at);
        self.standing == LeaseState::Held && (since >= every || since.is_negative())
    }
}

/// Claims whose extension was asked for. Those that nothing was learned of are due again.
struct AskedLeases {
    claims: Vec<Claim>,
    /// How many commits of each were acknowledged then.
    commits: Vec<u64>,
    leases: Leases,
}

impl AskedLeases {
    fn learn(&mut self, extended: Vec<Result<Extended, TokenError>>, now: Timestamp) {
        let mut held = self.leases.held();
        let asked = self.claims.drain(..).zip(self.commits.drain(..));
        for ((claim, commits), extended) in asked.zip(extended) {
            let key = (claim.processor.clone(), claim.segment);
            let Some(lease) = held.get_mut(&key).filter(|lease| lease.claim == claim) else { continue };
            lease.standing = match extended {
                // What is known here of this segment is not what stands there.
                Ok(extended) if extended.commits < commits => LeaseState::Lost(FORGOTTEN.to_owned()),
                Ok(Extended { desired: Desired::Running, .. }) => LeaseState::Held,
                Ok(Extended { desired: Desired::Paused { by, reason }, .. }) => {
                    LeaseState::Paused(paused(&by, &reason))
                }
                Err(error @ TokenError::Stale { .. }) => LeaseState::Lost(cause_of(&error)),
                Err(error) => {
                    tracing::debug!(processor = %claim.processor, cause = cause_of(&error), "extending a claim failed");
                    lease.asked_at = lease.extended_at;
                    continue;
                }
            };
            lease.extended_at = now;
        }
    }
}

impl Drop for AskedLeases {
    fn drop(&mut self) {
        let mut held = self.leases.held();
        for claim in &self.claims {
            let key = (claim.processor.clone(), claim.segment);
            if let Some(lease) = held.get_mut(&key).filter(|lease| lease.claim == *claim) {
                lease.asked_at = lease.extended_at;
            }
        }
    }
}
