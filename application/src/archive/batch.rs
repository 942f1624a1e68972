//! Events on their way into a store, many to an append.

use std::collections::HashSet;

use super::LineProblem;
use super::lines::Exported;
use crate::ports::EventStore;
use crate::ports::event_store::{
    AppendOutcome, CommandEvents, CommandId, NewEvent, Position, Recorded, StoreError, StreamAppend,
    StreamName, Version,
};

/// The most proposals in one append.
const PROPOSALS_MAX: usize = 512;
/// About how many bytes go into one append.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// What is wrong with an event, and where it stands.
pub(super) type Objection = (Position, LineProblem);

/// Events that are not in the store yet. A stream has one proposal in an append, so one that comes back begins another.
#[derive(Default)]
pub(super) struct Batch {
    proposals: Vec<Placed>,
    streams: HashSet<StreamName>,
    bytes: usize,
}

/// A proposal, and where its events have to stand.
struct Placed {
    proposal: StreamAppend,
    first: Position,
    last: Version,
}

impl Batch {
    /// Whether the store has to have what is here before this event is added.
    pub(super) fn is_full_for(&self, event: &Recorded) -> bool {
        let begins = event.command.is_some();
        let another = self.proposals.last().is_none_or(|last| last.proposal.stream != event.stream);
        let full = self.proposals.len() >= PROPOSALS_MAX || self.bytes >= BYTES_MAX;
        begins && (full || (another && self.streams.contains(&event.stream)))
    }

    /// Adds an event; the one before it was the last that was added.
    pub(super) fn add(&mut self, Exported { event, command }: Exported) -> Result<(), LineProblem> {
        self.bytes += event.payload.len() + event.metadata.len();
        let begins = event.command.is_some();
        let last = self.proposals.last_mut().filter(|last| last.proposal.stream == event.stream);
        match (last, begins) {
            (Some(last), _) => last.go_on(event, command, begins),
            (None, true) if event.version == Version::START => {
                let (stream, due) = (event.stream, Version::new(1));
                Err(LineProblem::Version { stream, found: event.version, due })
            }
            (None, true) => {
                self.streams.insert(event.stream.clone());
                self.proposals.push(Placed::begin(event, command));
                Ok(())
            }
            (None, false) => Err(LineProblem::Command),
        }
    }

    /// Appends everything; what the store objects to is wrong with the file.
    pub(super) async fn append(&mut self, store: &dyn EventStore) -> Result<Option<Objection>, StoreError> {
        let Self { proposals, .. } = std::mem::take(self);
        let outcomes = store.append(proposals.iter().map(|placed| placed.proposal.clone()).collect()).await?;
        let objections = proposals.iter().zip(outcomes).map(|(placed, outcome)| placed.objection(outcome));
        Ok(objections.flatten().next())
    }
}

impl Placed {
    fn begin(event: Recorded, command: CommandId) -> Self {
        let (first, last, stream) = (event.position, event.version, event.stream.clone());
        let expected = Version::new(last.value().saturating_sub(1));
        let parts = vec![CommandEvents { command, events: vec![new(event)] }];
        Self { proposal: StreamAppend { stream, expected, expected_event: None, parts }, first, last }
    }

    fn go_on(&mut self, event: Recorded, command: CommandId, begins: bool) -> Result<(), LineProblem> {
        let due = self.last.plus(1);
        if event.version != due {
            return Err(LineProblem::Version { stream: event.stream, found: event.version, due });
        }
        self.last = due;
        if begins {
            return self.begin_part(event, command);
        }
        match self.proposal.parts.last_mut() {
            Some(part) if part.command == command => part.events.push(new(event)),
            Some(_) | None => return Err(LineProblem::Command),
        }
        Ok(())
    }

    fn begin_part(&mut self, event: Recorded, command: CommandId) -> Result<(), LineProblem> {
        if self.proposal.parts.iter().any(|part| part.command == command) {
            return Err(LineProblem::RepeatedCommand(command));
        }
        self.proposal.parts.push(CommandEvents { command, events: vec![new(event)] });
        Ok(())
    }

    fn objection(&self, outcome: AppendOutcome) -> Option<Objection> {
        match outcome {
            AppendOutcome::Appended { first } if first == self.first => None,
            AppendOutcome::Appended { first } => {
                Some((self.first, LineProblem::Position { found: self.first, due: first }))
            }
            AppendOutcome::Conflict { actual } => Some((self.first, self.version_after(actual))),
            AppendOutcome::AlreadyDone { commands } => {
                let (command, _) = commands.into_iter().next()?;
                Some((self.place_of(command), LineProblem::RepeatedCommand(command)))
            }
            AppendOutcome::TooLarge { bytes } => Some((self.first, LineProblem::TooLarge { bytes })),
            AppendOutcome::RepeatedCommand { command } => {
                Some((self.place_of(command), LineProblem::RepeatedCommand(command)))
            }
        }
    }

    fn version_after(&self, actual: Version) -> LineProblem {
        let found = self.proposal.expected.plus(1);
        LineProblem::Version { stream: self.proposal.stream.clone(), found, due: actual.plus(1) }
    }

    fn place_of(&self, command: CommandId) -> Position {
        let before = self.proposal.parts.iter().take_while(|part| part.command != command);
        self.first.plus(before.map(|part| part.events.len() as u64).sum())
    }
}

fn new(event: Recorded) -> NewEvent {
    let Recorded { id, kind, revision, payload, metadata, occurred_at, .. } = event;
    NewEvent { id, kind, revision, payload, metadata, occurred_at }
}
