//! I7: every place is taken once, and nothing lies between.

use std::collections::{HashMap, HashSet};

use super::{Invariant, Report};
use crate::codec::Metadata;
use crate::ports::event_store::{CommandId, EventId, Position, Recorded, StreamName, Version};

/// What was seen of the order so far.
#[derive(Default)]
pub(super) struct Order {
    last: Position,
    versions: HashMap<StreamName, (Version, CommandId)>,
    events: HashSet<EventId>,
    commands: HashSet<CommandId>,
    found: Vec<String>,
}

impl Order {
    pub(super) fn see(&mut self, recorded: &Recorded, metadata: &Metadata) {
        if recorded.position != self.last.plus(1) {
            self.found.push(format!("position {} follows {}", recorded.position, self.last));
        }
        self.last = recorded.position;
        if !self.events.insert(recorded.id) {
            self.found.push(format!(
                "event id {} at position {} stands in the log before",
                recorded.id, recorded.position
            ));
        }
        let before = self.versions.insert(recorded.stream.clone(), (recorded.version, metadata.command));
        let (version, command) =
            before.map_or((Version::START, None), |(version, command)| (version, Some(command)));
        if recorded.version != version.plus(1) {
            self.found.push(format!("version {} of {} follows {version}", recorded.version, recorded.stream));
        }
        let new_part = command != Some(metadata.command);
        // By the mark on the first event a repeat of the command is known; without it, it would be done again.
        if recorded.command != new_part.then_some(metadata.command) {
            let marked = recorded.command.map_or("no command".to_owned(), |command| command.to_string());
            self.found.push(format!(
                "the event at position {} is marked with {marked}, and its metadata say {}{}",
                recorded.position,
                metadata.command,
                if new_part { "" } else { ", which stands on the one before" }
            ));
        }
        if new_part && !self.commands.insert(metadata.command) {
            self.found.push(format!(
                "command {} at position {} was done before",
                metadata.command, recorded.position
            ));
        }
    }

    pub(super) fn events(&self) -> u64 {
        self.events.len() as u64
    }

    pub(super) fn judge(self, report: &mut Report) {
        for found in self.found {
            report.violated(Invariant::Order, found);
        }
    }
}
