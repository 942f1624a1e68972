//! A claimed segment: how far it has come, what is parked in it, and the one way to write its token.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::halt::{Halt, TORN, paused};
use super::handling::Rows;
use super::parked::Parked;
use super::reaction::cause_of;
use crate::ports::event_store::EventId;
use crate::ports::message_source::Token;
use crate::ports::token_store::{
    Claim, Claimed, Commit, DeadLetter, Desired, EventOverride, ProcessorName, Segment, SettledLetter,
    TokenError, TokenStore,
};
use crate::ports::{Clock, MessageSource};

/// How long a claim holds without being extended.
pub(super) const CLAIM_TTL: Duration = Duration::from_secs(10);
/// How often a claim is extended.
const EXTEND_EVERY: SignedDuration = SignedDuration::from_secs(3);
/// An advance without effect is stored at most this often, except by a processor that has caught up or stops.
const STORE_ADVANCE_EVERY: SignedDuration = SignedDuration::from_secs(1);
/// How often a commit whose answer was lost is sent again under the same claim.
const COMMIT_TRIES: usize = 5;

/// A claimed segment.
#[derive(Debug)]
pub(super) struct ClaimedSegment {
    /// The claim.
    pub(super) claim: Claim,
    /// How far it has come, which may be beyond what is stored by events without effect.
    pub(super) token: Token,
    /// The sequences that are parked or abandoned.
    pub(super) parked: Parked,
    /// What operators said about events.
    pub(super) overrides: BTreeMap<EventId, EventOverride>,
    /// When it was claimed, by this node's clock.
    pub(super) claimed_at: Timestamp,
    stored: Token,
    stored_at: Timestamp,
    commits: u64,
    in_doubt: bool,
}

/// What is to be written together.
#[derive(Debug)]
pub(super) struct Draft {
    /// The new token.
    pub(super) token: Token,
    /// Rows, and none for those that go.
    pub(super) rows: Rows,
    /// Letters to be kept or replaced.
    pub(super) letters: Vec<DeadLetter>,
    /// Letters that are done.
    pub(super) settled: Vec<SettledLetter>,
}

impl Draft {
    pub(super) const fn advance(token: Token) -> Self {
        Self { token, rows: Rows::new(), letters: vec![], settled: vec![] }
    }
}

impl ClaimedSegment {
    pub(super) fn new(claimed: Claimed, overrides: BTreeMap<EventId, EventOverride>, now: Timestamp) -> Self {
        Self {
            claim: claimed.claim,
            token: claimed.token,
            parked: Parked::of(claimed.parked),
            overrides,
            claimed_at: now,
            stored: claimed.token,
            stored_at: now,
            commits: claimed.commits,
            in_doubt: false,
        }
    }

    /// Whether a commit was sent and how it ended is not known, as after a step that was cut off. What stands in the store may
    /// then be what was before or what was sent, and only a new claim tells.
    pub(super) const fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// Writes a draft. One whose answer is lost is sent again as it is, which writes it at most once; when it is not known in
    /// the end what became of it, nothing more is written under this claim.
    pub(super) async fn commit(
        &mut self,
        tokens: &dyn TokenStore,
        draft: Draft,
        now: Timestamp,
    ) -> Result<(), Halt> {
        if self.in_doubt {
            return Err(Halt::Unsure("how the last commit ended is not known".to_owned()));
        }
        let Draft { token, rows, letters, settled } = draft;
        let number = self.commits + 1;
        let commit = Commit { number, token, rows: rows.into_iter().collect(), letters, settled };
        // Whoever drops this future leaves it at that.
        self.in_doubt = true;
        self.send(tokens, commit).await?;
        (self.in_doubt, self.commits) = (false, number);
        (self.token, self.stored, self.stored_at) = (token, token, now);
        Ok(())
    }

    async fn send(&mut self, tokens: &dyn TokenStore, commit: Commit) -> Result<(), Halt> {
        let mut lost = None;
        for _ in 0..COMMIT_TRIES {
            match tokens.commit(&self.claim, commit.clone()).await {
                Ok(()) => return Ok(()),
                Err(error @ TokenError::UnknownOutcome { .. }) => lost = Some(error),
                // A refusal after a lost reply does not say what became of the one that was lost.
                Err(error) if lost.is_some() => return Err(Halt::Unsure(cause_of(&error))),
                Err(error) => {
                    self.in_doubt = false;
                    return Err(error.into());
                }
            }
        }
        Err(Halt::Unsure(lost.map_or_else(String::new, |lost| cause_of(&lost))))
    }

