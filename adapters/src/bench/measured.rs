//! What one turn of a side came to, and how turns become a side of the report.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::time::Instant;

use super::error::BenchError;
use super::report::{Latency, Ratio, Round, Side};

/// One turn.
pub(super) struct Measured {
    /// How many of the side's units were done.
    pub(super) count: u64,
    /// How long that took.
    pub(super) took: Duration,
    /// How long cores worked for it, where that is known.
    pub(super) worked: Option<Duration>,
    /// How long each single thing took.
    pub(super) times: Times,
    /// Rows in a transaction, on average.
    pub(super) batch: Option<f64>,
    /// How long processors took to pass the end of the log, once nothing more came.
    pub(super) followed: Option<Duration>,
}

impl Measured {
    pub(super) fn since(begun: &Begun, count: u64, times: Times) -> Self {
        let (took, worked) = (begun.at.elapsed(), begun.worked());
        Self { count, took, worked, times, batch: None, followed: None }
    }

    fn per_second(&self) -> f64 {
        self.count as f64 / self.took.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    fn cpu_us(&self) -> Option<f64> {
        Some(self.worked?.as_secs_f64() * 1_000_000.0 / self.count as f64)
    }

    fn round(&self) -> Round {
        Round {
            count: self.count,
            seconds: self.took.as_secs_f64(),
            per_second: self.per_second(),
            cpu_us: self.cpu_us(),
            batch: self.batch,
            followed_ms: self.followed.map(|took| took.as_secs_f64() * 1_000.0),
        }
    }
}

/// When a turn began.
pub(super) struct Begun {
    pub(super) at: Instant,
    pub(super) worked: Option<Duration>,
    pub(super) ask: fn() -> Option<Duration>,
}

impl Begun {
    /// How long cores have worked since.
    pub(super) fn worked(&self) -> Option<Duration> {
        Some((self.ask)()?.saturating_sub(self.worked?))
    }
}

/// How long things took, in nanoseconds with three digits; for many tasks at once.
pub(super) struct Times(Mutex<Histogram<u64>>);

impl Times {
    pub(super) fn none() -> Result<Self, BenchError> {
        let empty = Histogram::new(3).map_err(BenchError::inside("making a histogram"))?;
        Ok(Self(Mutex::new(empty)))
    }

    /// What clients kept that have all ended.
    pub(super) fn of_ended(times: Arc<Self>) -> Result<Self, BenchError> {
        Arc::try_unwrap(times).map_err(|_| BenchError::Inside {
            doing: "adding up times",
            source: "a client that has ended still holds them".into(),
        })
    }

    /// Keeps how long it has been since `begun`.
    pub(super) fn keep_since(&self, begun: Instant) {
        self.keep(begun.elapsed());
    }

    /// Keeps how long something took.
    pub(super) fn keep(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        // The histogram grows by itself up to centuries, so it takes every time.
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).record(nanos.max(1));
    }

    fn add_to(&self, all: &mut Histogram<u64>) -> Result<(), BenchError> {
        let own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.add(&*own).map_err(BenchError::inside("adding up times"))
    }
}

/// The turns of one side.
pub(super) struct BenchTurns {
    name: &'static str,
    unit: &'static str,
    timed: &'static str,
    turns: Vec<Measured>,
}

impl BenchTurns {
    /// `unit` is what is counted, and `timed` what each of the times is of.
    pub(super) const fn of(name: &'static str, unit: &'static str, timed: &'static str) -> Self {
        Self { name, unit, timed, turns: Vec::new() }
    }

    pub(super) fn add(&mut self, turn: Measured) -> Result<(), BenchError> {
        if turn.count == 0 {
            return Err(BenchError::Nothing { side: self.name });
        }
        self.turns.push(turn);
        Ok(())
    }

    /// The side, with medians over its turns and the times of all of them together.
    pub(super) fn side(&self) -> Result<Side, BenchError> {
        let mut all = Histogram::new(3).map_err(BenchError::inside("making a histogram"))?;
        self.turns.iter().try_for_each(|turn| turn.times.add_to(&mut all))?;
        let some = |value: fn(&Measured) -> Option<f64>| {
            let values: Vec<f64> = self.turns.iter().filter_map(value).collect();
            (!values.is_empty()).then(|| median(values))
        };
        Ok(Side {
            name: self.name,
            unit: self.unit,
            per_second: median(self.turns.iter().map(Measured::per_second).collect()),
            cpu_us: some(Measured::cpu_us),
            batch: some(|turn| turn.batch),
            latency: Latency::of(self.timed, &all),
            rounds: self.turns.iter().map(Measured::round).collect(),
        })
    }

    /// How much faster this side was than another one, round by round.
    pub(super) fn beside(&self, other: &Self) -> Ratio {
        let pairs = self.turns.iter().zip(&other.turns);
        let rounds: Vec<f64> = pairs.map(|(own, other)| own.per_second() / other.per_second()).collect();
        Ratio { of: self.name, to: other.name, median: median(rounds.clone()), rounds }
    }
}

/// The middle one; of an even number, the mean of the two in the middle; 0 of none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match (values.len(), values.len() / 2) {
        (0, _) => 0.0,
        (count, middle) if count % 2 == 1 => values[middle],
        (_, middle) => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(count: u64, times: Times) -> Measured {
        let (took, worked) = (Duration::from_secs(1), Some(Duration::from_millis(500)));
        Measured { count, took, worked, times, batch: None, followed: None }
    }

    fn turns(rates: &[u64]) -> BenchTurns {
        let mut turns = BenchTurns::of("a", "things", "thing");
        for &rate in rates {
            let times = Times::none().unwrap();
            times.keep_since(Instant::now());
            turns.add(measured(rate, times)).unwrap();
        }
        turns
    }

    #[test]
    fn a_side_is_as_fast_as_its_middle_round() {
        assert_eq!(turns(&[10, 1_000, 30]).side().unwrap().per_second, 30.0);
        assert_eq!(turns(&[10, 30]).side().unwrap().per_second, 20.0);
    }

    #[test]
    fn work_is_counted_for_each_thing_done() {
        assert_eq!(turns(&[1_000]).side().unwrap().cpu_us, Some(500.0));
    }

    #[test]
    fn sides_are_compared_round_by_round() {
        let ratio = turns(&[10, 40, 90]).beside(&turns(&[10, 20, 30]));
        assert_eq!((ratio.rounds, ratio.median), (vec![1.0, 2.0, 3.0], 2.0));
    }

    #[test]
    fn times_are_kept_and_shown_in_microseconds() {
        let times = Times::none().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(2) {}
        times.keep_since(begun);
        let mut side = BenchTurns::of("a", "things", "thing");
        side.add(measured(1, times)).unwrap();
        let latency = side.side().unwrap().latency;
        assert_eq!(latency.count, 1);
        assert!(latency.p50_us >= 2_000.0 && latency.max_us >= 2_000.0, "{latency:?}");
    }

    #[test]
    fn a_side_that_did_nothing_is_no_side() {
        let nothing = measured(0, Times::none().unwrap());
        let refused = BenchTurns::of("a", "things", "thing").add(nothing);
        assert!(matches!(refused, Err(BenchError::Nothing { side: "a" })));
    }
}
