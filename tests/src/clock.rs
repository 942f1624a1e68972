//! A clock that moves only when told, and ids that can be repeated.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use application::ports::{Clock, Ids};
use domain::Date;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// A clock that stands still at noon of a day, UTC, until it is moved.
pub struct StoppedClock {
    now: Mutex<Timestamp>,
}

impl StoppedClock {
    /// Stands at noon of `day`.
    #[must_use]
    pub fn at_noon_of(day: Date) -> Self {
        let now = day
            .at(12, 0, 0, 0)
            .to_zoned(jiff::tz::TimeZone::UTC)
            .map_or(Timestamp::UNIX_EPOCH, |noon| noon.timestamp());
        Self { now: Mutex::new(now) }
    }

    /// Moves the clock, in either direction.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.saturating_add(by).unwrap_or(*now);
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn today(&self) -> Date {
        self.now().to_zoned(jiff::tz::TimeZone::UTC).date()
    }
}

/// Ids that count upwards: the same run gives the same ids. They are valid UUIDv7.
pub struct CountedIds {
    next: AtomicU64,
    seed: u64,
}

impl CountedIds {
    /// Ids of one node or test; another `seed` gives other ids.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { next: AtomicU64::new(0), seed }
    }
}

impl Ids for CountedIds {
    fn next(&self) -> Uuid {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.seed.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(count, &bytes).into_uuid()
    }

    fn fraction(&self) -> f64 {
        0.5
    }
}