    /// Moves on past events without effect; stores that only when the last write is long enough ago.
    pub(super) async fn pass(
        &mut self,
        tokens: &dyn TokenStore,
        next: Token,
        now: Timestamp,
    ) -> Result<(), Halt> {
        self.token = next;
        let since = now.duration_since(self.stored_at);
        if since >= STORE_ADVANCE_EVERY || since.is_negative() {
            self.store(tokens, now).await?;
        }
        Ok(())
    }

    /// Stores the token, if it is not.
    pub(super) async fn store(&mut self, tokens: &dyn TokenStore, now: Timestamp) -> Result<(), Halt> {
        if self.token == self.stored {
            return Ok(());
        }
        self.commit(tokens, Draft::advance(self.token), now).await
    }
}

/// Registers a processor when it is new, and claims a segment of the generation that readers see.
pub(super) async fn claim(
    tokens: &dyn TokenStore,
    source: &dyn MessageSource,
    wanted: &Wanted<'_>,
    now: Timestamp,
) -> Result<ClaimedSegment, Halt> {
    let known = |states: Vec<_>| {
        states
            .into_iter()
            .find(|state: &crate::ports::token_store::ProcessorState| state.name == *wanted.name)
    };
    let mut state = known(tokens.processors().await?);
    if state.is_none() {
        let first = source.token_at(crate::ports::message_source::StartingPoint::Beginning).await?;
        tokens.register(wanted.name, wanted.segments, first).await?;
        state = known(tokens.processors().await?);
    }
    if state.as_ref().is_some_and(|state| !state.is_whole()) {
        return Err(Halt::Corrupt(TORN.to_owned()));
    }
    let live = state.map(|state| state.live).unwrap_or_default();
    let claimed = tokens.claim(wanted.name, live, wanted.segment, wanted.node, CLAIM_TTL).await?;
    let overrides = tokens.overrides(wanted.name).await?;
    Ok(ClaimedSegment::new(claimed, overrides, now))
}

/// Which segment of which processor is wanted, and by whom.
pub(super) struct Wanted<'a> {
    pub(super) name: &'a ProcessorName,
    pub(super) segment: Segment,
    pub(super) segments: u32,
    pub(super) node: crate::ports::token_store::NodeId,
}

/// Extends the claim of a processor beside its work, however long that takes. Cheap to clone.
#[derive(Clone)]
pub struct LeaseRenewer {
    tokens: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    lease: Arc<Mutex<Option<HeldLease>>>,
}

#[derive(Debug, Clone)]
struct HeldLease {
    claim: Claim,
    extended_at: Timestamp,
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

impl LeaseRenewer {
    pub(super) fn new(tokens: Arc<dyn TokenStore>, clock: Arc<dyn Clock>) -> Self {
        Self { tokens, clock, lease: Arc::default() }
    }

    /// Extends the claim when that is due, every three seconds; does nothing without a claim. What it learns is obeyed
    /// by the processor's next step; a try that fails is made again at the next call.
    pub async fn extend_if_due(&self) {
        let now = self.clock.now();
        let Some(claim) = self.due(now) else { return };
        let standing = match self.tokens.extend(&claim, CLAIM_TTL).await {
            Ok(Desired::Running) => LeaseState::Held,
            Ok(Desired::Paused { by, reason }) => LeaseState::Paused(paused(&by, &reason)),
            Err(error @ TokenError::Stale { .. }) => LeaseState::Lost(cause_of(&error)),
            Err(error) => {
                tracing::debug!(processor = %claim.processor, cause = cause_of(&error), "extending a claim failed");
                return;
            }
        };
        let mut lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lease) = lease.as_mut().filter(|lease| lease.claim == claim) {
            (lease.extended_at, lease.standing) = (now, standing);
        }
    }

    pub(super) fn holds(&self, claim: Option<&Claim>) {
        let lease = claim.map(|claim| HeldLease {
            claim: claim.clone(),
            extended_at: self.clock.now(),
            standing: LeaseState::Held,
        });
        *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = lease;
    }

    pub(super) fn standing(&self) -> LeaseState {
        let lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        lease.as_ref().map_or(LeaseState::Held, |lease| lease.standing.clone())
    }

    fn due(&self, now: Timestamp) -> Option<Claim> {
        let lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        let lease = lease.as_ref().filter(|lease| lease.standing == LeaseState::Held)?;
        let since = now.duration_since(lease.extended_at);
        (since >= EXTEND_EVERY || since.is_negative()).then(|| lease.claim.clone())
    }
}
