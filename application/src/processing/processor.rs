//! One processor: a name, a source, one reaction, and a token. It is moved on step by step, and never waits by itself.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::assignment::{Assignment, Core};
use super::backoff::{Backoff, later};
use super::claimed_segment::{CLAIM_TTL, ClaimedSegment};
use super::context::ProcessorContext;
use super::halt::Halt;
use super::held_lease::LeaseState;
use super::lease::LeaseRenewer;
use super::pages::Pages;
use super::reaction::Reaction;
use super::status::{CAUGHT_UP, SINCE, StepOutcome};
use crate::ports::event_store::Position;
use crate::ports::token_store::{ProcessorName, Segment};

/// How soon a segment that another node holds, or that is paused, is looked at again.
pub(super) const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How soon a token of another log, or an event that is too new, is looked at again.
const LOOK_AGAIN_LATER: Duration = Duration::from_secs(30);
/// How soon a segment with parked sequences learns at the latest what operators have said since: that they retry, edit or
/// evict. Each beat says whether there is something to learn, except of what was said to a node of a version that does not
/// count it.
const LISTEN_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// One processor, working on one segment.
pub struct Processor {
    core: Core,
    claimed: Option<ClaimedSegment>,
    renewer: LeaseRenewer,
    pages: Pages,
    /// Whether the last piece of work was a parked sequence: these and pages take turns.
    has_retried: bool,
    failures: u32,
    away_since: Option<Timestamp>,
    rest: Option<Rest>,
}

#[derive(Debug, Clone, Copy)]
struct Rest {
    from: Timestamp,
    until: Timestamp,
}

impl Processor {
    /// A processor for one segment of the generation that readers see; claims it with its first step.
    #[must_use]
    pub fn new(name: ProcessorName, reaction: Reaction, segment: Segment, within: &ProcessorContext) -> Self {
        Self::of(Assignment { name, segment, beside: None }, reaction, within)
    }

    pub(super) fn of(assigned: Assignment, reaction: Reaction, within: &ProcessorContext) -> Self {
        Self::around(Core::of(assigned, reaction, within), within)
    }

    pub(super) fn around(core: Core, within: &ProcessorContext) -> Self {
        let renewer = LeaseRenewer::new(within);
        let (pages, has_retried) = (Pages::none(), false);
        Self { core, claimed: None, renewer, pages, has_retried, failures: 0, away_since: None, rest: None }
    }

    /// Does one piece of work: claims the segment, tries one parked sequence, or handles one page, in turns. Never
    /// sleeps. Dropping the future is like a crash: what was committed stays, the rest is done again.
    pub async fn step(&mut self) -> StepOutcome {
        if let Some(until) = self.resting() {
            return StepOutcome::Idle { until: Some(until) };
        }
        self.rest = None;
        let step = match self.go_on().await {
            Ok(step) => {
                (self.failures, self.away_since) = (0, None);
                self.core.live.went_on();
                step
            }
            Err(halt) => {
                self.pages.forget();
                self.halted(halt).await
            }
        };
        self.acknowledge().await;
        self.measure();
        step
    }

    /// Whether an arrival is a reason to step; not while something else has to pass first.
    #[must_use]
    pub const fn wants_arrivals(&self) -> bool {
        self.rest.is_none() && self.claimed.is_some()
    }

    /// Whether its last page was full, so that there is more to read at once.
    pub(super) const fn is_behind(&self) -> bool {
        self.pages.are_behind()
    }

    /// Resolves soon after something arrived that this processor has not read; never without a claim.
    pub async fn arrived(&self) {
        match &self.claimed {
            Some(claimed) => self.core.source.arrived(&claimed.token).await,
            None => std::future::pending().await,
        }
    }

    /// What extends the claim while a step takes long.
    #[must_use]
    pub fn renewer(&self) -> LeaseRenewer {
        self.renewer.clone()
    }

