//! Joining two segments that stand at different positions: both are taken from whoever works on them, the slower one runs
//! up to the other, and then they are joined in one step.

use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::time::{sleep, timeout};

use super::assignment::{Assignment, Core};
use super::claimed_segment::CLAIM_TTL;
use super::context::ProcessorContext;
use super::lease::{BEAT_EVERY, Leases};
use super::processor::Processor;
use super::reaction::{Reaction, cause_of};
use super::set::Processors;
use super::status::StepOutcome;
use crate::ports::ProcessorAdmin;
use crate::ports::event_store::Position;
use crate::ports::processor_admin::{ProcessorState, SegmentState};
use crate::ports::token_store::{Claimed, Generation, NodeId, ProcessorName, Segment, TokenError};

/// How soon something is tried again that did not go.
const AGAIN: Duration = Duration::from_millis(100);
/// How long giving back may take once the time is over; what is not given back runs out by itself.
const GIVES_BACK_WITHIN: Duration = Duration::from_secs(2);

/// Why two segments were not joined.
#[derive(Debug, Error)]
pub enum CannotMerge {
    /// This process has none of this name.
    #[error("there is no processor {name} here")]
    NotHere {
        /// The name.
        name: ProcessorName,
    },
    /// They did not come to the same position in time. Whoever worked on them goes on.
    #[error(
        "segment {segment} of {name} and its sibling were not at the same position within {limit:?}: {why}; try again with \
         more time"
    )]
    NotInTime {
        /// The name.
        name: ProcessorName,
        /// The segment.
        segment: Segment,
        /// How long it was tried.
        limit: Duration,
        /// What it waited for last.
        why: String,
    },
    /// The token store refused or could not be asked.
    #[error(transparent)]
    Tokens(#[from] TokenError),
}

impl Processors {
    /// Joins a segment of the live generation with its sibling, and answers what both are now. Where they stand at
    /// different positions, both are taken from whoever works on them, on whichever node, and the slower one is worked on
    /// here up to where the other one stands.
    ///
    /// # Errors
    /// [`CannotMerge`]: the limit is over, or the token store says why not, as
    /// [`ProcessorAdmin::merge`] does; [`TokenError::Paused`] when one would have to run first.
    pub async fn merge(
        &self,
        name: &ProcessorName,
        segment: Segment,
        limit: Duration,
    ) -> Result<Segment, CannotMerge> {
        let found = self.find(name).zip(self.admin());
        let (known, admin) = found.ok_or_else(|| CannotMerge::NotHere { name: name.clone() })?;
        let merged = match admin.merge(name, segment).await {
            Err(refusal @ TokenError::CannotReshape { .. }) => {
                let states = admin.processors().await?;
                let state = states.iter().find(|state| state.name == *name);
                let apart = state.and_then(|state| apart(state, segment)).ok_or(refusal)?;
                let mut meeting = Meeting::of(name, segment, apart, known.recipe());
                meeting.meet_within(&*admin, limit).await
            }
            merged => merged.map_err(CannotMerge::Tokens),
        };
        self.heed();
        merged
    }
}

/// A segment and its sibling that are both there and do not stand at the same position, and their generation.
fn apart(state: &ProcessorState, segment: Segment) -> Option<(Generation, [Segment; 2])> {
    let (sibling, _) = segment.sibling()?;
    let find = |wanted| state.live_segments().find(|known: &&SegmentState| known.segment == wanted);
    let (one, other) = find(segment).zip(find(sibling))?;
    let is_apart = state.rebuilding.is_none() && one.token != other.token;
    is_apart.then_some((state.live, [segment, sibling]))
}

/// Two segments on their way to the same position.
struct Meeting {
    name: ProcessorName,
    segment: Segment,
    live: Generation,
    both: [Segment; 2],
    reaction: Reaction,
    /// As a node of its own, so that this one's processors are no other than those of others.
    within: ProcessorContext,
    /// The one that is ahead.
    ahead: Option<(Claimed, Timestamp)>,
    /// The one that catches up.
    behind: Option<Processor>,
    why: String,
}

impl Meeting {
    fn of(
        name: &ProcessorName,
        segment: Segment,
        (live, both): (Generation, [Segment; 2]),
        (reaction, within): (Reaction, ProcessorContext),
    ) -> Self {
        let node = NodeId::new(within.ids.next());
        let within = ProcessorContext { node, leases: Leases::without_beat(), ..within };
        let why = "they are worked on".to_owned();
        Self { name: name.clone(), segment, live, both, reaction, within, ahead: None, behind: None, why }
    }

