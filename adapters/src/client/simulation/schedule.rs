//! When requests begin: evenly, whatever becomes of those before.

use std::time::Duration;

/// The times of all requests of a run, from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    rate: u32,
    /// How many requests there are.
    pub(super) count: u64,
}

impl Schedule {
    /// `rate` requests a second for so long; one at least.
    pub(super) fn of(rate: u32, length: Duration) -> Self {
        let rate = rate.max(1);
        let whole = length.as_nanos() * u128::from(rate) / 1_000_000_000;
        Self { rate, count: u64::try_from(whole).unwrap_or(u64::MAX).max(1) }
    }

    /// When the request with this number begins, counted from 0.
    pub(super) fn at(&self, number: u64) -> Duration {
        let rate = u64::from(self.rate);
        Duration::from_secs(number / rate) + Duration::from_nanos(number % rate * 1_000_000_000 / rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_as_many_requests_as_its_rate_and_length_say() {
        for (rate, length, count) in [(200, 30_000, 6_000), (3, 500, 1), (1, 10, 1), (7, 2_000, 14)] {
            assert_eq!(Schedule::of(rate, Duration::from_millis(length)).count, count);
        }
    }

    #[test]
    fn requests_begin_evenly_and_the_last_one_within_the_run() {
        for rate in [1, 3, 7, 200, 100_000] {
            let length = Duration::from_secs(4);
            let schedule = Schedule::of(rate, length);
            assert_eq!(
                (schedule.at(0), schedule.at(u64::from(rate))),
                (Duration::ZERO, Duration::from_secs(1))
            );
            assert!(schedule.at(schedule.count - 1) < length, "{rate}");
            let gaps = (1..1_000).map(|n| schedule.at(n) - schedule.at(n - 1));
            let (least, most) = gaps.fold((length, Duration::ZERO), |(l, m), gap| (l.min(gap), m.max(gap)));
            assert!(most - least <= Duration::from_nanos(1), "{rate}: {least:?} to {most:?}");
        }
    }

    #[test]
    fn a_long_run_does_not_drift() {
        let schedule = Schedule::of(3, Duration::from_secs(86_400));
        assert_eq!(schedule.at(3 * 86_400 - 3), Duration::from_secs(86_399));
    }
}
