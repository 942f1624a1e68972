//! Events as somebody might write them past all rules, and many of them at once.

use adapters::system_clock::SystemIds;
use application::ports::event_store::{
    AppendOutcome, CommandEvents, CommandId, EventId, LoadFrom, NewEvent, StreamAppend, StreamName, TypeName,
    Version,
};
use application::ports::{EventStore, Ids};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

/// An event that is still to get its place.
pub(crate) fn event(kind: &str, revision: u32, payload: impl Into<Bytes>, keys: &Value) -> NewEvent {
    let metadata = json!({
        "keys": keys,
        "commandId": SystemIds.next().to_string(),
        "fingerprint": "0".repeat(32),
        "actor": {"kind": "ANONYMOUS"},
        "occurredAt": "2026-03-02T00:00:00Z",
    });
    NewEvent {
        id: EventId::new(SystemIds.next()),
        kind: TypeName::stored(kind.to_owned()),
        revision,
        payload: payload.into(),
        metadata: metadata.to_string().into(),
        occurred_at: Timestamp::UNIX_EPOCH,
    }
}

/// Puts events at the end of a stream.
pub(crate) async fn append(log: &dyn EventStore, stream: &str, events: Vec<NewEvent>) {
    let name = StreamName::parse(stream).unwrap();
    let head = log.load(&name, LoadFrom::Version(Version::START), 1).await.unwrap().head;
    append_all(log, vec![proposal(stream, head, events)]).await;
}

/// Puts all of these into the log, in one call.
pub(crate) async fn append_all(log: &dyn EventStore, proposals: Vec<StreamAppend>) {
    let outcomes = log.append(proposals).await.unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, AppendOutcome::Appended { .. })), "{outcomes:?}");
}

/// Events for a stream that has this version, as what the command did that the first of them names.
pub(crate) fn proposal(stream: &str, expected: Version, events: Vec<NewEvent>) -> StreamAppend {
    let metadata: Value = serde_json::from_slice(&events[0].metadata).unwrap();
    let command = CommandId::new(metadata["commandId"].as_str().unwrap().parse().unwrap());
    let parts = vec![CommandEvents { command, events }];
    StreamAppend { stream: StreamName::parse(stream).unwrap(), expected, expected_event: None, parts }
}
