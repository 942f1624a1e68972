//! I6: what follows from an event was done, once, by every handler that has passed it.

use std::collections::{BTreeMap, HashSet};

use super::{Follower, Invariant, Report};
use crate::messages::{Handler, command_of, messages_of};
use crate::ports::event_store::{CommandId, Position};
use crate::ports::token_store::ProcessorName;
use crate::processing::DecodedEvent;
use crate::reactions::{HANDLERS, effect_id};
use crate::services::Services;

/// What has to have happened, and what did.
pub(super) struct Effects {
    handlers: Vec<(Follower, Handler)>,
    unknown: Vec<ProcessorName>,
    done: HashSet<CommandId>,
    expected: Vec<Expected>,
}

struct Expected {
    command: CommandId,
    handler: usize,
    position: Position,
}

impl Effects {
    /// The handlers of these services among those who follow the log.
    pub(super) fn of(services: Services, mut followers: Vec<Follower>) -> Self {
        let (mut handlers, mut unknown) = (Vec::new(), Vec::new());
        for (name, handler) in HANDLERS.into_iter().filter(|(name, _)| services.have(name)) {
            match followers.iter().position(|follower| follower.name == name) {
                Some(at) => handlers.push((followers.swap_remove(at), handler)),
                None => unknown.push(name),
            }
        }
        Self { handlers, unknown, done: HashSet::new(), expected: Vec::new() }
    }

    pub(super) fn see(&mut self, happened: &DecodedEvent) {
        self.done.insert(happened.metadata.command);
        for message in messages_of(&happened.recorded, &happened.metadata, &happened.event) {
            for (index, (follower, handler)) in self.handlers.iter().enumerate() {
                let position = happened.recorded.position;
                if follower.has_done(position) && command_of(*handler, &message).is_some() {
                    let command = effect_id(&follower.name, &message.envelope);
                    self.expected.push(Expected { command, handler: index, position });
                }
            }
        }
    }

    /// That nothing was done twice shows in the order: no command stands in the log twice.
    pub(super) fn judge(self, report: &mut Report) {
        let mut missing: BTreeMap<&ProcessorName, Vec<Position>> = BTreeMap::new();
        for expected in self.expected.iter().filter(|expected| !self.done.contains(&expected.command)) {
            missing.entry(&self.handlers[expected.handler].0.name).or_default().push(expected.position);
        }
        for (name, positions) in missing {
            let first = positions.first().copied().unwrap_or_default();
            let found =
                format!("{name} passed {} events without effect, the first at {first}", positions.len());
            report.violated(Invariant::Effects, found);
        }
        self.leave_out(report);
    }

    fn leave_out(&self, report: &mut Report) {
        for (Follower { name, set_aside, unjudged, .. }, _) in &self.handlers {
            if let Some(why) = unjudged {
                report.unjudged.push(format!("what {name} did: {why}"));
            } else if !set_aside.is_empty() {
                report.unjudged.push(format!("{} events that {name} has set aside", set_aside.len()));
            }
        }
        let unknown = self.unknown.iter().map(|name| format!("what {name} did: it is not known here"));
        report.unjudged.extend(unknown);
    }
}

impl Follower {
    /// Whether what follows from the event there has to be in the log.
    pub(super) fn has_done(&self, position: Position) -> bool {
        self.unjudged.is_none() && position <= self.reached && !self.set_aside.contains(&position)
    }
}
