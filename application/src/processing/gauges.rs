//! The gauges of a segment, set by its work, so that they are right when nobody asks.

use crate::ports::token_store::{ProcessorName, Segment};

/// The gauges of one segment of a processor: at most three for each of its segments, of which there are 64 at most.
#[derive(Debug)]
pub(super) struct Gauges {
    processor: String,
    segment: String,
}

impl Gauges {
    pub(super) fn of(processor: &ProcessorName, segment: Segment) -> Self {
        Self { processor: processor.to_string(), segment: segment.to_string() }
    }

    /// How many events lie before it.
    pub(super) fn lag(&self, events: u64) {
        self.set("rental_processor_lag_events", exact(events));
    }

    /// How many letters wait in it, abandoned ones among them.
    pub(super) fn parked(&self, letters: usize) {
        self.set("rental_processor_parked_letters", exact(letters as u64));
    }

    /// Whether it cannot go on however long it waits.
    pub(super) fn failed(&self, failed: bool) {
        self.set("rental_processor_failed", f64::from(u8::from(failed)));
    }

    fn set(&self, name: &'static str, value: f64) {
        let labels = [("processor", self.processor.clone()), ("segment", self.segment.clone())];
        metrics::gauge!(name, &labels).set(value);
    }
}

/// Exact up to 2^53, which no log reaches.
#[allow(clippy::cast_precision_loss)]
const fn exact(value: u64) -> f64 {
    value as f64
}
