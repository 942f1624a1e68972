//! How long commands take to be answered.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest time that is told from longer ones, in microseconds: a minute.
const LONGEST_US: u64 = 60_000_000;
/// How many digits of a time are kept.
const DIGITS: u8 = 2;

/// Takes down how long commands took. Cheap to clone; all clones write the same.
#[derive(Debug, Clone, Default)]
pub struct CommandTimes(Arc<Mutex<AnswerTimes>>);

/// How many commands were answered, and how long that took.
#[derive(Debug, Clone, Default)]
pub struct AnswerTimes(Option<Histogram<u64>>);

impl CommandTimes {
    /// One was answered after so long.
    pub fn answered_after(&self, time: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(time);
    }

    /// What came since this was last called.
    pub(super) fn take(&self) -> AnswerTimes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl AnswerTimes {
    fn add(&mut self, time: Duration) {
        if self.0.is_none() {
            // These limits are fixed, and fit one another.
            self.0 = Histogram::new_with_max(LONGEST_US, DIGITS).ok();
        }
        let time_us = u64::try_from(time.as_micros()).unwrap_or(LONGEST_US);
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record(time_us.max(1));
        }
    }

    /// These and those.
    pub(super) fn join(&mut self, others: &Self) {
        match (&mut self.0, &others.0) {
            (Some(here), Some(there)) => {
                if let Err(error) = here.add(there) {
                    tracing::error!(%error, "times of commands could not be joined, which have one form");
                }
            }
            (here @ None, Some(there)) => *here = Some(there.clone()),
            (_, None) => {}
        }
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    /// How long all but this part of them took at most, in two digits; none when there were none. The part is between 0
    /// and 1.
    #[must_use]
    pub fn quantile(&self, part: f64) -> Option<Duration> {
        let histogram = self.0.as_ref().filter(|histogram| !histogram.is_empty())?;
        Some(Duration::from_micros(histogram.value_at_quantile(part)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_taken_once_and_joined() {
        let times = CommandTimes::default();
        for time_ms in 1..=100 {
            times.answered_after(Duration::from_millis(time_ms));
        }
        let mut taken = times.take();
        assert_eq!((taken.count(), times.take().count()), (100, 0));
        times.answered_after(Duration::from_secs(3_600));
        taken.join(&times.take());
        assert_eq!(taken.count(), 101);
        let half = taken.quantile(0.5).unwrap().as_millis();
        assert!((50..=52).contains(&half), "{half}");
        assert!(taken.quantile(1.0).unwrap() >= Duration::from_secs(59));
        assert_eq!(AnswerTimes::default().quantile(0.5), None);
    }
}
