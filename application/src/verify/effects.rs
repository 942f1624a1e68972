//! I6: what follows from an event was done, once, by every handler that has passed it.

use std::collections::{BTreeMap, HashSet};

use super::{Invariant, Report, VerifyError};
use crate::messages::{Handler, command_of, messages_of};
use crate::ports::TokenStore;
use crate::ports::event_store::{CommandId, EventId, Position};
use crate::ports::token_store::{LetterQuery, ProcessorName};
use crate::processing::Happened;
use crate::reactions::{HANDLERS, effect_id};

/// More letters than a processor can have.
const LETTERS_MAX: usize = 2_000_000;

/// What has to have happened, and what did.
pub(super) struct Effects {
    handlers: Vec<Passed>,
    done: HashSet<CommandId>,
    expected: Vec<Expected>,
}

/// A handler, how far it is, and the events it has letters for.
struct Passed {
    name: ProcessorName,
    handler: Handler,
    reached: Position,
    letters: HashSet<EventId>,
}

struct Expected {
    command: CommandId,
    handler: usize,
    position: Position,
}

impl Effects {
    /// Asks how far the handlers are and which letters they have.
    pub(super) async fn start(tokens: &dyn TokenStore, report: &mut Report) -> Result<Self, VerifyError> {
        let mut handlers = Vec::new();
        for (name, handler) in HANDLERS {
            let reached = tokens.progress(&name).await?.unwrap_or_default();
            let wanted = LetterQuery { processor: Some(name.clone()), ..LetterQuery::default() };
            let letters = tokens.letters(&wanted, LETTERS_MAX).await?;
            if !letters.is_empty() {
                report.unjudged.push(format!("{} events that {name} has dead letters for", letters.len()));
            }
            let letters = letters.into_iter().map(|letter| letter.event.id).collect();
            handlers.push(Passed { name, handler, reached, letters });
        }
        Ok(Self { handlers, done: HashSet::new(), expected: Vec::new() })
    }

    pub(super) fn see(&mut self, happened: &Happened) {
        self.done.insert(happened.metadata.command);
        for message in messages_of(&happened.recorded, &happened.metadata, &happened.event) {
            for (index, passed) in self.handlers.iter().enumerate() {
                let (position, id) = (happened.recorded.position, happened.recorded.id);
                let due = position <= passed.reached && !passed.letters.contains(&id);
                if due && command_of(passed.handler, &message).is_some() {
                    let command = effect_id(&passed.name, &message.envelope);
                    self.expected.push(Expected { command, handler: index, position });
                }
            }
        }
    }

    /// That nothing was done twice shows in the order: no command stands in the log twice.
    pub(super) fn judge(self, report: &mut Report) {
        let mut missing: BTreeMap<&ProcessorName, Vec<Position>> = BTreeMap::new();
        for expected in self.expected.iter().filter(|expected| !self.done.contains(&expected.command)) {
            missing.entry(&self.handlers[expected.handler].name).or_default().push(expected.position);
        }
        for (name, positions) in missing {
            let first = positions.first().copied().unwrap_or_default();
            let found =
                format!("{name} passed {} events without effect, the first at {first}", positions.len());
            report.violated(Invariant::Effects, found);
        }
    }
}
