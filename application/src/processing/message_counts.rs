//! Counts of the messages that go out and come in, by topic: as many series as there are topics, or handlers of them.

use std::collections::BTreeMap;

use crate::ports::publisher::OutgoingRecord;
use crate::ports::token_store::ProcessorName;
use crate::reactions::partition_of;

/// So many were acknowledged by the broker.
pub(super) fn produced(records: &[OutgoingRecord]) {
    let mut counts = BTreeMap::<&str, u64>::new();
    for record in records {
        *counts.entry(&record.topic).or_default() += 1;
    }
    for (topic, count) in counts {
        metrics::counter!("rental_messages_produced_total", "topic" => topic.to_owned()).increment(count);
    }
}

/// So many were handled, or kept since they could not be.
pub(super) fn consumed(processor: &ProcessorName, count: u64) {
    counted("rental_messages_consumed_total", processor, count);
}

/// One was rejected.
pub(super) fn rejected(processor: &ProcessorName) {
    counted("rental_messages_rejected_total", processor, 1);
}

/// Counts for the handler and the topic that a processor of a partition is named by; others have none.
fn counted(name: &'static str, processor: &ProcessorName, count: u64) {
    if let Some((handler, topic, _)) = partition_of(processor) {
        metrics::counter!(name, "topic" => topic.name(), "handler" => handler.to_owned()).increment(count);
    }
}
