//! How events are shown in texts for people who look after the service: never with what was recorded, which may be
//! personal.

use std::fmt::{Debug, Formatter, Result};

use super::{NewEvent, Recorded, Snapshot};

/// Bytes of which only the number is shown.
pub(crate) struct Opaque<'a>(pub(crate) &'a [u8]);

impl Debug for Opaque<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

impl Debug for NewEvent {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("NewEvent")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("revision", &self.revision)
            .field("payload", &Opaque(&self.payload))
            .field("metadata", &Opaque(&self.metadata))
            .field("occurred_at", &self.occurred_at)
            .finish()
    }
}

impl Debug for Recorded {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Recorded")
            .field("position", &self.position)
            .field("stream", &self.stream)
            .field("version", &self.version)
            .field("id", &self.id)
            .field("command", &self.command)
            .field("kind", &self.kind)
            .field("revision", &self.revision)
            .field("payload", &Opaque(&self.payload))
            .field("metadata", &Opaque(&self.metadata))
            .field("occurred_at", &self.occurred_at)
            .finish()
    }
}

impl Debug for Snapshot {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Snapshot")
            .field("version", &self.version)
            .field("position", &self.position)
            .field("event", &self.event)
            .field("log", &self.log)
            .field("schema", &self.schema)
            .field("state", &Opaque(&self.state))
            .finish()
    }
}
