//! Golden messages: one a topic, with headers and body as they are published.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::{messages, read_with, record_of, record_of_each_topic};
use crate::messages::Topic;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/messages");

#[test]
fn every_topic_is_published_exactly_as_its_golden_file() {
    for (topic, record) in record_of_each_topic() {
        assert_eq!(fs::read_to_string(path(topic)).unwrap(), shown(&record), "{topic}");
    }
}

#[test]
fn no_golden_file_is_left_over() {
    let expected: BTreeSet<_> = Topic::ALL.map(|topic| format!("{topic}.json")).into();
    let found: BTreeSet<_> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(expected, found);
}

#[test]
fn a_message_read_from_a_topic_is_the_one_made_from_the_event() {
    for (_, message) in messages() {
        let record = record_of(&message);
        assert_eq!(read_with(message.topic, &record.headers, &record.body).unwrap(), message);
    }
}

#[test]
fn a_message_that_was_read_is_published_as_the_same_bytes() {
    for (topic, record) in record_of_each_topic() {
        let message = read_with(topic, &record.headers, &record.body).unwrap();
        assert_eq!(record_of(&message), record);
    }
}

fn path(topic: Topic) -> String {
    format!("{FOLDER}/{topic}.json")
}

/// Key, headers and body; the body is kept as text, so that its bytes are pinned.
fn shown(record: &crate::ports::publisher::OutgoingRecord) -> String {
    let headers = record.headers.iter().map(|(name, value)| {
        format!("    {}: {}", quoted(name), quoted(std::str::from_utf8(value).unwrap()))
    });
    let headers = headers.collect::<Vec<_>>().join(",\n");
    let body = std::str::from_utf8(&record.body).unwrap();
    let key = quoted(&record.key);
    format!("{{\n  \"key\": {key},\n  \"headers\": {{\n{headers}\n  }},\n  \"body\": {body}\n}}\n")
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
