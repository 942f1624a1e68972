//! The beat of a node, beside the work: whoever finds it due says for all processors of the node that it lives, which
//! extends all its claims, and learns what operators have said.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::claimed_segment::{CLAIM_TTL, ClaimedSegment};
use super::context::ProcessorContext;
use super::halt::paused;
use super::reaction::cause_of;
use super::shared_look::SharedLook;
use crate::ports::Clock;
use crate::ports::processor_admin::Desired;
use crate::ports::token_store::{Claim, Extended, Generation, NodeId, TokenError, TokenStore};

/// How often a node says that it lives.
const BEAT_EVERY: SignedDuration = SignedDuration::from_secs(3);
/// How soon it tries again when that failed.
const BEAT_AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// Why a claim is given up that still holds.
const FORGOTTEN: &str =
    "the token store has forgotten commits that it had acknowledged, as after a crash of its server";

/// The claims that a node holds. Cheap to clone; the default holds none.
#[derive(Debug, Clone, Default)]
pub struct Leases {
    beats: Arc<Mutex<Beats>>,
    look: Arc<SharedLook>,
    /// Wakes whoever compares what stands in the token store with what is worked on here.
    news: Arc<Notify>,
    /// Wakes those that wait for an arrival, to look what became of their claims.
    woken: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Beats {
    held: BTreeMap<Seat, HeldLease>,
    /// The last seat that was given out.
    last: Seat,
    /// When the node says the next time that it lives; none when that is due.
    due: Option<Timestamp>,
    /// Whether something may have been said to the token store that this node has not obeyed yet.
    has_news: bool,
}

/// Tells one processor of a node from all others, also from one that works on the same segment after it.
type Seat = u64;

#[derive(Debug, Clone)]
struct HeldLease {
    claim: Claim,
    /// When it was last known to hold.
    extended_at: Timestamp,
    /// How many commits were acknowledged under it, or before it was claimed.
    commits: u64,
    /// What operators had said when it was claimed, by the store's count.
    said: u64,
    standing: LeaseState,
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
}

/// Keeps the claim of a processor beside its work, however long that takes. Cheap to clone.
#[derive(Clone)]
pub struct LeaseRenewer {
    seat: Seat,
    node: NodeId,
    leases: Leases,
    tokens: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
}

impl LeaseRenewer {
    pub(super) fn new(within: &ProcessorContext) -> Self {
        let ProcessorContext { node, leases, tokens, clock, .. } = within.clone();
        Self { seat: leases.seat(), node, leases, tokens: tokens.store, clock }
    }

    /// Says that the node lives when that is due, every three seconds, which extends all its claims. What it learns is
    /// obeyed by the next step of each processor; a try that nobody waits for any more is made again at the next call,
    /// and one that fails a second later.
    pub async fn extend_if_due(&self) {
        let now = self.clock.now();
        let Some(mut asked) = self.leases.ask(now) else { return };
        match self.tokens.beat(self.node, &asked.claims, CLAIM_TTL).await {
            Ok(beat) => asked.learn(beat.extended, now),
            Err(error) => {
                tracing::debug!(cause = cause_of(&error), "extending claims failed");
                asked.fail(now);
            }
        }
    }

    /// The claim was asked for at `asked_at` and has been got.
    pub(super) fn holds(&self, claimed: &ClaimedSegment, asked_at: Timestamp) {
        let (claim, standing) = (claimed.claim.clone(), LeaseState::Held);
        let (commits, said) = (claimed.commits(), claimed.said);
        let lease = HeldLease { claim, extended_at: asked_at, commits, said, standing };
        let mut beats = self.leases.beats();
        if beats.held.is_empty() && beats.due.is_none() {
            // The first one need not be extended at once; at the end of time it is.
            beats.due = asked_at.checked_add(BEAT_EVERY).ok();
        }
        beats.held.insert(self.seat, lease);
    }

    /// Nothing is claimed any more.
    pub(super) fn lets_go(&self) {
        self.leases.beats().held.remove(&self.seat);
    }

    /// So many commits were acknowledged.
    pub(super) fn has_committed(&self, commits: u64) {
        if let Some(lease) = self.leases.beats().held.get_mut(&self.seat) {
            lease.commits = commits;
        }
    }

    /// Resolves when the claim may stand otherwise than when this was called.
    pub(super) fn woken(&self) -> Notified<'_> {
        self.leases.woken.notified()
    }

    pub(super) fn standing(&self) -> LeaseState {
        self.leases.beats().held.get(&self.seat).map_or(LeaseState::Held, |lease| lease.standing.clone())
    }

    /// Whether a claim holds for sure: nobody else can have it before its time is over.
    pub(super) fn is_sure(&self) -> bool {
        let now = self.clock.now();
        self.leases.beats().held.get(&self.seat).is_some_and(|lease| lease.is_sure(now))
    }

