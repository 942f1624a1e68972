//! What stands in the token store, compared with what this process works on: segments that were split, merged or
//! registered since it started, and views that are rebuilt beside those that readers see.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::assignment::Assignment;
use super::context::ProcessorContext;
use super::lease::LeaseRenewer;
use super::reaction::cause_of;
use super::set::Processors;
use super::shared_look::LastLook;
use crate::ports::token_store::{ProcessorName, TokenError};

/// How soon it looks again without any hint, for what a node of a version said that does not count it.
const LOOK_AT_LAST: SignedDuration = SignedDuration::from_secs(30);
/// The same while a view is rebuilt.
const LOOK_AT_REBUILDS: SignedDuration = SignedDuration::from_secs(1);
/// How many rows of each view of a generation that has ended go at once.
const SWEPT_AT_ONCE: usize = 1_000;

/// Keeps the processors of a process to what stands in the token store, whoever put it there.
pub struct Supervisor {
    processors: Processors,
    within: ProcessorContext,
    renewer: LeaseRenewer,
    compared: Option<Timestamp>,
    /// Processors with a generation that has ended, and has rows still.
    swept: BTreeSet<ProcessorName>,
}

impl Supervisor {
    /// Of these processors, which work within this.
    #[must_use]
    pub fn of(processors: Processors, within: ProcessorContext) -> Self {
        let renewer = LeaseRenewer::new(&within);
        Self { processors, within, renewer, compared: None, swept: BTreeSet::new() }
    }

    /// Says that the node lives when that is due, also one that has nothing to do, so that it gets its part.
    pub async fn beat(&self) {
        self.renewer.extend_if_due().await;
    }

    /// Compares, when there is a reason to: a claim was lost, an operator said something, somebody has looked, a view is rebuilt, or it is half a minute ago. Answers what has ended, and has to be closed; what has
    /// begun is to be taken from the processors. A view that was rebuilt and has caught up takes over, and of what it has
    /// replaced a piece goes with each call.
    ///
    /// # Errors
    /// [`TokenError`] when the token store cannot be asked; the next call asks again.
    pub async fn look(&mut self) -> Result<Vec<Assignment>, TokenError> {
        self.switch().await;
        self.sweep().await;
        let Some(look) = self.seen().await? else { return Ok(vec![]) };
        self.compared = Some(look.at);
        let ended = self.processors.obey(&look.states);
        for Assignment { name, segment, .. } in &ended {
            tracing::info!(processor = %name, %segment, "a segment is there no more and is not worked on any more");
        }
        let others = !self.within.settings.exclusive;
        self.within.leases.are_of(others.then(|| self.processors.segments_among_nodes(&look.states)));
        let dropped = self.processors.see_rebuilds(&look.states, look.at);
        self.swept.extend(dropped);
        self.switch().await;
        Ok(ended)
    }

    /// Whether there is something that is done piece by piece, so that the next look should come soon.
    pub(super) fn is_busy(&self) -> bool {
        !self.swept.is_empty() || !self.processors.near_rebuilds().is_empty()
    }

    /// The processors.
    pub(super) const fn processors(&self) -> &Processors {
        &self.processors
    }

    pub(super) const fn within(&self) -> &ProcessorContext {
        &self.within
    }

    pub(super) const fn renewer(&self) -> &LeaseRenewer {
        &self.renewer
    }

    /// Has those take over that have caught up.
    async fn switch(&mut self) {
        for name in self.processors.near_rebuilds() {
            match self.within.tokens.admin.switch(&name, false).await {
                Ok(()) => {
                    tracing::info!(processor = %name, "a view that was built again is the one that readers see");
                    self.processors.rebuild_took_over(&name);
                    self.processors.heed();
                    self.swept.insert(name);
                }
                // Another node was first, or it was cancelled.
                Err(TokenError::Unknown { .. }) => self.processors.heed(),
                Err(error) => {
                    tracing::debug!(processor = %name, cause = cause_of(&error), "a rebuilt view does not take over yet");
                    self.processors.rebuild_waits(&name, &error);
                }
            }
        }
    }

    /// Removes a piece of what has ended.
    async fn sweep(&mut self) {
        let Some(name) = self.swept.first().cloned() else { return };
        match self.within.tokens.admin.sweep(&name, SWEPT_AT_ONCE).await {
            Ok(0) => drop(self.swept.remove(&name)),
            Ok(rows) => tracing::debug!(processor = %name, rows, "rows of an ended generation are removed"),
            Err(error) => {
                // Whoever sweeps now and then finds them.
                tracing::debug!(processor = %name, cause = cause_of(&error), "rows of an ended generation stay for now");
                self.swept.remove(&name);
            }
        }
    }

    /// How all processors stand, if that may be something new.
    async fn seen(&self) -> Result<Option<LastLook>, TokenError> {
        let (now, leases) = (self.within.clock.now(), &self.within.leases);
        let is_told = leases.take_news();
        if is_told {
            leases.look().forget().await;
        }
        if is_told || self.is_due(now) {
            let seen = leases.look().all(&*self.within.tokens.admin, now).await;
            return seen.map(Some).inspect_err(|_| leases.has_news());
        }
        let last = leases.look().last().await;
        Ok(last.filter(|last| self.compared != Some(last.at)))
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let Some(compared) = self.compared else { return true };
        let since = now.duration_since(compared);
        let wait = if self.processors.are_any_rebuilt() { LOOK_AT_REBUILDS } else { LOOK_AT_LAST };
        since >= wait || since.is_negative()
    }
}
