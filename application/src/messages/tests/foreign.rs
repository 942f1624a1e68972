//! Records of topics in the form of events: nothing of them is lost on the way.

use bytes::Bytes;
use jiff::Timestamp;

use super::{messages, record_of_each_topic};
use crate::codec::tests::{encode, recorded};
use crate::messages::{ForeignRecord, record_of};
use crate::ports::event_store::{Position, Recorded};

fn record() -> ForeignRecord {
    ForeignRecord {
        topic: "rental_rent".to_owned(),
        partition: 3,
        offset: 7,
        time: Timestamp::UNIX_EPOCH,
        key: Some(Bytes::from_static(b"\xff\0")),
        headers: vec![
            ("ce_type".to_owned(), Bytes::from_static("제니.v1".as_bytes())),
            ("raw".to_owned(), Bytes::from_static(b"\xfe")),
        ],
        body: Some(Bytes::from_static(b"not json \xff")),
    }
}

#[test]
fn a_record_comes_back_byte_for_byte() {
    let log = ForeignRecord::log_of("cluster", "rental_rent", 3);
    for record in [record(), ForeignRecord { key: None, headers: vec![], body: None, ..record() }] {
        let event = record.recorded(log);
        assert_eq!(ForeignRecord::of(&event).unwrap().unwrap(), record);
        assert_eq!(
            (event.position, Some(event.id)),
            (Position::new(8), ForeignRecord::id_at(log, event.position))
        );
    }
    assert_eq!(record().recorded(log).kind.as_str(), "제니.v1");
}

#[test]
fn the_same_place_elsewhere_is_another_event() {
    let logs = [("a", "t", 1), ("b", "t", 1), ("a", "u", 1), ("a", "t", 2)];
    let ids: std::collections::BTreeSet<_> = logs
        .into_iter()
        .map(|(cluster, topic, partition)| ForeignRecord::log_of(cluster, topic, partition))
        .map(|log| ForeignRecord::id_at(log, Position::new(1)).unwrap())
        .collect();
    assert_eq!(ids.len(), logs.len());
    let log = ForeignRecord::log_of("a", "t", 1);
    assert_eq!(ForeignRecord::id_at(log, Position::START), None);
}

#[test]
fn an_event_of_ours_is_no_record() {
    let (event, _) = messages().remove(0);
    assert!(ForeignRecord::of(&recorded(encode(&event))).is_none());
}

#[test]
fn a_record_that_does_not_say_where_it_stood_is_named_by_its_position() {
    let event = record().recorded(ForeignRecord::log_of("a", "t", 1));
    let broken = Recorded { metadata: Bytes::from_static(b"{}"), ..event };
    let error = ForeignRecord::of(&broken).unwrap().unwrap_err();
    assert!(error.to_string().contains("position 8"), "{error}");
}

#[test]
fn a_message_that_was_published_is_the_same_when_it_is_read_from_its_topic() {
    let by_topic = |topic| messages().into_iter().map(|(_, message)| message).find(|it| it.topic == topic);
    for (topic, published) in record_of_each_topic() {
        let message = by_topic(topic).unwrap();
        assert_eq!(record_of(&message), published);
        let foreign = ForeignRecord {
            topic: published.topic,
            partition: 0,
            offset: 0,
            time: Timestamp::UNIX_EPOCH,
            key: Some(published.key.into()),
            headers: published.headers,
            body: Some(published.body),
        };
        let again = ForeignRecord::of(&foreign.recorded(ForeignRecord::log_of("a", topic.name(), 0)));
        assert_eq!(again.unwrap().unwrap().message(topic).unwrap(), message);
    }
}
