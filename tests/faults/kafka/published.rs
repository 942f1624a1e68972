//! What topics hold, against what the log says.

use std::collections::BTreeSet;

use application::messages::{Topic, messages_of, record_of};
use application::ports::event_store::Position;
use application::ports::publisher::OutgoingRecord;
use application::processing::DecodedEvent;
use tests::topics::TestTopics;

use crate::store::Stores;

/// As many as topics have by default.
const PARTITIONS: i32 = 4;

/// Each topic has every message of the log, and those of a key appear first in the order of the log.
pub(super) async fn is_what_the_log_says(stores: &Stores, topics: &TestTopics) {
    let said = said_by(stores).await;
    let mut repeated = 0;
    for topic in Topic::ALL {
        let wanted = by_key(said.iter().filter(|record| record.topic == topic.name()).cloned().collect());
        let held = topics.records(topic.name(), PARTITIONS).await;
        let count = held.len();
        let first = by_key(first_appearances(held));
        repeated += count - first.len();
        assert!(
            first == wanted,
            "{topic}: {} of {} messages, or in another order",
            first.len(),
            wanted.len()
        );
    }
    eprintln!("{} messages are there, {repeated} of them once more", said.len());
}

/// Each topic has every message of the log in one of so many partitions; a key may have moved from one to another. Says
/// how many messages are not where topics had partitions before.
pub(super) async fn is_all_there(stores: &Stores, topics: &TestTopics, partitions: i32) -> usize {
    let (said, mut moved) = (said_by(stores).await, 0);
    for topic in Topic::ALL {
        let ids = |records: Vec<OutgoingRecord>| records.iter().map(id_of).collect::<BTreeSet<_>>();
        let wanted = said.iter().filter(|record| record.topic == topic.name()).cloned().collect();
        let held = topics.records(topic.name(), partitions).await;
        moved += held.len() - topics.records(topic.name(), PARTITIONS).await.len();
        assert!(ids(held) == ids(wanted), "{topic}: not what the log says");
    }
    moved
}

async fn said_by(stores: &Stores) -> Vec<OutgoingRecord> {
    let said = stores.events(Position::START).await.into_iter().flat_map(|recorded| {
        let DecodedEvent { recorded, metadata, event } = DecodedEvent::read(recorded).unwrap();
        messages_of(&recorded, &metadata, &event)
    });
    let said: Vec<OutgoingRecord> = said.map(|message| record_of(&message)).collect();
    assert!(said.len() > 100, "too little was said: {}", said.len());
    said
}

/// Key by key, each in its order.
fn by_key(mut records: Vec<OutgoingRecord>) -> Vec<OutgoingRecord> {
    records.sort_by(|one, other| one.key.cmp(&other.key));
    records
}

fn first_appearances(records: Vec<OutgoingRecord>) -> Vec<OutgoingRecord> {
    let mut seen = std::collections::HashSet::new();
    records.into_iter().filter(|record| seen.insert(id_of(record))).collect()
}

fn id_of(record: &OutgoingRecord) -> Vec<u8> {
    let id = record.headers.iter().find(|(name, _)| name == "ce_id");
    id.expect("each message has an id").1.to_vec()
}
