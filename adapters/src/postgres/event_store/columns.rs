//! Events by column, as statements take them.

use application::ports::event_store::{CommandId, EventId, StreamName, TypeName};
use jiff::Timestamp;
use uuid::Uuid;

use super::rows;
use crate::postgres::connection::Statement;

/// What is stored of an event, but for its place.
pub(super) struct StoredEvent<'e> {
    pub(super) stream: &'e StreamName,
    pub(super) version: u64,
    pub(super) id: EventId,
    pub(super) command: Option<CommandId>,
    pub(super) kind: &'e TypeName,
    pub(super) revision: u32,
    pub(super) payload: &'e [u8],
    pub(super) metadata: &'e [u8],
    pub(super) occurred_at: Timestamp,
}

/// Events, each at the same place of all lists.
#[derive(Default)]
pub(super) struct EventColumns<'e> {
    streams: Vec<&'e str>,
    versions: Vec<i64>,
    ids: Vec<Uuid>,
    commands: Vec<Option<Uuid>>,
    kinds: Vec<&'e str>,
    revisions: Vec<i32>,
    payloads: Vec<&'e [u8]>,
    metadata: Vec<&'e [u8]>,
    times: Vec<i64>,
}

impl<'e> EventColumns<'e> {
    pub(super) fn add(&mut self, event: StoredEvent<'e>) {
        self.streams.push(event.stream.as_str());
        self.versions.push(rows::number(event.version));
        self.ids.push(event.id.uuid());
        self.commands.push(event.command.map(|command| command.uuid()));
        self.kinds.push(event.kind.as_str());
        self.revisions.push(event.revision.cast_signed());
        self.payloads.push(event.payload);
        self.metadata.push(event.metadata);
        self.times.push(event.occurred_at.as_microsecond());
    }

    pub(super) fn bind(self, statement: Statement) -> Statement {
        statement
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
