//! Events and proposals that mean nothing, and the usual ways to store and read them.

use adapters::system_clock::SystemIds;
use application::ports::EventStore;
use application::ports::Ids;
use application::ports::event_store::{
    AppendOutcome, CommandEvents, CommandId, EventId, LoadFrom, NewEvent, Position, Recorded, StreamAppend,
    StreamName, TypeName, Types, Version,
};
use bytes::Bytes;
use jiff::Timestamp;

/// The type of a [`event`].
pub const HAPPENED: TypeName = TypeName::of("law.happened");
/// Another type.
pub const PASSED: TypeName = TypeName::of("law.passed");

/// A stream.
#[must_use]
pub fn stream(name: &str) -> StreamName {
    StreamName::of("law", name)
}

/// An event with an id of its own.
#[must_use]
pub fn event() -> NewEvent {
    NewEvent {
        id: EventId::new(SystemIds.next()),
        kind: HAPPENED,
        revision: 1,
        payload: Bytes::from_static(b"{}"),
        metadata: Bytes::from_static(b"{}"),
        occurred_at: Timestamp::UNIX_EPOCH,
    }
}

/// A command id that was never used.
#[must_use]
pub fn command() -> CommandId {
    CommandId::new(SystemIds.next())
}

/// What a new command does: `count` events.
#[must_use]
pub fn part(count: usize) -> CommandEvents {
    CommandEvents { command: command(), events: (0..count).map(|_| event()).collect() }
}

/// One new command with `count` events on a stream at `expected`.
#[must_use]
pub fn proposal(stream: &StreamName, expected: u64, count: usize) -> StreamAppend {
    proposal_of(stream, expected, vec![part(count)])
}

/// These parts on a stream at `expected`.
#[must_use]
pub fn proposal_of(stream: &StreamName, expected: u64, parts: Vec<CommandEvents>) -> StreamAppend {
    StreamAppend { stream: stream.clone(), expected: Version::new(expected), expected_event: None, parts }
}

/// Appends one proposal and answers its outcome.
///
/// # Panics
/// When the store fails.
pub async fn append_one(store: &dyn EventStore, proposal: StreamAppend) -> AppendOutcome {
    let mut outcomes = store.append(vec![proposal]).await.expect("the store is there");
    assert_eq!(outcomes.len(), 1, "one proposal has one outcome");
    outcomes.remove(0)
}

/// Appends one proposal that has to be stored and answers the position of its first event.
///
/// # Panics
/// When it is not.
pub async fn append(store: &dyn EventStore, proposal: StreamAppend) -> Position {
    match append_one(store, proposal).await {
        AppendOutcome::Appended { first } => first,
        other @ (AppendOutcome::Conflict { .. }
        | AppendOutcome::AlreadyDone { .. }
        | AppendOutcome::TooLarge { .. }
        | AppendOutcome::RepeatedCommand { .. }) => {
            panic!("the proposal was to be stored, and the store answered {other:?}")
        }
    }
}

/// All events of a stream; it has fewer than a thousand.
///
/// # Panics
/// When the store fails.
pub async fn events_of(store: &dyn EventStore, stream: &StreamName) -> Vec<Recorded> {
    let from = LoadFrom::Version(Version::START);
    store.load(stream, from, 1000).await.expect("the store is there").events
}

/// The whole log; it has fewer than ten thousand events.
///
/// # Panics
/// When the store fails.
pub async fn whole_log(store: &dyn EventStore) -> Vec<Recorded> {
    store.read_log(Position::START, &Types::new(), 10_000).await.expect("the store is there").events
}

/// The positions of events.
#[must_use]
pub fn positions(events: &[Recorded]) -> Vec<u64> {
    events.iter().map(|event| event.position.value()).collect()
}

/// The versions of events.
#[must_use]
pub fn versions(events: &[Recorded]) -> Vec<u64> {
    events.iter().map(|event| event.version.value()).collect()
}