    /// The same of a claim on this generation.
    pub(super) fn is_sure_of(&self, generation: Generation) -> bool {
        let now = self.clock.now();
        let beats = self.leases.beats();
        beats
            .held
            .get(&self.seat)
            .is_some_and(|lease| lease.claim.generation == generation && lease.is_sure(now))
    }
}

impl Leases {
    fn seat(&self) -> Seat {
        let mut beats = self.beats();
        beats.last += 1;
        beats.last
    }

    /// Something was said to the token store, or may have been: the next beat is due, and who waits for an arrival looks
    /// what became of its claim.
    pub(super) fn heed(&self) {
        self.beats().due = None;
        self.has_news();
        self.woken.notify_waiters();
    }

    /// Segments may be others than before.
    pub(super) fn has_news(&self) {
        self.beats().has_news = true;
        self.news.notify_one();
    }

    /// Whether there was news since this was asked last.
    pub(super) fn take_news(&self) -> bool {
        std::mem::take(&mut self.beats().has_news)
    }

    /// Resolves soon after there was news.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }

    /// How processors stood when this node last looked, for all of its segments that others may hold.
    pub(super) fn look(&self) -> &SharedLook {
        &self.look
    }

    /// The claims to be extended, if the beat is due.
    fn ask(&self, now: Timestamp) -> Option<AskedLeases> {
        let mut beats = self.beats();
        // One that lies further ahead was said before the clock was set back.
        if beats.due.is_some_and(|due| now < due && due.duration_since(now) <= BEAT_EVERY) {
            return None;
        }
        beats.due = now.checked_add(BEAT_EVERY).ok(); // at the end of time it is always due
        let held = beats.held.iter().filter(|(_, lease)| lease.is_good());
        let asked = held.map(|(seat, lease)| ((*seat, lease.commits), lease.claim.clone()));
        let (asked, claims) = asked.unzip();
        Some(AskedLeases { claims, asked, leases: self.clone(), is_answered: false })
    }

    fn beats(&self) -> MutexGuard<'_, Beats> {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HeldLease {
    fn is_good(&self) -> bool {
        matches!(self.standing, LeaseState::Held | LeaseState::Told)
    }

    fn is_sure(&self, now: Timestamp) -> bool {
        let since = now.duration_since(self.extended_at);
        self.is_good() && !since.is_negative() && since.unsigned_abs() < CLAIM_TTL
    }

    /// How it stands by what the store says, when so many commits were acknowledged as it was asked.
    fn standing_by(&self, extended: Extended, commits: u64) -> LeaseState {
        match extended.desired {
            // What is known here of this segment is not what stands there.
            _ if extended.commits < commits => LeaseState::Lost(FORGOTTEN.to_owned()),
            Desired::Paused { by, reason } => LeaseState::Paused(paused(&by, &reason)),
            Desired::Running if extended.said != self.said => LeaseState::Told,
            Desired::Running => LeaseState::Held,
        }
    }
}

/// Claims whose extension was asked for. Without an answer, the beat is due again.
struct AskedLeases {
    claims: Vec<Claim>,
    /// Whose each is, and how many commits of it were acknowledged then.
    asked: Vec<(Seat, u64)>,
    leases: Leases,
    is_answered: bool,
}

impl AskedLeases {
    fn learn(&mut self, extended: Vec<Result<Extended, TokenError>>, now: Timestamp) {
        self.is_answered = true;
        let is_news = self.hear(extended, now);
        if is_news {
            self.leases.has_news();
            self.leases.woken.notify_waiters();
        }
    }

    /// Keeps what the store says of each claim, and says whether any of them does not simply hold any more.
    fn hear(&self, extended: Vec<Result<Extended, TokenError>>, now: Timestamp) -> bool {
        let (mut beats, mut is_news) = (self.leases.beats(), false);
        for ((claim, (seat, commits)), extended) in self.claims.iter().zip(&self.asked).zip(extended) {
            let Some(lease) = beats.held.get_mut(seat).filter(|lease| lease.claim == *claim) else {
                continue;
            };
            let standing = match extended {
                Ok(extended) => lease.standing_by(extended, *commits),
                Err(error @ TokenError::Stale { .. }) => LeaseState::Lost(cause_of(&error)),
                Err(error) => {
                    // The next beat comes before it runs out.
                    tracing::debug!(processor = %claim.processor, cause = cause_of(&error), "extending a claim failed");
                    continue;
                }
            };
            is_news |= standing != LeaseState::Held && standing != lease.standing;
            (lease.standing, lease.extended_at) = (standing, now);
        }
        is_news
    }

    fn fail(&mut self, now: Timestamp) {
        self.is_answered = true;
        self.leases.beats().due = now.checked_add(BEAT_AGAIN).ok(); // at the end of time it is due at once
    }
}

impl Drop for AskedLeases {
    fn drop(&mut self) {
        if !self.is_answered {
            self.leases.beats().due = None;
        }
    }
}
