//! What a command did when it came before: its first answer, built again from the events it left.

use super::error::ReadError;
use super::loading::Loading;
use crate::codec::{Aggregate, Fingerprint, Metadata};
use crate::ports::event_store::{
    CommandId, Done, LoadFrom, Position, StoreError, StreamAppend, StreamName, Version,
};

/// How many events are read at once: few commands have more than two or three.
const PIECE: usize = 32;

/// What stands under a command's id.
pub(super) enum Repeat<E> {
    /// What it did to this stream.
    Here(First<E>),
    /// It was done to another stream.
    Elsewhere,
    /// Nothing any more: the log has become another one since it was asked.
    Gone,
}

/// What a command did, and for which request.
pub(super) struct First<E> {
    pub(super) fingerprint: Fingerprint,
    pub(super) events: Vec<E>,
    /// Of the last of them.
    pub(super) version: Version,
    /// Of the last of them.
    pub(super) position: Position,
}

/// What stands under `command`, which the store found at `done`.
pub(super) async fn of<A: Aggregate>(
    loading: &Loading<A>,
    stream: &StreamName,
    command: CommandId,
    done: &Done,
) -> Result<Repeat<A::Event>, ReadError> {
    if done.stream != *stream {
        return Ok(Repeat::Elsewhere);
    }
    let mut first: Option<First<A::Event>> = None;
    let mut after = Version::new(done.version.value().saturating_sub(1));
    loop {
        let piece = loading.store.load(stream, LoadFrom::Version(after), PIECE.min(loading.page)).await?;
        for recorded in &piece.events {
            let unreadable = |error| ReadError::unreadable(stream, error);
            let metadata = Metadata::decode(recorded).map_err(unreadable)?;
            if metadata.command != command {
                return Ok(first.map_or(Repeat::Gone, Repeat::Here));
            }
            let event = A::decode(recorded).map_err(unreadable)?;
            let (version, position) = (recorded.version, recorded.position);
            let of = first.get_or_insert_with(|| First {
                fingerprint: metadata.fingerprint,
                events: Vec::new(),
                version,
                position,
            });
            of.events.push(event);
            (of.version, of.position) = (version, position);
        }
        match piece.events.last() {
            Some(last) if last.version < piece.head => after = last.version,
            _ => return Ok(first.map_or(Repeat::Gone, Repeat::Here)),
        }
    }
}

/// Where the events of a proposal stand whose commands were found `done`: none unless the very events that it brings
/// stand where it wanted them, all of them.
pub(super) async fn place_of<A: Aggregate>(
    loading: &Loading<A>,
    proposal: &StreamAppend,
    done: &[(CommandId, Done)],
) -> Result<Option<Position>, StoreError> {
    let first =
        proposal.parts.first().and_then(|part| done.iter().find(|(command, _)| *command == part.command));
    let Some((_, first)) = first else { return Ok(None) };
    if first.stream != proposal.stream || first.version != proposal.expected.plus(1) {
        return Ok(None);
    }
    let ids: Vec<_> = proposal.parts.iter().flat_map(|part| &part.events).map(|event| event.id).collect();
    let (mut left, mut after, mut before) = (&ids[..], proposal.expected, proposal.expected_event);
    while !left.is_empty() {
        let limit = loading.page.min(left.len());
        let piece = loading.store.load(&proposal.stream, LoadFrom::Version(after), limit).await?;
        let (here, rest) = left.split_at(piece.events.len().min(left.len()));
        let is_ours = piece.at_start == before && piece.events.iter().map(|event| &event.id).eq(here);
        let Some(last) = piece.events.last().filter(|_| is_ours) else { return Ok(None) };
        (left, after, before) = (rest, last.version, Some(last.id));
    }
    Ok(Some(first.position))
}