    async fn meet_within(
        &mut self,
        admin: &dyn ProcessorAdmin,
        limit: Duration,
    ) -> Result<Segment, CannotMerge> {
        let met = timeout(limit, self.meet(admin)).await;
        if !matches!(met, Ok(Ok(_))) {
            let _ = timeout(GIVES_BACK_WITHIN, self.give_back()).await; // what is not given back runs out
        }
        let (name, segment, why) = (self.name.clone(), self.segment, std::mem::take(&mut self.why));
        let met = met.map_err(|_elapsed| CannotMerge::NotInTime { name, segment, limit, why })?;
        met.map_err(CannotMerge::Tokens)
    }

    async fn meet(&mut self, admin: &dyn ProcessorAdmin) -> Result<Segment, TokenError> {
        loop {
            self.come_together().await?;
            match admin.merge(&self.name, self.segment).await {
                // Somebody took one of them in between, or the end of a call is not known.
                Err(TokenError::CannotReshape { why, .. }) => why.clone_into(&mut self.why),
                Err(error) if is_passing(&error) => self.why = cause_of(&error),
                merged => return merged,
            }
            sleep(AGAIN).await;
        }
    }

    /// Has both at the same position, as far as nobody takes one of them.
    async fn come_together(&mut self) -> Result<(), TokenError> {
        let [one, other] = self.both;
        let (one, other) = (self.take(one).await?, self.take(other).await?);
        let (behind, ahead) =
            if one.token.position <= other.token.position { (one, other) } else { (other, one) };
        let bound = ahead.token.position;
        let assigned = Assignment { name: self.name.clone(), segment: behind.claim.segment, beside: None };
        let core = Core { bound: Some(bound), ..Core::of(assigned, self.reaction.clone(), &self.within) };
        self.ahead = Some((ahead, self.within.clock.now()));
        self.behind = Some(Processor::around(core, &self.within));
        while !self.has_caught_up(bound).await {
            self.hold_ahead().await?;
        }
        Ok(())
    }

    /// Works on the one that is behind, and says whether it has stored that it is where the other one stands.
    async fn has_caught_up(&mut self, bound: Position) -> bool {
        let Some(behind) = &mut self.behind else { return true };
        let step = behind.step().await;
        behind.store_token().await;
        if behind.has_stored(bound) {
            return true;
        }
        if let StepOutcome::Idle { .. } = step {
            self.why = behind.core().live.said().waiting;
            sleep(AGAIN).await;
        }
        false
    }

    /// Claims the one that is ahead again before its claim runs out.
    async fn hold_ahead(&mut self) -> Result<(), TokenError> {
        let Some((ahead, since)) = &self.ahead else { return Ok(()) };
        let (segment, age) = (ahead.claim.segment, self.within.clock.now().duration_since(*since));
        if age >= BEAT_EVERY || age.is_negative() {
            self.ahead = Some((self.take(segment).await?, self.within.clock.now()));
        }
        Ok(())
    }

    /// Claims a segment, also one that somebody else holds: in that one's name, which ends the claim, and then for this.
    async fn take(&mut self, segment: Segment) -> Result<Claimed, TokenError> {
        let (tokens, node) = (self.within.tokens.store.clone(), self.within.node);
        let claim = async |node| tokens.claim(&self.name, self.live, segment, node, CLAIM_TTL).await;
        loop {
            let taken = match claim(node).await {
                Err(TokenError::Held { owner, .. }) => match claim(owner).await {
                    Ok(held) => tokens.release(&held.claim).await.err(),
                    Err(error) => Some(error),
                },
                Err(error) => Some(error),
                taken => return taken,
            };
            match taken {
                None => continue,
                Some(error) if is_passing(&error) => self.why = cause_of(&error),
                Some(error) => return Err(error),
            }
            sleep(AGAIN).await;
        }
    }

    async fn give_back(&mut self) {
        if let Some(behind) = &mut self.behind {
            behind.close().await;
        }
        if let Some((ahead, _)) = &self.ahead
            && let Err(error) = self.within.tokens.store.release(&ahead.claim).await
        {
            tracing::debug!(cause = cause_of(&error), "a claim was not given back");
        }
    }
}

/// Whether a later try may go through.
const fn is_passing(error: &TokenError) -> bool {
    match error {
        TokenError::Unavailable { .. }
        | TokenError::UnknownOutcome { .. }
        | TokenError::Held { .. }
        | TokenError::Stale { .. } => true,
        TokenError::Corrupt { .. }
        | TokenError::Paused { .. }
        | TokenError::Unknown { .. }
        | TokenError::Full { .. }
        | TokenError::LetterChanged { .. }
        | TokenError::CannotReshape { .. }
        | TokenError::CannotReset { .. }
        | TokenError::CannotSwitch { .. } => false,
    }
}
