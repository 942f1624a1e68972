//! The handlers of all logs that are checked, and how far each has come in what it listens to.

use std::collections::HashMap;

use super::part::Part;
use super::published::MessagePlace;
use super::{Follower, Report};
use crate::messages::{Handler, Topic};
use crate::ports::event_store::Position;
use crate::ports::token_store::ProcessorName;
use crate::reactions::HANDLERS;

/// A handler of one of the logs.
pub(super) struct Listener {
    pub(super) name: ProcessorName,
    pub(super) handler: Handler,
    /// Whose it is.
    part: usize,
    /// It itself, where it follows the log.
    on_the_log: Option<Follower>,
    /// Who follows the partitions of topics for it.
    on_topics: HashMap<(Topic, u32), Follower>,
}

/// What an event is to a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// It has passed it, so what follows from it has to be there.
    Passed,
    /// It keeps it as a dead letter, or an operator has changed it.
    SetAside,
    /// It is still on its way, as far as can be seen.
    NotYet,
}

impl Listener {
    /// All of them.
    pub(super) fn of(parts: &[Part<'_>]) -> Vec<Self> {
        let of_part = |(at, part): (usize, &Part<'_>)| {
            let own = HANDLERS.into_iter().filter(|(name, _)| part.services.have(name));
            own.map(|(name, handler)| Self::among(name, handler, at, &part.followers)).collect::<Vec<_>>()
        };
        parts.iter().enumerate().flat_map(of_part).collect()
    }

    fn among(name: ProcessorName, handler: Handler, part: usize, followers: &[Follower]) -> Self {
        let on_the_log = followers.iter().find(|follower| follower.name == name).cloned();
        let on_topics = followers.iter().filter_map(|follower| {
            let (listening, topic, number) = follower.partition()?;
            (listening == name.as_str()).then(|| ((topic, number), follower.clone()))
        });
        Self { on_topics: on_topics.collect(), name, handler, part, on_the_log }
    }

    /// What an event of a log is to it, whose message stands there.
    pub(super) fn heard(&self, part: usize, position: Position, place: &MessagePlace) -> Heard {
        let by_log = self.on_the_log.as_ref().filter(|_| part == self.part);
        if let Some(heard) = by_log.map(|follower| follower.heard(position)).filter(|it| *it != Heard::NotYet)
        {
            return heard;
        }
        match place {
            MessagePlace::At(topic, number, position) => {
                let follower = self.on_topics.get(&(*topic, *number));
                follower.map_or(Heard::NotYet, |follower| follower.heard(*position))
            }
            MessagePlace::Gone(topic, begins) => {
                let passed = |(number, begin): &(u32, Position)| {
                    let follower = self.on_topics.get(&(*topic, *number));
                    follower.is_some_and(|follower| follower.reached >= *begin)
                };
                if begins.iter().all(passed) { Heard::Passed } else { Heard::NotYet }
            }
            MessagePlace::Unseen => Heard::NotYet,
        }
    }

    /// Says what it has set aside, or that nothing is known of it. `is_alone` when there is nothing but its own log.
    pub(super) fn leave_out(&self, is_alone: bool, report: &mut Report) {
        let name = &self.name;
        match &self.on_the_log {
            None if !self.follows_topics() => {
                report.unjudged.push(format!("what {name} did: it is not known here"));
            }
            Some(Follower { unjudged: Some(why), .. }) if is_alone || !self.follows_topics() => {
                report.unjudged.push(format!("what {name} did: {why}"));
            }
            Some(Follower { unjudged: None, set_aside, .. }) if !set_aside.is_empty() => {
                report.unjudged.push(format!("{} events that {name} has set aside", set_aside.len()));
            }
            Some(_) | None => {}
        }
        let aside = self.on_topics.values().filter(|follower| !follower.set_aside.is_empty());
        let mut aside: Vec<_> = aside.filter(|_| !is_alone).collect();
        aside.sort_by(|one, other| one.name.cmp(&other.name));
        for Follower { name, set_aside, .. } in aside {
            report.unjudged.push(format!("{} messages that {name} has set aside", set_aside.len()));
        }
    }

    pub(super) fn follows_topics(&self) -> bool {
        !self.on_topics.is_empty()
    }
}

impl Follower {
    /// What the event at a position of what it follows is to it.
    pub(super) fn heard(&self, position: Position) -> Heard {
        if self.unjudged.is_some() {
            Heard::NotYet
        } else if self.set_aside.contains(&position) {
            Heard::SetAside
        } else if position <= self.reached {
            Heard::Passed
        } else {
            Heard::NotYet
        }
    }
}
