//! What a command did when it came before: its first answer, built again from the events it left.

use super::Context;
use super::error::ReadError;
use super::loading::Loading;
use crate::codec::{Aggregate, Metadata};
use crate::ports::event_store::{Done, LoadFrom, Position, StreamName, Version};

/// What stands under a command's id.
pub(super) enum Repeat<E> {
    /// The same request: what it did.
    Same { events: Vec<E>, version: Version, position: Position },
    /// Another request.
    Other,
}

/// What stands under the id of `context`, which the store found at `done`.
pub(super) async fn of<A: Aggregate>(
    loading: &Loading<A>,
    stream: &StreamName,
    context: &Context,
    done: &Done,
) -> Result<Repeat<A::Event>, ReadError> {
    if done.stream != *stream {
        return Ok(Repeat::Other);
    }
    let mut events = Vec::new();
    let (mut version, mut position) = (done.version, done.position);
    let mut after = Version::new(done.version.value().saturating_sub(1));
    loop {
        let piece = loading.store.load(stream, LoadFrom::Version(after), loading.page).await?;
        for recorded in &piece.events {
            let unreadable = |error| ReadError::unreadable(stream, error);
            let metadata = Metadata::decode(recorded).map_err(unreadable)?;
            if metadata.command != context.command {
                return Ok(Repeat::Same { events, version, position });
            }
            if !context.is_of_request(metadata.fingerprint) {
                return Ok(Repeat::Other);
            }
            events.push(A::decode(recorded).map_err(unreadable)?);
            (version, position) = (recorded.version, recorded.position);
        }
        match piece.events.last() {
            Some(last) if last.version < piece.head => after = last.version,
            _ => return Ok(Repeat::Same { events, version, position }),
        }
    }
}
