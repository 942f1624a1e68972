//! The gauges of a segment, set by its work, so that they are right when nobody asks.

use std::sync::OnceLock;

use metrics::Gauge;

use crate::ports::token_store::{ProcessorName, Segment};

/// The gauges of one segment of a processor: at most three for each of its segments, of which there are 64 at most.
/// Each is looked up by its labels once, since they are set with every step; and not before it has something to say.
#[derive(Debug)]
pub(super) struct Gauges {
    labels: [(&'static str, String); 2],
    lag: OnceLock<Gauge>,
    parked: OnceLock<Gauge>,
    failed: OnceLock<Gauge>,
}

impl Gauges {
    pub(super) fn of(processor: &ProcessorName, segment: Segment) -> Self {
        let labels = [("processor", processor.to_string()), ("segment", segment.to_string())];
        Self { labels, lag: OnceLock::new(), parked: OnceLock::new(), failed: OnceLock::new() }
    }

    /// How many events lie before it.
    pub(super) fn lag(&self, events: u64) {
        self.named(&self.lag, "rental_processor_lag_events").set(exact(events));
    }

    /// How many letters wait in it, abandoned ones among them.
    pub(super) fn parked(&self, letters: usize) {
        self.named(&self.parked, "rental_processor_parked_letters").set(exact(letters as u64));
    }

    /// Whether it cannot go on however long it waits.
    pub(super) fn failed(&self, failed: bool) {
        self.named(&self.failed, "rental_processor_failed").set(f64::from(u8::from(failed)));
    }

    fn named<'a>(&self, gauge: &'a OnceLock<Gauge>, name: &'static str) -> &'a Gauge {
        gauge.get_or_init(|| metrics::gauge!(name, &self.labels))
    }
}

/// Exact up to 2^53, which no log reaches.
#[allow(clippy::cast_precision_loss)]
const fn exact(value: u64) -> f64 {
    value as f64
}