    /// What it works on.
    #[must_use]
    pub const fn assigned(&self) -> &Assignment {
        &self.core.assigned
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &ProcessorName {
        &self.core.assigned.name
    }

    /// Its segment.
    #[must_use]
    pub const fn segment(&self) -> Segment {
        self.core.assigned.segment
    }

    /// Stores how far it has come and gives the claim back at once. It may be stepped again later.
    pub async fn close(&mut self) {
        self.store_token().await;
        self.release().await;
        self.renewer.ends();
        self.core.live.rests("stopped");
    }

    /// Forgets what it held, as after a crash: the next step claims again and finds out from the token.
    pub(super) fn forget(&mut self) {
        self.claimed = None;
        self.renewer.lets_go();
        self.core.live.doubts();
    }

    pub(super) const fn core(&self) -> &Core {
        &self.core
    }

    async fn go_on(&mut self) -> Result<StepOutcome, Halt> {
        self.core.source.turn()?;
        self.keep_seat().await?;
        let Some(claimed) = self.claimed.as_mut() else { return Ok(StepOutcome::Advanced) };
        let due = claimed.parked.due_sequence(self.core.clock.now());
        let is_due = due.is_some();
        self.has_retried = !self.has_retried && is_due;
        if let Some(sequence) = due.filter(|_| self.has_retried) {
            self.core.knows(&claimed.token).await?;
            self.core.retry(claimed, &sequence).await?;
            return Ok(StepOutcome::Advanced);
        }
        let page = self.pages.next(&self.core, &claimed.token).await?;
        self.core.sees(&page);
        if page.next == claimed.token && page.events.is_empty() {
            return if is_due { Ok(StepOutcome::Advanced) } else { self.caught_up().await };
        }
        self.pages.handle(&self.core, claimed, page).await?;
        Ok(StepOutcome::Advanced)
    }

    async fn caught_up(&mut self) -> Result<StepOutcome, Halt> {
        self.pages.caught_up();
        let Some(claimed) = self.claimed.as_mut() else { return Ok(StepOutcome::Advanced) };
        let now = self.core.clock.now();
        let store = claimed.store_at_rest(&self.core.committer, self.core.live.wanted(), now).await?;
        self.core.live.waits(CAUGHT_UP);
        let listen =
            (!claimed.parked.is_empty()).then(|| claimed.claimed_at.saturating_add(LISTEN_EVERY).ok());
        let until = [store, claimed.parked.next_due(now), listen.flatten()].into_iter().flatten().min();
        Ok(StepOutcome::Idle { until })
    }

    /// Claims the segment if it is not ours; obeys what the last extension said; listens to operators.
    async fn keep_seat(&mut self) -> Result<(), Halt> {
        if self.claimed.as_ref().is_some_and(ClaimedSegment::is_in_doubt) {
            self.forget();
        }
        if self.claimed.is_some() {
            self.renewer.extend_if_due().await;
        }
        let is_told = match self.renewer.standing() {
            LeaseState::Held => false,
            LeaseState::Told => true,
            LeaseState::Lost(why) => return Err(Halt::Stale(why)),
            LeaseState::Paused(why) => return Err(Halt::Paused(why)),
            LeaseState::Surplus(why) => return Err(Halt::NotOurs(why)),
        };
        let now = self.core.clock.now();
        if let Some(claimed) = &mut self.claimed {
            let since = now.duration_since(claimed.claimed_at);
            let listens = !claimed.parked.is_empty() && (since >= LISTEN_EVERY || since.is_negative());
            if !is_told && !listens {
                return Ok(());
            }
            claimed.store(&self.core.committer, now).await?;
        }
        // A node may claim its own segment again: that is how it learns what was said about parked events.
        let mut claimed = self.core.claim(&self.renewer, now).await?;
        if self.claimed.is_none() {
            self.core.resume(&mut claimed, now).await?;
        }
        self.claimed.iter().for_each(|before| claimed.parked.go_on_from(&before.parked));
        self.renewer.holds(&claimed, now);
        self.claimed = Some(claimed);
        Ok(())
    }

    async fn halted(&mut self, halt: Halt) -> StepOutcome {
        tracing::debug!(processor = %self.core.name(), ?halt, "a step could not go on");
        self.measure();
        match halt {
            Halt::NotOurs(why) => {
                self.store_token().await;
                self.release().await;
                let step = self.rest_until_next_look(why.clone()).await;
                self.core.live.leaves_to_others(&why);
                step
            }
            Halt::Paused(why) => {
                self.store_token().await;
                self.release().await;
                self.core.measure_paused().await;
                let step = self.rest_until_next_look(why.clone()).await;
                self.core.live.is_paused(&why);
                step
            }
            Halt::TooNew(kind) => {
                self.store_token().await;
                self.release().await;
                self.rest_for(LOOK_AGAIN_LATER, format!("event type {kind} is too new for this node"))
            }
            // What is known here may have gone with the end of a log that was restored; what is stored may fit.
            Halt::Foreign(_) if self.failures == 0 => {
                self.release().await;
                self.failures = 1;
                StepOutcome::Advanced
            }
            Halt::Foreign(why) => {
                self.release().await;
                self.core.failed(&why);
                self.core.live.is_foreign(&why, self.core.log_end().await);
                self.rest_for(LOOK_AGAIN_LATER, why)
            }
            Halt::Stale(why) | Halt::Changed(why) => {
                self.forget();
                // Once is what happens when a node was slow; again means that something is wrong.
                if self.failures == 0 {
                    self.failures = 1;
                    return StepOutcome::Advanced;
                }
                self.back_off(&why)
            }
            Halt::Unsure(why) => {
                self.forget();
                self.back_off(&why)
            }
            Halt::Corrupt(why) if self.pages.can_be_halved() => {
                self.core.failed(&why);
                self.pages.halve();
                StepOutcome::Advanced
            }
            Halt::Corrupt(why) => {
                self.core.live.cannot_go_on(&why, self.core.log_end().await);
                self.measure();
                self.back_off(&why)
            }
            Halt::Away(why) => self.back_off(&why),
        }
    }

    /// Says how far the claimed segment is; of one that was given back, what was said last stays.
    fn measure(&self) {
        match &self.claimed {
            Some(claimed) => {
                self.renewer.has_committed(claimed.commits());
                self.core.live.stands_at(claimed.token.position, claimed.parked.letters());
            }
            None => self.core.live.has_let_go(),
        }
    }

    fn back_off(&mut self, why: &str) -> StepOutcome {
        self.failures = self.failures.saturating_add(1);
        self.core.failed(why);
        let since = *self.away_since.get_or_insert_with(|| self.core.clock.now());
        let wait = Backoff::AWAY.after(self.failures, &*self.core.ids);
        if wait >= CLAIM_TTL / 2 {
            // Nobody extends the claim meanwhile, and to find it run out would cost another wait.
            self.forget();
        }
        self.rest_for(wait, format!("{why}{SINCE}{since})"))
    }

    /// A segment that is not this node's is looked at again together with all the others.
    async fn rest_until_next_look(&mut self, why: String) -> StepOutcome {
        let wait = self.core.leases.look().next(self.core.clock.now()).await;
        self.rest_for(wait, why)
    }

    fn rest_for(&mut self, wait: Duration, why: String) -> StepOutcome {
        let from = self.core.clock.now();
        let until = later(from, wait);
        self.rest = Some(Rest { from, until });
        self.core.live.rests(why);
        StepOutcome::Idle { until: Some(until) }
    }

    /// Until when it rests. A clock that was set back ends the rest.
    fn resting(&self) -> Option<Timestamp> {
        let now = self.core.clock.now();
        self.rest.filter(|rest| (rest.from..rest.until).contains(&now)).map(|rest| rest.until)
    }

    /// Whether it is stored that it is at this position.
    pub(super) fn has_stored(&self, position: Position) -> bool {
        self.claimed.as_ref().is_some_and(|claimed| claimed.has_stored(position))
    }

    /// Stores how far it has come, as far as that is possible.
    pub(super) async fn store_token(&mut self) {
        let Some(claimed) = self.claimed.as_mut() else { return };
        if let Err(halt) = claimed.store(&self.core.committer, self.core.clock.now()).await {
            // Nothing is lost: the events without effect that it had passed are read again.
            tracing::debug!(processor = %self.core.name(), ?halt, "the last token was not stored");
        }
        self.acknowledge().await;
    }

    async fn acknowledge(&mut self) {
        if let Some(claimed) = &mut self.claimed {
            claimed.acknowledge(&*self.core.source).await;
        }
    }

    async fn release(&mut self) {
        let Some(claimed) = self.claimed.take() else { return self.forget() };
        self.renewer.lets_go();
        if let Err(error) = self.core.tokens.store.release(&claimed.claim).await {
            // It runs out by itself.
            tracing::debug!(processor = %self.core.name(), %error, "a claim was not given back");
        }
    }
}
