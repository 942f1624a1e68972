//! The log as a backup would have it that was taken earlier.
#![expect(clippy::expect_used, reason = "a test that cannot set its scene has failed")]

use std::sync::Arc;

use application::ports::EventStore;
use application::ports::event_store::{CommandEvents, NewEvent, Recorded, StreamAppend, Version};

use super::{Library, Stores};
use crate::faulty_store::FaultyStore;

impl Library {
    /// The log as it was at this position, in a store of its own: the same log, and the same events.
    pub async fn log_as_at(&self, position: u64) -> Arc<FaultyStore> {
        let log = Stores::log(1);
        let mut events = self.events().await;
        events.retain(|event| event.position.value() <= position);
        for batch in events.chunk_by(|_, next| next.command.is_none()) {
            log.append(vec![as_appended(batch)]).await.expect("a store in memory");
        }
        log
    }
}

/// What one command did, as it was appended.
pub(crate) fn as_appended(events: &[Recorded]) -> StreamAppend {
    let first = &events[0];
    let new = |event: &Recorded| NewEvent {
        id: event.id,
        kind: event.kind.clone(),
        revision: event.revision,
        payload: event.payload.clone(),
        metadata: event.metadata.clone(),
        occurred_at: event.occurred_at,
    };
    let part = CommandEvents {
        command: first.command.expect("events of a command begin with it"),
        events: events.iter().map(new).collect(),
    };
    let expected = Version::new(first.version.value() - 1);
    StreamAppend { stream: first.stream.clone(), expected, expected_event: None, parts: vec![part] }
}
