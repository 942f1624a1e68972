//! What stands in the token store, compared with what this process works on: segments that were split, merged or
//! registered since it started.

use jiff::{SignedDuration, Timestamp};

use super::assignment::Assignment;
use super::context::ProcessorContext;
use super::lease::LeaseRenewer;
use super::set::Processors;
use super::shared_look::LastLook;
use crate::ports::token_store::TokenError;

/// How soon it looks again without any hint, for what a node of a version said that does not count it.
const LOOK_AT_LAST: SignedDuration = SignedDuration::from_secs(30);

/// Keeps the processors of a process to what stands in the token store, whoever put it there.
pub struct Supervisor {
    processors: Processors,
    within: ProcessorContext,
    renewer: LeaseRenewer,
    compared: Option<Timestamp>,
}

impl Supervisor {
    /// Of these processors, which work within this.
    #[must_use]
    pub fn of(processors: Processors, within: ProcessorContext) -> Self {
        let renewer = LeaseRenewer::new(&within);
        Self { processors, within, renewer, compared: None }
    }

    /// Compares, when there is a reason to: a claim was lost, an operator said something, somebody has looked, or it is
    /// half a minute ago. Answers what has ended, and has to be closed; what has begun is to be taken from the
    /// processors.
    ///
    /// # Errors
    /// [`TokenError`] when the token store cannot be asked; the next call asks again.
    pub async fn look(&mut self) -> Result<Vec<Assignment>, TokenError> {
        let Some(look) = self.seen().await? else { return Ok(vec![]) };
        self.compared = Some(look.at);
        let ended = self.processors.obey(&look.states);
        for Assignment { name, segment, .. } in &ended {
            tracing::info!(processor = %name, %segment, "a segment is there no more and is not worked on any more");
        }
        Ok(ended)
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
        since >= LOOK_AT_LAST || since.is_negative()
    }
}
