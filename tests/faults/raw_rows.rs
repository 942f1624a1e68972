//! Events as somebody might write them past all rules, and many of them at once.

use adapters::system_clock::SystemIds;
use application::ports::event_store::{
    CommandId, EventId, LoadFrom, NewEvent, Outcome, Part, Proposal, StreamName, TypeName,
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
    let stream = StreamName::parse(stream).unwrap();
    let expected = log.load(&stream, LoadFrom::Version(Default::default()), 1).await.unwrap().head;
    let parts = vec![Part { command: CommandId::new(SystemIds.next()), events }];
    let outcomes = log.append(vec![Proposal { stream, expected, parts }]).await.unwrap();
    assert!(matches!(outcomes[..], [Outcome::Appended { .. }]), "{outcomes:?}");
}
