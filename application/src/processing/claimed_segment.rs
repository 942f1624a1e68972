//! A claimed segment: how far it has come, what is parked in it, and the one way to write its token.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::assignment::Core;
use super::committer::Committer;
use super::halt::{Halt, REBUILD_HAS_ENDED, TORN, paused};
use super::handling::Rows;
use super::lease::LeaseRenewer;
use super::parked::Parked;
use super::reaction::cause_of;
use super::row_cache::RowCache;
use crate::ports::dead_letters::{DeadLetter, EventOverride, SettledLetter};
use crate::ports::event_store::{EventId, Position};
use crate::ports::message_source::{StartingPoint, Token};
use crate::ports::processor_admin::{Desired, ProcessorState};
use crate::ports::token_store::{Claim, Claimed, Commit, RowKey, Segment, TokenError, TokenStore};
use crate::ports::{MessageSource, TokenPorts};

/// How long a claim holds without being extended.
pub(super) const CLAIM_TTL: Duration = Duration::from_secs(10);
/// An advance without effect, or over events whose effects have ids, is stored at most this often, except by a
/// processor that rests or stops, or when somebody waits for it: so much is done again after a crash, and found done.
const STORE_ADVANCE_EVERY: SignedDuration = SignedDuration::from_millis(250);
/// Or when it is over so many events.
const HANDLED_MAX: usize = 1_000;
/// A processor that has had nothing to do for so long stores where it is.
const STORE_AT_REST_AFTER: SignedDuration = SignedDuration::from_millis(50);
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
    /// What operators had said until then, by the store's count.
    pub(super) said: u64,
    stored: Token,
    /// Whether the source was told what is stored.
    is_acknowledged: bool,
    stored_at: Timestamp,
    /// When it last moved on.
    moved_at: Timestamp,
    /// How many events were handled since the token was stored.
    handled: usize,
    commits: u64,
    in_doubt: bool,
    rows: RowCache,
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
            said: claimed.said,
            stored: claimed.token,
            is_acknowledged: false,
            stored_at: now,
            moved_at: now,
            handled: 0,
            commits: claimed.commits,
            in_doubt: false,
            rows: RowCache::empty(),
        }
    }

    /// Whether it is stored that it is at this position.
    pub(super) fn has_stored(&self, position: Position) -> bool {
        self.stored.position == position
    }

    /// The number of its last commit.
    pub(super) const fn commits(&self) -> u64 {
        self.commits
    }

    /// The rows with these keys.
    pub(super) async fn rows(
        &mut self,
        tokens: &dyn TokenStore,
        keys: Vec<RowKey>,
    ) -> Result<Rows, TokenError> {
        self.rows.read(tokens, &self.claim, keys).await
    }

    /// Whether a commit was sent and how it ended is not known, as after a step that was cut off. What stands in the
    /// store may then be what was before or what was sent, and only a new claim tells.
    pub(super) const fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// Writes a draft. One whose answer is lost is sent again as it is, which writes it at most once; when it is not
    /// known in the end what became of it, nothing more is written under this claim.
    pub(super) async fn commit(
        &mut self,
        committer: &Committer,
        draft: Draft,
        now: Timestamp,
    ) -> Result<(), Halt> {
        if self.in_doubt {
            return Err(Halt::Unsure("how the last commit ended is not known".to_owned()));
        }
        let Draft { token, rows, letters, settled } = draft;
        let number = self.commits + 1;
        let rows: Vec<_> = rows.into_iter().collect();
        let commit = Commit { number, token, rows: rows.clone(), letters, settled };
        // Whoever drops this future leaves it at that.
        self.in_doubt = true;
        self.send(committer, commit).await?;
        (self.in_doubt, self.commits) = (false, number);
        (self.token, self.stored, self.stored_at, self.moved_at) = (token, token, now, now);
        (self.handled, self.is_acknowledged) = (0, false);
        self.rows.written(rows);
        Ok(())
    }

    async fn send(&mut self, committer: &Committer, commit: Commit) -> Result<(), Halt> {
        let mut lost = None;
        for _ in 0..COMMIT_TRIES {
            match committer.commit(&self.claim, commit.clone()).await {
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
        committer: &Committer,
        next: Token,
        now: Timestamp,
    ) -> Result<(), Halt> {
        self.move_to(next, now);
        let is_due = has_passed(STORE_ADVANCE_EVERY, self.stored_at, now);
        if is_due { self.store(committer, now).await } else { Ok(()) }
    }

    /// Moves on past events that were handled, whose effects have ids; stores that only now and then.
    pub(super) async fn pass_handled(
        &mut self,
        committer: &Committer,
        next: Token,
        events: usize,
        now: Timestamp,
    ) -> Result<(), Halt> {
        self.move_to(next, now);
        self.handled += events;
        let is_due = self.handled >= HANDLED_MAX || has_passed(STORE_ADVANCE_EVERY, self.stored_at, now);
        if is_due { self.store(committer, now).await } else { Ok(()) }
    }

    /// Stores where it is once it has had nothing to do for a while, or at once when somebody waits for that; before
    /// that, says when it will be.
    pub(super) async fn store_at_rest(
        &mut self,
        committer: &Committer,
        wanted: Position,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Halt> {
        let is_wanted = self.stored.position < wanted;
        if self.token != self.stored && !is_wanted && !has_passed(STORE_AT_REST_AFTER, self.moved_at, now) {
            // At the end of time it is stored when the processor stops.
            return Ok(self.moved_at.checked_add(STORE_AT_REST_AFTER).ok());
        }
        self.store(committer, now).await?;
        Ok(None)
    }

    /// Tells the source how far it has come, by what is stored.
    pub(super) async fn acknowledge(&mut self, source: &dyn MessageSource) {
        if self.is_acknowledged {
            return;
        }
        match source.acknowledged(&self.stored).await {
            Ok(()) => self.is_acknowledged = true,
            // It is told again with the next step.
            Err(error) => tracing::debug!(%error, "a source was not told how far a processor has come"),
        }
    }

    fn move_to(&mut self, next: Token, now: Timestamp) {
        // The first advance after a rest is not older than the rest.
        if self.token == self.stored {
            self.stored_at = now;
        }
        (self.token, self.moved_at) = (next, now);
    }

    /// Stores the token, if it is not.
    pub(super) async fn store(&mut self, committer: &Committer, now: Timestamp) -> Result<(), Halt> {
        if self.token == self.stored {
            return Ok(());
        }
        self.commit(committer, Draft::advance(self.token), now).await
    }
}

/// Whether so much time has passed; a clock that was set back counts as that.
fn has_passed(limit: SignedDuration, since: Timestamp, now: Timestamp) -> bool {
    let passed = now.duration_since(since);
    passed >= limit || passed.is_negative()
}

impl Core {
    /// Registers the processor when it is new, and claims the segment of its generation.
    pub(super) async fn claim(&self, renewer: &LeaseRenewer, now: Timestamp) -> Result<ClaimedSegment, Halt> {
        let TokenPorts { store, letters, .. } = &self.tokens;
        let state = self.seen(now).await;
        let state = state.inspect_err(|halt| renewer.is_left(halt))?;
        renewer.may_claim(now).map_err(Halt::NotOurs)?;
        let generation = state.map(|state| self.assigned.generation_in(&state)).unwrap_or_default();
        let claimed = store.claim(self.name(), generation, self.assigned.segment, self.node, CLAIM_TTL).await;
        let claimed = claimed.inspect_err(|error| {
            renewer.is_refused(error);
            if matches!(error, TokenError::Unknown { .. }) {
                // It was split, merged or switched since it was looked at.
                self.leases.has_news();
            }
        })?;
        let overrides = letters.overrides(self.name()).await?;
        Ok(ClaimedSegment::new(claimed, overrides, now))
    }

    /// Goes on from where the source says, which is stored first: whoever has moved the source's place meant it.
    pub(super) async fn resume(&self, claimed: &mut ClaimedSegment, now: Timestamp) -> Result<(), Halt> {
        let stored = claimed.token;
        let token = self.source.resume(&stored).await?;
        if token == stored {
            return Ok(());
        }
        let (processor, from, to) = (self.name(), stored.position, token.position);
        if from < to {
            tracing::warn!(%processor, %from, %to, "what it follows was moved ahead; what lies between is left out");
        } else {
            tracing::info!(%processor, %from, %to, "what it follows goes on further back; what was done is found done");
        }
        claimed.commit(&self.committer, Draft::advance(token), now).await
    }

    /// How the processor stands, when nothing that was seen a moment ago speaks against claiming the segment.
    async fn seen(&self, now: Timestamp) -> Result<Option<ProcessorState>, Halt> {
        let (look, admin) = (self.leases.look(), &*self.tokens.admin);
        let mut state = look.at(self.name(), admin, now).await?;
        if state.is_none() {
            let first = self.source.token_at(StartingPoint::Beginning).await?;
            admin.register(self.name(), &Segment::all_at(self.settings.segments, first)).await?;
            look.forget().await;
            state = look.at(self.name(), admin, now).await?;
        }
        let Some(state) = state else { return Ok(None) };
        if let Desired::Paused { by, reason } = &state.desired {
            return Err(Halt::Paused(paused(by, reason)));
        }
        if !state.is_whole() {
            look.forget().await;
            return Err(Halt::Corrupt(TORN.to_owned()));
        }
        if self.assigned.beside.is_some_and(|beside| state.rebuilding != Some(beside)) {
            self.leases.has_news();
            return Err(Halt::NotOurs(REBUILD_HAS_ENDED.to_owned()));
        }
        let found = self.assigned.found_in(&state);
        let held = found.and_then(|known| known.owner).filter(|(owner, _)| *owner != self.node);
        if let Some((owner, until)) = held {
            let (processor, segment) = (self.name().clone(), self.assigned.segment);
            return Err(TokenError::Held { processor, segment, owner, until }.into());
        }
        Ok(Some(state))
    }
}
