//! The library as all logs together show it: what takes more than one of them.

use super::attempts::Attempts;
use super::effects::Effects;
use super::part::Part;
use super::published::MessageCheck;
use super::replayed::Replayed;
use super::topics::ReadTopics;
use super::{Report, VerifyError, rules};
use crate::codec::AnyEvent;
use crate::messages::messages_of;
use crate::processing::DecodedEvent;
use crate::services::Services;

/// Everything that looks at each event of each log.
pub(super) struct Whole {
    /// Whose logs they are.
    services: Vec<Services>,
    effects: Effects,
    /// None when no topics are looked at.
    messages: Option<MessageCheck>,
    replayed: Replayed,
    attempts: Attempts,
}

impl Whole {
    pub(super) fn of(parts: &[Part<'_>], has_topics: bool) -> Self {
        Self {
            services: parts.iter().map(|part| part.services).collect(),
            effects: Effects::of(parts),
            messages: has_topics.then(|| MessageCheck::of(parts)),
            replayed: Replayed::default(),
            attempts: Attempts::default(),
        }
    }

    /// Takes in an event of a log. What others recorded in it, when it was theirs, is nothing to its services.
    pub(super) fn see(&mut self, part: usize, happened: &DecodedEvent) {
        let DecodedEvent { recorded, metadata, event } = happened;
        self.effects.see(part, happened);
        if !event.service().is_some_and(|service| self.services[part].contains(service)) {
            return;
        }
        self.replayed.see(recorded, event);
        if let AnyEvent::RentalCard(event) = event {
            self.attempts.see(event, recorded.position);
        }
        for message in messages_of(recorded, metadata, event) {
            self.effects.await_effects(part, recorded.position, &message);
            if let Some(messages) = &mut self.messages {
                messages.await_message(part, &message);
            }
        }
    }

    /// Leaves out what an event touches that came later.
    pub(super) fn leave_out(&mut self, happened: &DecodedEvent) {
        if let AnyEvent::RentalCard(event) = &happened.event {
            self.attempts.leave_out(event, happened.recorded.position);
        }
    }

    /// Compares the topics with what the logs say.
    pub(super) async fn look_into(&mut self, topics: &ReadTopics) -> Result<(), VerifyError> {
        if let Some(messages) = &mut self.messages {
            topics.read(messages).await?;
        }
        Ok(())
    }

    /// Judges it, as far as these logs show it.
    pub(super) fn judge(self, parts: &[Part<'_>], report: &mut Report) {
        let Self { services, effects, messages, replayed, attempts } = self;
        let all = services.iter().flat_map(|services| services.iter());
        let all = Services::of(all).unwrap_or(Services::ALL);
        report.leave_to_others(all, parts.len());
        attempts.sort_into(report);
        let outcome = effects.outcome(messages.as_ref());
        rules::judge(all, &replayed, &attempts, &outcome.uncounted, report);
        effects.judge(&outcome, parts, messages.is_some(), report);
        if let Some(messages) = messages {
            messages.judge(parts, report);
        }
    }
}
