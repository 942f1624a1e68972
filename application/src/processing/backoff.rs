//! How long to wait before the next try.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::ports::Ids;

/// The longest wait between tries of a parked sequence.
const PARKED_LONGEST: Duration = Duration::from_secs(300);

/// Waits that double from a first one up to a longest one, each shortened by up to a half so that many do not meet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
}

impl Backoff {
    /// Between tries of something that is away.
    pub(super) const AWAY: Self =
        Self { first: Duration::from_millis(500), longest: Duration::from_secs(30) };
    /// Between tries of a parked sequence.
    pub(super) const PARKED: Self = Self { first: Duration::from_secs(1), longest: PARKED_LONGEST };
    /// Before a parked event is tried again that needs something that was away.
    pub(super) const NEEDED: Self = Self { first: Duration::from_secs(5), longest: Duration::from_secs(5) };
    /// Before an event is tried again whose stream had too much to do.
    pub(super) const BUSY: Self = Self { first: Duration::from_secs(1), longest: Duration::from_secs(1) };

    /// How long to wait after `failures` failures, from 1.
    pub(super) fn after(self, failures: u32, ids: &dyn Ids) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let whole = self.first.saturating_mul(1 << doublings).min(self.longest);
        whole.mul_f64(0.5 + ids.fraction().clamp(0.0, 1.0) / 2.0)
    }
}

/// When something is due that is parked until `due`. Nothing is parked for longer than the longest wait: what is due
/// later than that was parked by a clock that was ahead, and is due now.
pub(super) fn parked_until(due: Timestamp, now: Timestamp) -> Timestamp {
    if due > later(now, PARKED_LONGEST) { now } else { due }
}

/// `now` and so much later, or the end of time.
pub(super) fn later(now: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| now.saturating_add(by).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Middle;

    impl Ids for Middle {
        fn next(&self) -> uuid::Uuid {
            uuid::Uuid::nil()
        }

        fn fraction(&self) -> f64 {
            0.5
        }
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits = [1, 2, 3, 6, 7, 40].map(|failures| Backoff::AWAY.after(failures, &Middle).as_millis());
        assert_eq!(waits, [375, 750, 1_500, 12_000, 22_500, 22_500]);
    }
}
