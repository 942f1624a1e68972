//! The beat of a node, beside the work: whoever finds it due says for all processors of the node that it lives, which
//! extends all its claims, and learns what operators have said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::claimed_segment::{CLAIM_TTL, ClaimedSegment};
use super::context::ProcessorContext;
use super::halt::Halt;
use super::held_lease::{HeldLease, LeaseState};
use super::reaction::cause_of;
use super::share::NodeShare;
use super::shared_look::SharedLook;
use crate::ports::Clock;
use crate::ports::token_store::{Beat, Claim, Generation, NodeId, TokenError, TokenStore};

/// How often a node says that it lives.
pub(super) const BEAT_EVERY: SignedDuration = SignedDuration::from_secs(3);
/// How soon it tries again when that failed.
const BEAT_AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// Why a claim is given back that still holds.
const SURPLUS: &str = "given back to another node, which has less than its part";

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
    /// When it was last said, or tried to be.
    asked_at: Option<Timestamp>,
    /// Those who are claiming just now.
    claiming: BTreeSet<Seat>,
    /// How much of everything is this node's.
    share: NodeShare,
    /// Whether claims are extended by claiming again instead of by a beat, and nobody hears of the node.
    is_silent: bool,
    /// When the node says the next time that it lives; none when that is due.
    due: Option<Timestamp>,
    /// Whether something may have been said to the token store that this node has not obeyed yet.
    has_news: bool,
}

/// Tells one processor of a node from all others, also from one that works on the same segment after it.
pub(super) type Seat = u64;

/// Keeps the claim of a processor beside its work, however long that takes. Cheap to clone.
#[derive(Clone)]
pub struct LeaseRenewer {
    seat: Seat,
    is_shared: bool,
    node: NodeId,
    leases: Leases,
    tokens: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
}

impl LeaseRenewer {
    pub(super) fn new(within: &ProcessorContext) -> Self {
        let ProcessorContext { node, leases, tokens, clock, source, .. } = within.clone();
        let is_shared = !source.is_shared_out();
        Self { seat: leases.seat(), is_shared, node, leases, tokens: tokens.store, clock }
    }

    /// Says that the node lives when that is due, every three seconds, which extends all its claims. What it learns is
    /// obeyed by the next step of each processor; a try that nobody waits for any more is made again at the next call,
    /// and one that fails a second later.
    pub async fn extend_if_due(&self) {
        let now = self.clock.now();
        let Some(mut asked) = self.leases.ask(now) else { return };
        match self.tokens.beat(self.node, &asked.claims, CLAIM_TTL).await {
            Ok(beat) => asked.learn(beat, now),
            Err(error) => {
                tracing::debug!(cause = cause_of(&error), "extending claims failed");
                asked.fail(now);
            }
        }
    }

    /// Says that a claim is to be asked for, unless the segment is to be left to other nodes: then why.
    pub(super) fn may_claim(&self, now: Timestamp) -> Result<(), String> {
        if !self.is_shared {
            return Ok(());
        }
        let mut beats = self.leases.beats();
        beats.claiming.remove(&self.seat);
        if beats.held.contains_key(&self.seat) {
            return Ok(());
        }
        let owned = beats.held.values().filter(|lease| lease.is_of_share()).count() + beats.claiming.len();
        let may = beats.share.may_take(self.seat, owned, now);
        if may.is_ok() {
            beats.claiming.insert(self.seat);
        } else {
            // Others may have gone since.
            beats.is_due_soon(now);
        }
        may
    }

    /// It could not be asked for. Whoever left it to others knows when one of them has it.
    pub(super) fn is_left(&self, halt: &Halt) {
        if let Halt::NotOurs(_) = halt {
            self.leases.beats().share.is_taken(self.seat);
        }
    }

    /// The claim was not got.
    pub(super) fn is_refused(&self, error: &TokenError) {
        let mut beats = self.leases.beats();
        beats.claiming.remove(&self.seat);
        if matches!(error, TokenError::Held { .. }) {
            beats.share.is_taken(self.seat);
        }
    }

    /// The claim was asked for at `asked_at` and has been got.
    pub(super) fn holds(&self, claimed: &ClaimedSegment, asked_at: Timestamp) {
        let (claim, standing) = (claimed.claim.clone(), LeaseState::Held);
        let (commits, said) = (claimed.commits(), claimed.said);
        let lease =
            HeldLease { claim, extended_at: asked_at, commits, said, standing, is_shared: self.is_shared };
        let mut beats = self.leases.beats();
        beats.claiming.remove(&self.seat);
        if beats.held.is_empty() && beats.due.is_none() {
            // The first one need not be extended at once; at the end of time it is.
            beats.due = asked_at.checked_add(BEAT_EVERY).ok();
        }
        beats.held.insert(self.seat, lease);
    }

