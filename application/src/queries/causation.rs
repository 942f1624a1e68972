//! What an event follows from and what followed from it. Nothing is searched for: ids of commands are made of the
//! messages they follow from, so the store can be asked for what each of them did.

use std::collections::BTreeMap;

use super::{Queries, QueryError};
use crate::codec::Metadata;
use crate::messages::{command_of, messages_of};
use crate::operations::outcome_id;
use crate::ports::event_store::{CommandId, Done, LoadFrom, LogId, Position, Recorded, Version};
use crate::processing::{DecodedEvent, cause_of};
use crate::reactions::{HANDLERS, effect_id};

/// The most events that are shown. An attempt that is undone has about twenty.
const EVENTS_MAX: usize = 200;
/// The most events that one command records.
const OF_COMMAND_MAX: usize = 16;

/// Events that belong together, and which follows from which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Causation {
    /// The log they stand in.
    pub log: LogId,
    /// The events, in the order of the log.
    pub events: Vec<CausedEvent>,
    /// Whether these are all that this log has of them.
    pub is_whole: bool,
}

/// An event, and what it follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CausedEvent {
    /// The event.
    pub event: Recorded,
    /// The event that it follows from; none for one that somebody asked for, or that follows from one of another log.
    pub caused_by: Option<Position>,
}

/// What was found so far.
#[derive(Default)]
struct Found {
    events: BTreeMap<Position, CausedEvent>,
    /// Those whose consequences have not been asked for.
    open: Vec<Recorded>,
    is_cut: bool,
}

impl Queries {
    /// Everything that belongs to the event at a position: of an attempt all of it, as far as its view knows where it
    /// began; else what followed from this event. None when the log has no such event.
    ///
    /// # Errors
    /// [`QueryError::Store`].
    pub async fn causation(&self, position: Position) -> Result<Option<Causation>, QueryError> {
        let Some((log, event)) = self.event(position).await? else { return Ok(None) };
        let mut found = Found::default();
        for step in self.steps_around(&event).await {
            // What follows from an earlier one is known by then, with what it follows from.
            if !found.events.contains_key(&step)
                && let Some((_, begun)) = self.event(step).await?
            {
                self.follow_up(&mut found, begun, None).await?;
            }
        }
        if !found.events.contains_key(&position) {
            self.follow_up(&mut found, event, None).await?;
        }
        let events = found.events.into_values().collect();
        Ok(Some(Causation { log, events, is_whole: !found.is_cut }))
    }

    /// Where the steps of the event's attempt stand that its card has recorded, as far as the view has them.
    async fn steps_around(&self, event: &Recorded) -> Vec<Position> {
        let correlation = Metadata::decode(event).map(|metadata| metadata.correlation);
        let Ok(Some(process)) = correlation else { return vec![] };
        match self.process_as_seen(process).await {
            Ok(Some(row)) => row.steps.into_iter().map(|step| step.position).collect(),
            Ok(None) => vec![],
            Err(error) => {
                tracing::debug!(cause = cause_of(&error), "where an attempt began could not be asked");
                vec![]
            }
        }
    }

    async fn follow_up(
        &self,
        found: &mut Found,
        begun: Recorded,
        caused_by: Option<Position>,
    ) -> Result<(), QueryError> {
        found.add(begun, caused_by);
        while !found.open.is_empty() {
            let causes: Vec<_> = std::mem::take(&mut found.open);
            let wanted = causes
                .iter()
                .flat_map(|cause| commands_after(cause).into_iter().map(|command| (cause.position, command)));
            let wanted: Vec<_> = wanted.collect();
            let commands: Vec<_> = wanted.iter().map(|(_, command)| *command).collect();
            let done = self.ports.store.outcomes_of(&commands).await?;
            for ((cause, command), done) in wanted.into_iter().zip(done) {
                let Some(done) = done else { continue };
                for event in self.of_command(command, &done).await? {
                    found.add(event, Some(cause));
                }
            }
        }
        Ok(())
    }

    /// What a command recorded, of which the store names the first.
    async fn of_command(&self, command: CommandId, done: &Done) -> Result<Vec<Recorded>, QueryError> {
        let before = LoadFrom::Version(Version::new(done.version.value().saturating_sub(1)));
        let loaded = self.ports.store.load(&done.stream, before, OF_COMMAND_MAX).await?;
        let is_of_it = |event: &Recorded| Metadata::decode(event).is_ok_and(|read| read.command == command);
        Ok(loaded.events.into_iter().take_while(is_of_it).collect())
    }
}

impl Found {
    fn add(&mut self, event: Recorded, caused_by: Option<Position>) {
        if self.events.contains_key(&event.position) {
            return;
        }
        if self.events.len() >= EVENTS_MAX {
            self.is_cut = true;
            return;
        }
        self.open.push(event.clone());
        self.events.insert(event.position, CausedEvent { event, caused_by });
    }
}

/// The commands that may follow from an event: those of every handler that its messages concern, and the note of how an
/// action ended. None from one that cannot be read.
fn commands_after(event: &Recorded) -> Vec<CommandId> {
    let Ok(read) = DecodedEvent::read(event.clone()) else { return vec![] };
    let mut commands = Vec::new();
    for message in messages_of(&read.recorded, &read.metadata, &read.event) {
        let concerned = HANDLERS.into_iter().filter(|(_, handler)| command_of(*handler, &message).is_some());
        commands.extend(concerned.map(|(name, _)| effect_id(&name, &message.envelope)));
    }
    if event.kind.as_str() == "operator.action-taken" {
        commands.push(outcome_id(event.id));
    }
    commands
}
