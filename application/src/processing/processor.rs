//! One processor: a name, a source, one reaction, and a token. It is moved on step by step, and never waits by itself.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::backoff::{Backoff, later};
use super::halt::Halt;
use super::reaction::Reaction;
use super::seat::{CLAIM_TTL, Extender, Seat, Standing, Wanted, claim};
use super::status::{CAUGHT_UP, Live, Step};
use crate::codec::known_types;
use crate::ports::event_store::{TypeName, Types};
use crate::ports::token_store::{NodeId, ProcessorName, Segment};
use crate::ports::{Clock, Ids, MessageSource, TokenStore};

/// Positions read at once by a processor near the head.
const BATCH_MIN: usize = 100;
/// Positions read at once by a processor that is far behind.
const BATCH_MAX: usize = 1_000;
/// How soon a segment that another node holds, or that is paused, is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How soon a token of another log, or an event that is too new, is looked at again.
const LOOK_AGAIN_LATER: Duration = Duration::from_secs(30);
/// How soon a segment with parked sequences learns what operators have said since: that they retry, edit or evict.
const LISTEN_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// One processor, working on one segment.
pub struct Processor {
    core: Core,
    seat: Option<Seat>,
    extender: Extender,
    limit: usize,
    /// Whether the last piece of work was a parked sequence: these and pages take turns.
    has_retried: bool,
    failures: u32,
    away_since: Option<Timestamp>,
    rest: Option<Rest>,
}

/// What a processor works with; the same for all of a process. Cheap to clone.
#[derive(Clone)]
pub struct Surroundings {
    /// What it follows.
    pub source: Arc<dyn MessageSource>,
    /// Where its token is.
    pub tokens: Arc<dyn TokenStore>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The dice of retries.
    pub ids: Arc<dyn Ids>,
    /// Which node this is.
    pub node: NodeId,
    /// The settings.
    pub settings: ProcessorSettings,
}

/// How processors of a process are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessorSettings {
    /// How many segments a processor gets when it is registered first; a power of two.
    pub segments: u32,
    /// Whether no other node uses these stores. Then an event too new for this node is parked; else the segment is given
    /// back, so that a newer node can take it.
    pub exclusive: bool,
}

impl Default for ProcessorSettings {
    fn default() -> Self {
        Self { segments: 1, exclusive: true }
    }
}

/// What of a processor does not change while it runs.
pub(super) struct Core {
    pub(super) name: ProcessorName,
    pub(super) segment: Segment,
    pub(super) reaction: Reaction,
    pub(super) unwanted: Types,
    pub(super) source: Arc<dyn MessageSource>,
    pub(super) tokens: Arc<dyn TokenStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) node: NodeId,
    pub(super) settings: ProcessorSettings,
    pub(super) live: Arc<Live>,
}

#[derive(Debug, Clone, Copy)]
struct Rest {
    from: Timestamp,
    until: Timestamp,
}

impl Processor {
    /// A processor for one segment; claims it with its first step.
    #[must_use]
    pub fn new(name: ProcessorName, reaction: Reaction, segment: Segment, within: &Surroundings) -> Self {
        let Surroundings { source, tokens, clock, ids, node, settings } = within.clone();
        let known = known_types().map(|known| TypeName::of(known.kind));
        let unwanted = known.filter(|kind| !reaction.wants(kind)).collect();
        let extender = Extender::new(Arc::clone(&tokens), Arc::clone(&clock));
        let live = Arc::new(Live::starting(&name, segment));
        let core =
            Core { name, segment, reaction, unwanted, source, tokens, clock, ids, node, settings, live };
        let (limit, has_retried) = (BATCH_MIN, false);
        Self { core, seat: None, extender, limit, has_retried, failures: 0, away_since: None, rest: None }
    }

