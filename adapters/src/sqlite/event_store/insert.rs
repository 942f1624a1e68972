//! Writes placed events in sets: what is short goes as a list, and all bytes as one block beside it.

use application::ports::event_store::{CommandId, NewEvent, Position, StreamName, Version};
use sqlx::SqliteConnection;

use super::rows;
use crate::sqlite::connection::Failure;

/// About how many bytes one statement takes, so that a large call needs no second copy of its own size.
const SET_BYTES: usize = 4 * 1024 * 1024;

/// An event with its place in the log and its stream.
pub(super) struct Placed {
    pub(super) position: Position,
    pub(super) stream: StreamName,
    pub(super) version: Version,
    pub(super) command: Option<CommandId>,
    pub(super) event: NewEvent,
}

pub(super) async fn events(connection: &mut SqliteConnection, placed: &[Placed]) -> Result<(), Failure> {
    let mut set = Set::default();
    for event in placed {
        set.add(event);
        if set.block.len() > SET_BYTES {
            std::mem::take(&mut set).insert(connection).await?;
        }
    }
    set.insert(connection).await
}

/// Position, stream, version, where its bytes start (from 1), whether it has a command, type, revision, how long payload
/// and metadata are, time: as the statement counts them.
type Line<'a> = (i64, &'a str, i64, usize, bool, &'a str, u32, usize, usize, i64);

/// Through a list of texts, bytes would have to be escaped and be text; in a block they stay as they are.
#[derive(Default)]
struct Set<'a> {
    lines: Vec<Line<'a>>,
    block: Vec<u8>,
}

impl<'a> Set<'a> {
    fn add(&mut self, placed: &'a Placed) {
        let Placed { position, stream, version, command, event } = placed;
        self.lines.push((
            rows::number(position.value()),
            stream.as_str(),
            rows::number(version.value()),
            self.block.len() + 1,
            command.is_some(),
            event.kind.as_str(),
            event.revision,
            event.payload.len(),
            event.metadata.len(),
            event.occurred_at.as_microsecond(),
        ));
        let command = command.map_or([0; 16], |command| command.uuid().into_bytes());
        for bytes in [event.id.uuid().as_bytes(), &command[..], &event.payload, &event.metadata] {
            self.block.extend_from_slice(bytes);
        }
    }

    async fn insert(self, connection: &mut SqliteConnection) -> Result<(), Failure> {
        if self.lines.is_empty() {
            return Ok(());
        }
        sqlx::query(include_str!("../sql/log/insert_events.sql"))
            .bind(rows::json(&self.lines)?)
            .bind(self.block)
            .execute(connection)
            .await?;
        Ok(())
    }
}
