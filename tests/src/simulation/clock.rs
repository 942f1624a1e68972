//! One clock for the port and for timers: the paused time of the runtime, which goes on by itself whenever everybody
//! waits for a timer.

use std::sync::atomic::{AtomicI64, Ordering};

use application::ports::Clock;
use domain::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Lets simulated time pass. Nobody really waits.
pub(super) use tokio::time::sleep as pass;

/// Noon of 2 March 2026, UTC, when every life begins.
const BEGINNING: Timestamp = Timestamp::constant(1_772_452_800, 0);

/// The clock of one node, or of a store. All of them move together with the timers; each may be set wrong.
pub struct SimulatedClock {
    began: Instant,
    skew_ms: AtomicI64,
}

impl SimulatedClock {
    /// A clock that is right; to be made when a life begins, under a runtime whose time is paused.
    #[must_use]
    pub fn beginning() -> Self {
        Self { began: Instant::now(), skew_ms: AtomicI64::new(0) }
    }

    /// Another clock that shows the same, as long as none of them is set.
    #[must_use]
    pub const fn twin(&self) -> Self {
        Self { began: self.began, skew_ms: AtomicI64::new(0) }
    }

    /// Sets it wrong by this much; timers do not notice.
    pub fn is_off_by(&self, skew: SignedDuration) {
        self.skew_ms.store(i64::try_from(skew.as_millis()).unwrap_or(0), Ordering::SeqCst);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.began.elapsed()).unwrap_or(SignedDuration::MAX);
        let skew = SignedDuration::from_millis(self.skew_ms.load(Ordering::SeqCst));
        BEGINNING.saturating_add(passed + skew).unwrap_or(BEGINNING)
    }

    fn today(&self) -> Date {
        self.now().to_zoned(jiff::tz::TimeZone::UTC).date()
    }
}