    /// Does one piece of work: claims the segment, tries one parked sequence, or handles one page, in turns. Never sleeps. Dropping
    /// the future is like a crash: what was committed stays, the rest is done again.
    pub async fn step(&mut self) -> Step {
        if let Some(until) = self.resting() {
            return Step::Idle { until: Some(until) };
        }
        self.rest = None;
        let step = match self.go_on().await {
            Ok(step) => {
                (self.failures, self.away_since) = (0, None);
                self.core.live.went_on();
                step
            }
            Err(halt) => self.halted(halt).await,
        };
        self.measure();
        step
    }

    /// Whether an arrival is a reason to step; not while something else has to pass first.
    #[must_use]
    pub const fn wants_arrivals(&self) -> bool {
        self.rest.is_none() && self.seat.is_some()
    }

    /// Resolves soon after something arrived that this processor has not read; never without a claim.
    pub async fn arrived(&self) {
        match &self.seat {
            Some(seat) => self.core.source.arrived(&seat.token).await,
            None => std::future::pending().await,
        }
    }

    /// What extends the claim while a step takes long.
    #[must_use]
    pub fn extender(&self) -> Extender {
        self.extender.clone()
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &ProcessorName {
        &self.core.name
    }

    /// Its segment.
    #[must_use]
    pub const fn segment(&self) -> Segment {
        self.core.segment
    }

    /// Stores how far it has come and gives the claim back at once. It may be stepped again later.
    pub async fn close(&mut self) {
        self.store_token().await;
        self.release().await;
        self.core.live.rests("stopped");
    }

    /// Forgets what it held, as after a crash: the next step claims again and finds out from the token.
    pub(super) fn forget(&mut self) {
        self.seat = None;
        self.extender.holds(None);
        self.core.live.doubts();
    }

    pub(super) const fn core(&self) -> &Core {
        &self.core
    }

    async fn go_on(&mut self) -> Result<Step, Halt> {
        self.keep_seat().await?;
        let Some(seat) = self.seat.as_mut() else { return Ok(Step::Advanced) };
        let due = seat.parked.due_sequence(self.core.clock.now());
        let is_due = due.is_some();
        self.has_retried = !self.has_retried && is_due;
        if let Some(sequence) = due.filter(|_| self.has_retried) {
            self.core.knows(&seat.token).await?;
            self.core.retry(seat, &sequence).await?;
            return Ok(Step::Advanced);
        }
        let page = self.core.source.read(&seat.token, &self.core.unwanted, self.limit).await?;
        self.core.sees(&page);
        if page.next == seat.token && page.events.is_empty() {
            return if is_due { Ok(Step::Advanced) } else { self.caught_up().await };
        }
        let (next, head) = (page.next.position, page.head);
        self.core.handle(seat, page).await?;
        self.limit = if next < head { (self.limit * 2).min(BATCH_MAX) } else { BATCH_MIN };
        Ok(Step::Advanced)
    }

    async fn caught_up(&mut self) -> Result<Step, Halt> {
        self.limit = BATCH_MIN;
        let Some(seat) = self.seat.as_mut() else { return Ok(Step::Advanced) };
        seat.store(&*self.core.tokens, self.core.clock.now()).await?;
        self.core.live.waits(CAUGHT_UP);
        let listen = (!seat.parked.is_empty()).then(|| seat.claimed_at.saturating_add(LISTEN_EVERY).ok());
        let until =
            [seat.parked.next_due(self.core.clock.now()), listen.flatten()].into_iter().flatten().min();
        Ok(Step::Idle { until })
    }

    /// Claims the segment if it is not ours; obeys what the last extension said; listens to operators.
    async fn keep_seat(&mut self) -> Result<(), Halt> {
        if self.seat.as_ref().is_some_and(Seat::is_in_doubt) {
            self.forget();
        }
        self.extender.extend_if_due().await;
        match self.extender.standing() {
            Standing::Held => {}
            Standing::Lost(why) => return Err(Halt::Stale(why)),
            Standing::Paused(why) => return Err(Halt::Paused(why)),
        }
        let now = self.core.clock.now();
        if let Some(seat) = &mut self.seat {
            let since = now.duration_since(seat.claimed_at);
            let listen = !seat.parked.is_empty() && (since >= LISTEN_EVERY || since.is_negative());
            if !listen {
                return Ok(());
            }
            seat.store(&*self.core.tokens, now).await?;
        }
        // A node may claim its own segment again: that is how it learns what was said about parked events.
        let core = &self.core;
        let (name, segment, node) = (&core.name, core.segment, core.node);
        let wanted = Wanted { name, segment, segments: core.settings.segments, node };
        let mut seat = claim(&*core.tokens, &*core.source, &wanted, now).await?;
        self.seat.iter().for_each(|before| seat.parked.go_on_from(&before.parked));
        self.extender.holds(Some(&seat.claim));
        self.seat = Some(seat);
        Ok(())
    }

    async fn halted(&mut self, halt: Halt) -> Step {
        tracing::debug!(processor = %self.core.name, ?halt, "a step could not go on");
        self.measure();
        match halt {
            Halt::NotOurs(why) => {
                self.store_token().await;
                self.release().await;
                let step = self.rest_for(LOOK_AGAIN, why.clone());
                self.core.live.leaves_to_others(&why);
                step
            }
            Halt::Paused(why) => {
                self.store_token().await;
                self.release().await;
                self.core.measure_paused().await;
                let step = self.rest_for(LOOK_AGAIN, why.clone());
                self.core.live.is_paused(&why);
                step
            }
            Halt::TooNew(kind) => {
                self.store_token().await;
                self.release().await;
                self.rest_for(LOOK_AGAIN_LATER, format!("event type {kind} is too new for this node"))
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
                    return Step::Advanced;
                }
                self.back_off(&why)
            }
            Halt::Unsure(why) => {
                self.forget();
                self.back_off(&why)
            }
            Halt::Corrupt(why) if self.limit > 1 => {
                self.core.failed(&why);
                self.limit /= 2;
                Step::Advanced
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
        if let Some(seat) = &self.seat {
            self.core.live.stands_at(seat.token.position, seat.parked.letters());
        }
    }

    fn back_off(&mut self, why: &str) -> Step {
        self.failures = self.failures.saturating_add(1);
        self.core.failed(why);
        let since = *self.away_since.get_or_insert_with(|| self.core.clock.now());
        let wait = Backoff::AWAY.after(self.failures, &*self.core.ids);
        if wait >= CLAIM_TTL / 2 {
            // Nobody extends the claim meanwhile, and to find it run out would cost another wait.
            self.forget();
        }
        self.rest_for(wait, format!("{why} (since {since})"))
    }

    fn rest_for(&mut self, wait: Duration, why: String) -> Step {
        let from = self.core.clock.now();
        let until = later(from, wait);
        self.rest = Some(Rest { from, until });
        self.core.live.rests(why);
        Step::Idle { until: Some(until) }
    }

    /// Until when it rests. A clock that was set back ends the rest.
    fn resting(&self) -> Option<Timestamp> {
        let now = self.core.clock.now();
        self.rest.filter(|rest| (rest.from..rest.until).contains(&now)).map(|rest| rest.until)
    }

    async fn store_token(&mut self) {
        let Some(seat) = self.seat.as_mut() else { return };
        if let Err(halt) = seat.store(&*self.core.tokens, self.core.clock.now()).await {
            // Nothing is lost: the events without effect that it had passed are read again.
            tracing::debug!(processor = %self.core.name, ?halt, "the last token was not stored");
        }
    }

    async fn release(&mut self) {
        let Some(seat) = self.seat.take() else { return self.forget() };
        self.extender.holds(None);
        if let Err(error) = self.core.tokens.release(&seat.claim).await {
            // It runs out by itself.
            tracing::debug!(processor = %self.core.name, %error, "a claim was not given back");
        }
    }
}
