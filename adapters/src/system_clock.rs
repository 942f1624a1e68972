//! The machine's clock and its randomness: the only place where they are read.

use application::ports::{Clock, Ids};
use domain::Date;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// The machine's clock in microseconds, seen from the library's time zone.
#[derive(Debug, Clone)]
pub struct SystemClock {
    zone: TimeZone,
}

impl SystemClock {
    /// A clock whose days begin and end as they do in `zone`.
    #[must_use]
    pub const fn new(zone: TimeZone) -> Self {
        Self { zone }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else asks")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // Not every store keeps more, and a time has to come back as it was. What this year has of microseconds fits.
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    fn today(&self) -> Date {
        self.now().to_zoned(self.zone.clone()).date()
    }
}

/// Ids and dice from the operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    /// Ids of one process rise, also within a millisecond and when the clock goes back, so that sorting by id is
    /// sorting by the order in which they were given out.
    #[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn fraction(&self) -> f64 {
        // The last four bytes of a version 7 id are random; its other bits are time, a counter and the version.
        let [.., a, b, c, d] = self.next().into_bytes();
        f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_and_are_version_7() {
        let ids: Vec<Uuid> = (0..10_000).map(|_| SystemIds.next()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "an id is not greater than the one before it");
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn times_are_whole_microseconds() {
        let clock = SystemClock::new(TimeZone::UTC);
        assert!((0..1_000).all(|_| clock.now().subsec_nanosecond() % 1_000 == 0));
    }

    #[test]
    fn fractions_lie_between_0_and_1_and_are_spread() {
        let dice: Vec<f64> = (0..10_000).map(|_| SystemIds.fraction()).collect();
        assert!(dice.iter().all(|fraction| (0.0..1.0).contains(fraction)));
        let low = dice.iter().filter(|fraction| **fraction < 0.5).count();
        // Six standard deviations of 10,000 fair coins are 300.
        assert!((4_700..=5_300).contains(&low), "{low} of 10,000 are below one half");
    }

    #[test]
    fn today_is_the_day_in_the_librarys_zone() {
        let east = SystemClock::new(TimeZone::fixed(jiff::tz::offset(14)));
        let west = SystemClock::new(TimeZone::fixed(jiff::tz::offset(-12)));
        // 26 hours apart: at any moment it is at least one day later in the east.
        assert!(east.today() > west.today());
    }
}
