//! I6: what follows from an event was done, once, by every handler that has passed it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::listeners::{Heard, Listener};
use super::part::Part;
use super::published::{MessageCheck, MessagePlace};
use super::{Invariant, Report};
use crate::codec::Actor;
use crate::messages::{Handler, Message, command_of};
use crate::ports::event_store::{CommandId, EventId, Position};
use crate::ports::token_store::ProcessorName;
use crate::processing::DecodedEvent;
use crate::reactions::effect_id;
use uuid::Uuid;

/// What has to have happened, and what did.
pub(super) struct Effects {
    listeners: Vec<Listener>,
    /// What was done, and in which log.
    done: HashMap<CommandId, usize>,
    /// What handlers did because of an event: each does one thing at most.
    caused: HashMap<(EventId, Handler), CommandId>,
    expected: Vec<Expected>,
    twice: Vec<Twice>,
}

struct Expected {
    command: CommandId,
    message: Uuid,
    position: Position,
    part: usize,
    listener: usize,
}

/// Something that may have been done twice.
enum Twice {
    /// The same command stands in two logs.
    InTwoLogs(CommandId, usize, usize),
    /// A handler did two things because of one event. Only of events that are known here it shows which is the right one.
    ByTwoCommands { handler: Handler, one: CommandId, other: CommandId, position: Position, part: usize },
}

/// What became of what was expected.
#[derive(Default)]
pub(super) struct EffectOutcome {
    missing: BTreeMap<usize, EffectTally>,
    on_the_way: BTreeMap<usize, u64>,
    /// Where the events with the cards stand that are not counted in the ranking yet, or need not be.
    pub(super) uncounted: HashSet<Position>,
}

/// How many there are, and the first.
#[derive(Default)]
struct EffectTally {
    count: u64,
    first: Option<(usize, Position)>,
}

impl Effects {
    pub(super) fn of(parts: &[Part<'_>]) -> Self {
        Self {
            listeners: Listener::of(parts),
            done: HashMap::new(),
            caused: HashMap::new(),
            expected: Vec::new(),
            twice: Vec::new(),
        }
    }

    /// Takes in what was done in a log.
    pub(super) fn see(&mut self, part: usize, happened: &DecodedEvent) {
        let (command, position) = (happened.metadata.command, happened.recorded.position);
        if let Some(other) = self.done.insert(command, part).filter(|other| *other != part) {
            self.twice.push(Twice::InTwoLogs(command, other, part));
        }
        let Actor::Service(name) = &happened.metadata.actor else { return };
        let handler = Handler::ALL.into_iter().find(|handler| handler.name() == name);
        if let Some((handler, event)) = handler.zip(happened.metadata.causation)
            && let Some(one) = self.caused.insert((event, handler), command).filter(|one| *one != command)
        {
            self.twice.push(Twice::ByTwoCommands { handler, one, other: command, position, part });
        }
    }

    /// Takes in what is said by an event of a log.
    pub(super) fn await_effects(&mut self, part: usize, position: Position, message: &Message) {
        for (at, listener) in self.listeners.iter().enumerate() {
            if command_of(listener.handler, message).is_some() {
                let (command, message) = (effect_id(&listener.name, &message.envelope), message.envelope.id);
                self.expected.push(Expected { command, message, position, part, listener: at });
            }
        }
    }

    /// What became of all that was expected.
    pub(super) fn outcome(&self, messages: Option<&MessageCheck>) -> EffectOutcome {
        let mut outcome = EffectOutcome::default();
        for expected in &self.expected {
            let Expected { command, message, position, part, listener } = *expected;
            let place = messages.map_or(MessagePlace::Unseen, |messages| messages.place_of(message));
            let heard = self.listeners[listener].heard(part, position, &place);
            let is_done = self.done.contains_key(&command);
            match heard {
                Heard::Passed if !is_done => outcome.missing.entry(listener).or_default().add(part, position),
                Heard::NotYet if !is_done => {
                    *outcome.on_the_way.entry(listener).or_default() += 1;
                    outcome.is_not_counted(self.listeners[listener].handler, position);
                }
                Heard::SetAside => outcome.is_not_counted(self.listeners[listener].handler, position),
                Heard::Passed | Heard::NotYet => {}
            }
        }
        outcome
    }

    /// Judges all of it. That nothing was done twice in one log shows in its order too: no command stands in it twice.
    pub(super) fn judge(
        self,
        outcome: &EffectOutcome,
        parts: &[Part<'_>],
        has_topics: bool,
        report: &mut Report,
    ) {
        let is_alone = parts.len() == 1 && !has_topics;
        let of = |part: usize| {
            if parts.len() == 1 { String::new() } else { format!(" of {}", parts[part].title()) }
        };
        for (at, EffectTally { count, first }) in &outcome.missing {
            let (part, position) = first.unwrap_or_default();
            let name = &self.listeners[*at].name;
            let found =
                format!("{name} passed {count} events without effect, the first at {position}{}", of(part));
            report.violated(Invariant::Effects, found);
        }
        self.judge_repeats(&of, report);
        for listener in &self.listeners {
            listener.leave_out(is_alone, report);
        }
        if !is_alone {
            for (at, count) in &outcome.on_the_way {
                self.listeners[*at].leave_out_on_the_way(*count, has_topics, report);
            }
        }
    }

    fn judge_repeats(&self, of: &impl Fn(usize) -> String, report: &mut Report) {
        let asked: HashSet<CommandId> = match self.twice.is_empty() {
            true => HashSet::new(),
            false => self.expected.iter().map(|expected| expected.command).collect(),
        };
        for twice in &self.twice {
            match twice {
                Twice::InTwoLogs(command, one, other) => {
                    let found = format!("command {command} was done twice:{} and{}", of(*one), of(*other));
                    report.violated(Invariant::Effects, found);
                }
                Twice::ByTwoCommands { handler, one, other, position, part } => {
                    if asked.contains(one) || asked.contains(other) {
                        let (name, of) = (handler.name(), of(*part));
                        let found = format!(
                            "{name} did twice what one event asks, with commands {one} and {other}, the later one at \
                             {position}{of}"
                        );
                        report.violated(Invariant::Effects, found);
                    }
                }
            }
        }
    }
}

impl Listener {
    fn leave_out_on_the_way(&self, count: u64, has_topics: bool, report: &mut Report) {
        let name: &ProcessorName = &self.name;
        if !self.follows_topics() {
            return;
        }
        let why = if has_topics {
            "they are on their way"
        } else {
            "they are on their way, unless it has passed them, which only the topics show"
        };
        report.unjudged.push(format!("{count} messages of which {name} has left no effect: {why}"));
    }
}

impl EffectOutcome {
    fn is_not_counted(&mut self, handler: Handler, position: Position) {
        if handler == Handler::CountRentals {
            self.uncounted.insert(position);
        }
    }
}

impl EffectTally {
    fn add(&mut self, part: usize, position: Position) {
        self.count += 1;
        self.first.get_or_insert((part, position));
    }
}
