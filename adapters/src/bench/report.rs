//! What a bench found, in numbers.

use std::collections::BTreeMap;

use application::ports::baseline::Terms;
use hdrhistogram::Histogram;
use serde::Serialize;

use super::attempts::AttemptFigures;

/// What a bench found.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The workload, by its name on the command line.
    pub workload: &'static str,
    /// What was asked for, by name; numbers as they are, times in seconds.
    pub plan: BTreeMap<&'static str, f64>,
    /// The store, with what made its commits durable.
    pub store: Store,
    /// The broker, with what its acknowledgements promise; none of workloads without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker: Option<Store>,
    /// How each side compares with others; the first ratio is that to the raw limit.
    pub ratios: Vec<Ratio>,
    /// What attempts came to; none of workloads without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<AttemptFigures>,
    /// The sides.
    pub sides: Vec<Side>,
}

/// The store that was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Store {
    /// What it is.
    pub kind: &'static str,
    /// Its version.
    pub version: String,
    /// What made its commits durable, by the store's own names.
    pub durability: BTreeMap<&'static str, String>,
}

impl From<Terms> for Store {
    fn from(terms: Terms) -> Self {
        let Terms { kind, version, durability } = terms;
        Self { kind, version, durability: durability.into_iter().collect() }
    }
}

/// How much faster one side was than another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ratio {
    /// This side
    pub of: &'static str,
    /// by that one,
    pub to: &'static str,
    /// in the middle of the rounds,
    pub median: f64,
    /// and in each.
    pub rounds: Vec<f64>,
}

/// One side.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// Its name.
    pub name: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// How many of these a second, in the middle of the rounds.
    pub per_second: f64,
    /// How long cores worked for each of them, in microseconds; none where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_us: Option<f64>,
    /// Rows in a transaction on average, in the middle of the rounds; none where nothing is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<f64>,
    /// How long single things took, over all rounds.
    pub latency: Latency,
    /// Each turn.
    pub rounds: Vec<Round>,
}

/// How long single things took, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Latency {
    /// What each time is of.
    pub of: &'static str,
    /// How many there were.
    pub count: u64,
    /// Half of them took at most so long,
    pub p50_us: f64,
    /// nine in ten,
    pub p90_us: f64,
    /// ninety-nine in a hundred,
    pub p99_us: f64,
    /// nine hundred and ninety-nine in a thousand,
    pub p999_us: f64,
    /// and all of them.
    pub max_us: f64,
}

impl Latency {
    pub(super) fn of(of: &'static str, nanos: &Histogram<u64>) -> Self {
        let micros = |nanos: u64| nanos as f64 / 1_000.0;
        let at = |quantile| micros(nanos.value_at_quantile(quantile));
        Self {
            of,
            count: nanos.len(),
            p50_us: at(0.5),
            p90_us: at(0.9),
            p99_us: at(0.99),
            p999_us: at(0.999),
            max_us: micros(nanos.max()),
        }
    }
}

/// One turn of a side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    /// How many of its units were done,
    pub count: u64,
    /// in so many seconds.
    pub seconds: f64,
    /// The one by the other.
    pub per_second: f64,
    /// How long cores worked for each of them, in microseconds; none where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_us: Option<f64>,
    /// Rows in a transaction, on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<f64>,
    /// How long processors took to pass the end of the log once nothing more came, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followed_ms: Option<f64>,
}
