//! The gauges of a segment, set by its work, so that they are right when nobody asks.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use metrics::Gauge;

use super::assignment::Assignment;

/// The gauges of one segment of a processor: at most three for each of its segments, of which there are 64 at most, and
/// three for each that is rebuilt. Each is looked up by its labels once, since they are set with every step; and not before it has something to say.
#[derive(Debug)]
pub(super) struct Gauges {
    labels: [(&'static str, String); 2],
    names: [&'static str; 3],
    has_ended: AtomicBool,
    lag: OnceLock<Gauge>,
    parked: OnceLock<Gauge>,
    failed: OnceLock<Gauge>,
}

/// Of a segment of the generation that readers see: what lies before it, what waits in it, and whether it stands.
const LIVE: [&str; 3] =
    ["rental_processor_lag_events", "rental_processor_parked_letters", "rental_processor_failed"];
/// The same of one that is rebuilt.
const BESIDE: [&str; 3] =
    ["rental_rebuild_lag_events", "rental_rebuild_parked_letters", "rental_rebuild_failed"];

impl Gauges {
    pub(super) fn of(assigned: &Assignment) -> Self {
        let Assignment { name, segment, beside } = assigned;
        let labels = [("processor", name.to_string()), ("segment", segment.to_string())];
        let names = if beside.is_some() { BESIDE } else { LIVE };
        let (lag, parked, failed) = Default::default();
        Self { labels, names, has_ended: AtomicBool::new(false), lag, parked, failed }
    }

    /// How many events lie before it.
    pub(super) fn lag(&self, events: u64) {
        self.set(&self.lag, self.names[0], exact(events));
    }

    /// How many letters wait in it, abandoned ones among them.
    pub(super) fn parked(&self, letters: usize) {
        self.set(&self.parked, self.names[1], exact(letters as u64));
    }

    /// Whether it cannot go on however long it waits.
    pub(super) fn failed(&self, failed: bool) {
        self.set(&self.failed, self.names[2], f64::from(u8::from(failed)));
    }

    /// The segment is there no more: from now on they stay at nothing.
    pub(super) fn end(&self) {
        self.has_ended.store(true, Ordering::SeqCst);
        let all = [&self.lag, &self.parked, &self.failed];
        all.into_iter().filter_map(OnceLock::get).for_each(|gauge| gauge.set(0.0));
    }

    fn set(&self, gauge: &OnceLock<Gauge>, name: &'static str, value: f64) {
        let gauge = gauge.get_or_init(|| metrics::gauge!(name, &self.labels));
        gauge.set(if self.has_ended.load(Ordering::SeqCst) { 0.0 } else { value });
    }
}

/// Exact up to 2^53, which no log reaches.
#[allow(clippy::cast_precision_loss)]
const fn exact(value: u64) -> f64 {
    value as f64
}
