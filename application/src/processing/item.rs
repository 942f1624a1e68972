//! One event on its way through a processor, with its key and with what an operator said about it.

use crate::codec::{DecodeError, Metadata};
use crate::ports::dead_letters::EventOverride;
use crate::ports::event_store::{Recorded, TypeName};
use crate::ports::token_store::Segment;

use super::reaction::{DecodedEvent, Sequence};

/// One event on its way through a processor.
#[derive(Debug)]
pub(super) struct WorkItem {
    /// The event as it stands in the log.
    pub(super) original: Recorded,
    /// The key that keeps it in order. Of an event that cannot be read: from its metadata, and without those its
    /// stream.
    pub(super) key: String,
    /// What is to be handled.
    pub(super) content: Content,
}

/// What is to be handled.
#[derive(Debug)]
pub(super) enum Content {
    /// An operator said to leave it out.
    Skipped,
    /// What could be read, after an operator's edit if there is one.
    Read(Box<DecodedEvent>),
    /// It cannot be read.
    Unreadable(DecodeError),
}

/// Events of one key, in order.
#[derive(Debug)]
pub(super) struct Group {
    /// The events, at least one.
    pub(super) items: Vec<WorkItem>,
}

impl WorkItem {
    /// An event of this segment; none when its key belongs to another one. What an operator said comes before what is
    /// stored.
    pub(super) fn of(
        original: Recorded,
        sequence: Sequence,
        segment: Segment,
        event_override: Option<&EventOverride>,
    ) -> Option<Self> {
        let metadata = Metadata::decode(&original);
        let named = metadata.as_ref().ok().and_then(|metadata| sequence.key(&metadata.keys));
        // Neither what cannot be read nor what has no such key may lose its order, so the stream stands in.
        let key = named.unwrap_or_else(|| original.stream.to_string());
        if !segment.holds(&key) {
            return None;
        }
        let content = match event_override {
            None => Content::read(original.clone(), metadata),
            Some(EventOverride::Skipped) => Content::Skipped,
            Some(EventOverride::Edited(payload)) => {
                Content::read(Recorded { payload: payload.clone(), ..original.clone() }, metadata)
            }
        };
        Some(Self { original, key, content })
    }

    /// The type, when a newer version of the service may be able to read it.
    pub(super) fn too_new(&self) -> Option<&TypeName> {
        match &self.content {
            Content::Unreadable(error) if error.is_too_new() => Some(&self.original.kind),
            Content::Unreadable(_) | Content::Read(_) | Content::Skipped => None,
        }
    }
}

impl Content {
    fn read(recorded: Recorded, metadata: Result<Metadata, DecodeError>) -> Self {
        match metadata.and_then(|metadata| DecodedEvent::read_with(recorded, metadata)) {
            Ok(happened) => Self::Read(Box::new(happened)),
            Err(error) => Self::Unreadable(error),
        }
    }
}

impl Group {
    /// Events by key; keys in the order of their first event, events of a key in their own.
    pub(super) fn by_key(items: Vec<WorkItem>) -> Vec<Self> {
        let mut places = std::collections::HashMap::new();
        let mut groups: Vec<Self> = vec![];
        for item in items {
            let place = *places.entry(item.key.clone()).or_insert_with(|| {
                groups.push(Self { items: vec![] });
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(place) {
                group.items.push(item);
            }
        }
        groups
    }
}