    /// Nothing is claimed any more.
    pub(super) fn lets_go(&self) {
        let mut beats = self.leases.beats();
        beats.held.remove(&self.seat);
        beats.claiming.remove(&self.seat);
    }

    /// Nobody works at this seat any more.
    pub(super) fn ends(&self) {
        self.lets_go();
        self.leases.beats().share.forget(self.seat);
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
        let now = self.clock.now();
        let beats = self.leases.beats();
        let Some(lease) = beats.held.get(&self.seat) else { return LeaseState::Held };
        if beats.is_silent && lease.is_good() && lease.is_old(now) {
            return LeaseState::Told;
        }
        lease.standing.clone()
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
    /// For claims of which nobody else hears: they are held by claiming again.
    pub(super) fn without_beat() -> Self {
        let leases = Self::default();
        leases.beats().is_silent = true;
        leases
    }

    /// There are so many segments for all nodes; none where nobody else may have any.
    pub(super) fn are_of(&self, segments: Option<usize>) {
        self.beats().share.is_of(segments);
    }

    fn seat(&self) -> Seat {
        let mut beats = self.beats();
        beats.last += 1;
        beats.last
    }

    /// Something was said to the token store, or may have been: the next beat is due, and who waits for an arrival looks
    /// what became of its claim.
    pub(crate) fn heed(&self) {
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
        if beats.is_silent || beats.due.is_some_and(|due| now < due && due.duration_since(now) <= BEAT_EVERY)
        {
            return None;
        }
        beats.asked_at = Some(now);
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

impl Beats {
    /// The next beat is due a second after the last one.
    fn is_due_soon(&mut self, now: Timestamp) {
        let since = self.asked_at.map(|asked| now.duration_since(asked));
        if since.is_none_or(|since| since >= BEAT_AGAIN || since.is_negative()) {
            self.due = None;
        }
    }

    /// Marks what is to be given back, those last that are first among the segments of their processors.
    fn give_back(&mut self, now: Timestamp) {
        let shared = self.held.iter().filter(|(_, lease)| lease.is_good() && lease.is_shared);
        let mut owned: Vec<_> = shared.map(|(seat, lease)| (lease.claim.segment.id, *seat)).collect();
        owned.sort_unstable();
        let surplus = self.share.surplus(owned.into_iter().map(|(_, seat)| seat).collect(), now);
        for seat in surplus {
            if let Some(lease) = self.held.get_mut(&seat) {
                lease.standing = LeaseState::Surplus(SURPLUS.to_owned());
            }
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
    fn learn(&mut self, beat: Beat, now: Timestamp) {
        self.is_answered = true;
        if self.hear(beat, now) {
            self.leases.has_news();
            self.leases.woken.notify_waiters();
        }
    }

    /// Keeps what the store says of each claim and of other nodes. Says whether that is news: that a claim does not simply
    /// hold any more.
    fn hear(&self, Beat { alive, extended }: Beat, now: Timestamp) -> bool {
        let mut beats = self.leases.beats();
        let standings = |beats: &Beats| -> Vec<_> {
            let held = beats.held.iter();
            let told = held.filter(|(_, lease)| lease.standing != LeaseState::Held);
            told.map(|(seat, lease)| (*seat, lease.standing.clone())).collect()
        };
        let before = standings(&beats);
        for ((claim, (seat, commits)), extended) in self.claims.iter().zip(&self.asked).zip(extended) {
            let Some(lease) = beats.held.get_mut(seat).filter(|lease| lease.claim == *claim) else {
                continue;
            };
            lease.standing = match extended {
                Ok(extended) => lease.standing_by(extended, *commits),
                Err(error @ TokenError::Stale { .. }) => LeaseState::Lost(cause_of(&error)),
                Err(error) => {
                    // The next beat comes before it runs out.
                    tracing::debug!(processor = %claim.processor, cause = cause_of(&error), "extending a claim failed");
                    continue;
                }
            };
            lease.extended_at = now;
        }
        beats.share.is_among(alive.len());
        beats.give_back(now);
        standings(&beats).iter().any(|standing| !before.contains(standing))
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
