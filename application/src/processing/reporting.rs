//! What a processor says of its work: to those who ask how it stands, in the log, and as metrics.

use super::assignment::Core;
use super::halt::Halt;
use super::message_counts;
use super::parking::ATTEMPTS_MAX;
use super::status::whole;
use crate::ports::dead_letters::{DeadLetter, DeadLetterKind};
use crate::ports::event_store::Position;
use crate::ports::message_source::{SourcePage, StartingPoint, Token};

impl Core {
    pub(super) fn sees(&self, page: &SourcePage) {
        let position = page.next.position;
        self.live.sees_head(page.head);
        if page.events.is_empty() {
            self.live.waits(format!("no matching events up to {position}"));
        } else {
            let behind = page.head.value().saturating_sub(position.value());
            self.live.waits(format!("working, {behind} events behind"));
        }
    }

    /// That the log has what a token names, which the last page said, or else it is asked: what is tried again must not
    /// be of another log.
    pub(super) async fn knows(&self, token: &Token) -> Result<(), Halt> {
        if !self.live.fits() {
            self.source.knows(token).await?;
            self.live.is_sure();
        }
        Ok(())
    }

    /// Where the log ends; none when that cannot be asked now, which whoever reads it says.
    pub(super) async fn log_end(&self) -> Option<Position> {
        self.source.token_at(StartingPoint::Head).await.ok().map(|token| token.position)
    }

    /// Nobody works on a paused segment, and what lies before it grows all the same.
    pub(super) async fn measure_paused(&self) {
        let seen = self.leases.look().at(self.name(), &*self.tokens.admin, self.clock.now()).await;
        let Some(state) = seen.ok().flatten() else { return }; // a gauge of a moment ago does no harm
        let ours = self.assigned.found_in(&state);
        let (Some(ours), Some(head)) = (ours, self.log_end().await) else { return };
        let is_foreign = self.source.knows(&ours.token).await.is_err_and(|error| error.is_foreign());
        let behind = head.value().saturating_sub(ours.token.position.value());
        // The store counts letters by processor.
        let letters = (state.segments.len() == 1).then_some(state.parked + state.abandoned);
        self.live.is_behind(if is_foreign { whole(head) } else { behind }, letters);
    }

    pub(super) fn failed(&self, cause: &str) {
        metrics::counter!("rental_processor_errors_total", "processor" => self.name().to_string())
            .increment(1);
        tracing::warn!(processor = %self.name(), cause, "a processor could not go on");
        self.live.failed(cause);
    }

    pub(super) fn count_handled(&self, events: usize) {
        let events = u64::try_from(events).unwrap_or(u64::MAX);
        metrics::counter!("rental_processor_events_total", "processor" => self.name().to_string())
            .increment(events);
        if self.assigned.beside.is_none() {
            message_counts::consumed(self.name(), events);
        }
    }

    /// Says once, where it is kept, what could not be handled.
    pub(super) fn report_letters(&self, letters: &[DeadLetter]) {
        for letter in letters {
            let Some(failure) = letter.failures.last() else { continue };
            let (position, attempts) = (letter.position().value(), letter.attempts);
            let cause = failure.cause.as_str();
            let (what, limit) = match letter.kind {
                DeadLetterKind::Parked => ("parked", format!(" of {ATTEMPTS_MAX}")),
                DeadLetterKind::Abandoned => ("abandoned", format!(" of {ATTEMPTS_MAX}")),
                DeadLetterKind::Rejected => ("rejected", String::new()),
            };
            if attempts == 0 {
                tracing::debug!(processor = %self.name(), position, cause, "an event waits");
                self.live.failed(format!("event {position} waits: {cause}"));
                continue;
            }
            tracing::warn!(processor = %self.name(), position, attempts, what, cause, "an event was not handled");
            self.live.failed(format!("event {position} failing, attempt {attempts}{limit}: {cause}"));
            metrics::counter!("rental_processor_errors_total", "processor" => self.name().to_string())
                .increment(1);
            metrics::counter!("rental_processor_letters_total", "processor" => self.name().to_string(), "kind" => what)
                .increment(1);
            if letter.kind == DeadLetterKind::Rejected {
                message_counts::rejected(self.name());
            }
        }
    }
}
