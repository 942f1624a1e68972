//! What messages promise: the same in the log and on a topic, and nothing gained by a bad one.

mod foreign;
mod golden;
mod headers;
mod plain;
mod poison;
mod translations;

use jiff::Timestamp;

use super::{Message, Received, Topic, messages_of, read, record_of};
use crate::codec::AnyEvent;
use crate::codec::tests::samples::{events, metadata};
use crate::codec::tests::{encode, recorded};
use crate::ports::publisher::OutgoingRecord;

/// Every message that follows from some event, with the event.
fn messages() -> Vec<(AnyEvent, Message)> {
    events().into_iter().filter_map(|event| message_of(&event).map(|message| (event, message))).collect()
}

/// The message that follows from an event, if one does.
fn message_of(event: &AnyEvent) -> Option<Message> {
    let mut messages = messages_of(&recorded(encode(event)), &metadata()[0], event);
    assert!(messages.len() <= 1);
    messages.pop()
}

/// The first message of each topic, as it is published.
fn record_of_each_topic() -> Vec<(Topic, OutgoingRecord)> {
    let all = messages();
    let first = |topic| all.iter().find(|(_, message)| message.topic == topic);
    Topic::ALL.into_iter().map(|topic| (topic, record_of(&first(topic).unwrap().1))).collect()
}

/// A record at offset 7 of partition 3.
fn received<'a>(topic: Topic, headers: &'a [(&'a str, &'a [u8])], body: &'a [u8]) -> Received<'a> {
    Received { topic, partition: 3, offset: 7, time: Timestamp::UNIX_EPOCH, headers, body: Some(body) }
}

/// What a record with headers is read as.
fn read_with(
    topic: Topic,
    headers: &[(impl AsRef<str>, impl AsRef<[u8]>)],
    body: &[u8],
) -> Result<Message, String> {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    shown(read(&received(topic, &headers, body)))
}

/// What a record without headers is read as.
fn read_bare(topic: Topic, body: impl AsRef<[u8]>) -> Result<Message, String> {
    shown(read(&received(topic, &[], body.as_ref())))
}

/// The error with all that it shows of itself.
fn shown(read: Result<Message, super::MessageError>) -> Result<Message, String> {
    read.map_err(|error| format!("{error} | {error:?}"))
}
