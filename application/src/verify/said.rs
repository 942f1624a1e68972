//! What the logs say to others, as short as it can be kept: one entry for each message.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::Bytes;
use uuid::Uuid;

use super::topics::PartitionName;
use crate::messages::{ForeignRecord, Message, Topic, record_of};
use crate::ports::event_store::Position;

/// All messages, by their ids.
#[derive(Default)]
pub(super) struct SaidMessages(HashMap<Uuid, SaidMessage>);

/// A message, and where it was found first.
pub(super) struct SaidMessage {
    pub(super) topic: Topic,
    /// The log that says it, and the event there.
    pub(super) part: usize,
    pub(super) position: Position,
    written: Written,
    number: u32,
    /// The start when it was not found.
    at: Position,
}

/// What is written of a message, as sums of its parts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) key: u64,
    headers: u64,
    body: u64,
}

impl SaidMessages {
    pub(super) fn add(&mut self, part: usize, message: &Message) {
        let record = record_of(message);
        let said = SaidMessage {
            topic: message.topic,
            part,
            position: message.envelope.position,
            written: Written::of(record.key.as_bytes(), &record.headers, &record.body),
            number: 0,
            at: Position::START,
        };
        self.0.insert(message.envelope.id, said);
    }

    pub(super) fn get(&self, id: Uuid) -> Option<&SaidMessage> {
        self.0.get(&id)
    }

    pub(super) fn on_topic(&mut self, id: Uuid, topic: Topic) -> Option<&mut SaidMessage> {
        self.0.get_mut(&id).filter(|said| said.topic == topic)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &SaidMessage> {
        self.0.values()
    }
}

impl SaidMessage {
    /// Where it was found; none when it was not.
    pub(super) fn place(&self) -> Option<(PartitionName, Position)> {
        let (topic, number) = (self.topic, self.number);
        (self.at > Position::START).then_some((PartitionName { topic, number }, self.at))
    }

    /// Notes where it was found, and answers whether it was found before.
    pub(super) fn found(&mut self, partition: PartitionName, at: Position) -> bool {
        let before = self.place().is_some();
        if !before {
            (self.number, self.at) = (partition.number, at);
        }
        before
    }

    /// What of a record is not as the message has it; none when all is.
    pub(super) fn differs_in(&self, written: Written) -> Option<&'static str> {
        let Written { key, headers, body } = self.written;
        let parts = [
            (key != written.key, "key"),
            (headers != written.headers, "headers"),
            (body != written.body, "body"),
        ];
        parts.into_iter().find(|(differs, _)| *differs).map(|(_, part)| part)
    }
}

impl Written {
    pub(super) fn in_record(record: &ForeignRecord) -> Self {
        let nothing = Bytes::new();
        Self::of(
            record.key.as_ref().unwrap_or(&nothing),
            &record.headers,
            record.body.as_ref().unwrap_or(&nothing),
        )
    }

    fn of(key: &[u8], headers: &[(String, Bytes)], body: &[u8]) -> Self {
        Self { key: sum(key), headers: sum(headers), body: sum(body) }
    }
}

fn sum(part: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    part.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A million of them may not need gigabytes.
    #[test]
    fn a_message_is_kept_in_few_bytes() {
        assert!(size_of::<(Uuid, SaidMessage)>() <= 80);
    }
}
