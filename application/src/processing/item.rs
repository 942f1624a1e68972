//! One event or message on its way through a processor, with its key and with what an operator said about it.

use crate::codec::{DecodeError, Metadata};
use crate::messages::{ForeignRecord, Message, Topic};
use crate::ports::dead_letters::EventOverride;
use crate::ports::event_store::{Recorded, TypeName};
use crate::ports::token_store::Segment;

use super::reaction::{DecodedEvent, Reaction, cause_of};

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
    /// A message that came over a broker.
    Message(Box<Message>),
    /// It came over a broker, and no message can be read in it: why not.
    NoMessage(String),
}

/// Events of one key, in order.
#[derive(Debug)]
pub(super) struct Group {
    /// The events, at least one.
    pub(super) items: Vec<WorkItem>,
}

impl WorkItem {
    /// An event of this segment, or whatever a broker has in it; none when its key belongs to another one. What an operator said comes before what is
    /// stored.
    pub(super) fn of(
        original: Recorded,
        reaction: &Reaction,
        segment: Segment,
        event_override: Option<&EventOverride>,
    ) -> Option<Self> {
        if reaction.consumes() {
            return Some(Self::received(original, event_override));
        }
        let metadata = Metadata::decode(&original);
        let key = key_in(&original, metadata.as_ref().ok(), reaction);
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

    /// What a broker has at a place of its partition, all of which is one segment. What an edit makes of it stays in the
    /// sequence of what came.
    fn received(original: Recorded, event_override: Option<&EventOverride>) -> Self {
        let came = Content::received(&original);
        let key = match &came {
            Content::Message(message) => format!("{}:{}", original.stream, message.key),
            Content::NoMessage(_) | Content::Skipped | Content::Read(_) | Content::Unreadable(_) => {
                original.stream.to_string()
            }
        };
        let content = match event_override {
            None => came,
            Some(EventOverride::Skipped) => Content::Skipped,
            Some(EventOverride::Edited(payload)) => {
                Content::received(&Recorded { payload: payload.clone(), ..original.clone() })
            }
        };
        Self { original, key, content }
    }

    /// The type, when a newer version of the service may be able to read it.
    pub(super) fn too_new(&self) -> Option<&TypeName> {
        match &self.content {
            Content::Unreadable(error) if error.is_too_new() => Some(&self.original.kind),
            Content::Unreadable(_)
            | Content::Read(_)
            | Content::Skipped
            | Content::Message(_)
            | Content::NoMessage(_) => None,
        }
    }
}

/// The key that keeps an event of the log in order at a processor with this reaction.
pub(super) fn key_of(event: &Recorded, reaction: &Reaction) -> String {
    key_in(event, Metadata::decode(event).ok().as_ref(), reaction)
}

/// Neither what cannot be read nor what has no such key may lose its order, so the stream stands in.
fn key_in(event: &Recorded, metadata: Option<&Metadata>, reaction: &Reaction) -> String {
    let named = metadata.and_then(|metadata| reaction.sequence().key(&metadata.keys));
    named.unwrap_or_else(|| event.stream.to_string())
}

impl Content {
    fn read(recorded: Recorded, metadata: Result<Metadata, DecodeError>) -> Self {
        match metadata.and_then(|metadata| DecodedEvent::read_with(recorded, metadata)) {
            Ok(happened) => Self::Read(Box::new(happened)),
            Err(error) => Self::Unreadable(error),
        }
    }

    fn received(recorded: &Recorded) -> Self {
        let message = match ForeignRecord::of(recorded) {
            None => return Self::NoMessage("it is no record of a topic".to_owned()),
            Some(Err(error)) => return Self::NoMessage(cause_of(&error)),
            Some(Ok(record)) => match Topic::parse(&record.topic) {
                None => return Self::NoMessage(format!("nothing is said on the topic `{}`", record.topic)),
                Some(topic) => record.message(topic),
            },
        };
        message.map_or_else(
            |error| Self::NoMessage(cause_of(&error)),
            |message| Self::Message(Box::new(message)),
        )
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
