//! Events as they are shown: what is stored, unchanged, beside its place.

use application::archive::json_of;
use application::ports::event_store::Recorded;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::super::docs::values;

/// An event.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct EventDocument {
    position: u64,
    stream: String,
    version: u64,
    #[schema(value_type = values::Id)]
    id: String,
    /// The command, on the first event of what it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<values::Id>)]
    command_id: Option<String>,
    /// Such as `rental-card.item-rented`.
    #[serde(rename = "type")]
    kind: String,
    revision: u32,
    #[schema(value_type = values::Moment)]
    at: String,
    /// The stored payload; null when it is not JSON.
    #[schema(value_type = Option<Object>)]
    data: Option<Box<RawValue>>,
    /// Why `data` is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    data_error: Option<&'static str>,
    /// The stored metadata; null when it is not JSON.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Box<RawValue>>,
    /// Why `metadata` is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    metadata_error: Option<&'static str>,
}

impl EventDocument {
    /// The event as it is stored.
    pub(in super::super) fn of(event: Recorded) -> Self {
        let (data, data_error) = raw(&event.payload);
        let (metadata, metadata_error) = raw(&event.metadata);
        Self {
            position: event.position.value(),
            stream: event.stream.to_string(),
            version: event.version.value(),
            id: event.id.to_string(),
            command_id: event.command.map(|command| command.to_string()),
            kind: event.kind.to_string(),
            revision: event.revision,
            at: event.occurred_at.to_string(),
            data,
            data_error,
            metadata,
            metadata_error,
        }
    }
}

fn raw(stored: &[u8]) -> (Option<Box<RawValue>>, Option<&'static str>) {
    match json_of(stored) {
        Some(json) => (Some(json), None),
        None => (None, Some("what is stored is not JSON")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T16.
    #[test]
    fn what_is_not_json_is_shown_as_such_and_does_not_break_the_answer() {
        assert!(raw(b"{broken").0.is_none());
        assert!(raw(b"\xff").1.is_some());
        assert_eq!(raw(b"{\"a\":1}").0.unwrap().get(), "{\"a\":1}");
    }
}
