//! What one round trip brings: proposals that do not meet one another, in columns as the database takes them.

use std::collections::HashSet;

use application::ports::event_store::{
    CommandEvents, CommandId, EventId, NewEvent, StreamAppend, StreamName,
};
use uuid::Uuid;

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
                    let command = (place == 0).then(|| part.command.uuid());
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
    streams: Vec<&'p str>,
    versions: Vec<i64>,
    ids: Vec<Uuid>,
    commands: Vec<Option<Uuid>>,
    kinds: Vec<&'p str>,
    revisions: Vec<i32>,
    payloads: Vec<&'p [u8]>,
    metadata: Vec<&'p [u8]>,
    times: Vec<i64>,
}

impl<'p> Events<'p> {
    fn add(
        &mut self,
        proposal: i32,
        stream: &'p StreamName,
        version: u64,
        command: Option<Uuid>,
        event: &'p NewEvent,
    ) {
        self.proposals.push(proposal);
        self.streams.push(stream.as_str());
        self.versions.push(rows::number(version));
        self.ids.push(event.id.uuid());
        self.commands.push(command);
        self.kinds.push(event.kind.as_str());
        self.revisions.push(event.revision.cast_signed());
        self.payloads.push(&event.payload);
        self.metadata.push(&event.metadata);
        self.times.push(event.occurred_at.as_microsecond());
    }

    fn bind(self, call: Statement) -> Statement {
        call.bind(self.proposals)
            .bind(self.streams)
            .bind(self.versions)
            .bind(self.ids)
            .bind(self.commands)
            .bind(self.kinds)
            .bind(self.revisions)
            .bind(self.payloads)
            .bind(self.metadata)
            .bind(self.times)
    }
}
