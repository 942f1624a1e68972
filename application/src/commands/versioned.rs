//! A state, and the event with which it ends.

use std::sync::Arc;

use crate::codec::Aggregate;
use crate::ports::event_store::{EventId, Position, Version};

/// A state and the place of the last event in it. Never changed: a newer one takes its place.
#[derive(Debug, Clone)]
pub struct Versioned<A> {
    /// The state.
    pub state: Arc<A>,
    /// The version of the last event in it; 0 when the stream is empty.
    pub version: Version,
    /// The position of that event; 0 when the stream is empty.
    pub position: Position,
    /// The id of that event; none when the stream is empty.
    pub event: Option<EventId>,
}

impl<A: Aggregate> Versioned<A> {
    /// The state of a stream that has no events.
    pub(super) fn empty() -> Self {
        Self {
            state: Arc::new(A::default()),
            version: Version::START,
            position: Position::START,
            event: None,
        }
    }
}
