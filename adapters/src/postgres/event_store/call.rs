//! What one round trip brings: proposals that do not meet one another, in columns as the database takes them.

use std::collections::HashSet;

use application::ports::event_store::{
    CommandEvents, CommandId, EventId, NewEvent, StreamAppend, StreamName,
};
use uuid::Uuid;

use super::columns::{EventColumns, StoredEvent};
use super::rows;
use crate::postgres::connection::Statement;

/// About how many bytes of events one round trip takes, unless a single proposal has more.
const CALL_BYTES: usize = 32 * 1024 * 1024;

/// Proposals with different streams and commands, by their places in the list they come from.
pub(super) struct Call<'p> {
    pub(super) proposals: Vec<(usize, &'p StreamAppend)>,
}

impl<'p> Call<'p> {
    /// Takes from `waiting` what can go together, in order. What names a stream or command that went before it has to
    /// see what became of that one.
    pub(super) fn next(waiting: &mut Vec<(usize, &'p StreamAppend)>) -> Self {
        let mut met = Met::default();
        let mut bytes = 0;
        let (proposals, left) = std::mem::take(waiting).into_iter().partition(|(_, proposal)| {
            let is_free = met.is_free(proposal);
            bytes += bytes_of(proposal);
            is_free && (bytes <= CALL_BYTES || bytes == bytes_of(proposal))
        });
        *waiting = left;
        Self { proposals }
    }

    /// The statement that brings it.
    pub(super) fn statement(&self) -> Statement {
        let (mut commands, mut events) = (Commands::default(), Events::default());
        for (number, (_, proposal)) in (1..).zip(&self.proposals) {
            let mut version = proposal.expected;
            for part in &proposal.parts {
                commands.add(number, part);
                for (place, event) in part.events.iter().enumerate() {
                    version = version.plus(1);
                    let command = (place == 0).then_some(part.command);
                    events.add(number, &proposal.stream, version.value(), command, event);
                }
            }
        }
        let proposals = || self.proposals.iter().map(|(_, proposal)| proposal);
        let call = sqlx::query(include_str!("../sql/log/append.sql"))
            .bind(proposals().map(|proposal| proposal.stream.as_str()).collect::<Vec<_>>())
            .bind(proposals().map(|proposal| rows::number(proposal.expected.value())).collect::<Vec<_>>());
        let expected_events = proposals().map(|proposal| proposal.expected_event.map(EventId::uuid));
        events.bind(commands.bind(call)).bind(expected_events.collect::<Vec<_>>())
    }
}

/// What earlier proposals of a call name, also those that were left for the next one.
#[derive(Default)]
struct Met<'p> {
    streams: HashSet<&'p StreamName>,
    commands: HashSet<CommandId>,
}

impl<'p> Met<'p> {
    fn is_free(&mut self, proposal: &'p StreamAppend) -> bool {
        let mut is_free = self.streams.insert(&proposal.stream);
        let of_others: Vec<_> = proposal.parts.iter().map(|part| part.command).collect();
        is_free &= of_others.iter().all(|command| !self.commands.contains(command));
        self.commands.extend(of_others);
        is_free
    }
}

fn bytes_of(proposal: &StreamAppend) -> usize {
    proposal.parts.iter().flat_map(|part| &part.events).map(NewEvent::bytes).sum()
}

#[derive(Default)]
struct Commands {
    ids: Vec<Uuid>,
    proposals: Vec<i32>,
}

impl Commands {
    fn add(&mut self, proposal: i32, part: &CommandEvents) {
        self.ids.push(part.command.uuid());
        self.proposals.push(proposal);
    }

    fn bind(self, call: Statement) -> Statement {
        call.bind(self.ids).bind(self.proposals)
    }
}

#[derive(Default)]
struct Events<'p> {
    proposals: Vec<i32>,
    columns: EventColumns<'p>,
}

impl<'p> Events<'p> {
    fn add(
        &mut self,
        proposal: i32,
        stream: &'p StreamName,
        version: u64,
        command: Option<CommandId>,
        event: &'p NewEvent,
    ) {
        self.proposals.push(proposal);
        self.columns.add(StoredEvent {
            stream,
            version,
            id: event.id,
            command,
            kind: &event.kind,
            revision: event.revision,
            payload: &event.payload,
            metadata: &event.metadata,
            occurred_at: event.occurred_at,
        });
    }

    fn bind(self, call: Statement) -> Statement {
        self.columns.bind(call.bind(self.proposals))
    }
}
