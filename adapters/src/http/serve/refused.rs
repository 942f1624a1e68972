//! Connections that could not be accepted: counted each time, and said now and then, since without file descriptors it happens
//! twenty times a second.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

/// The least time between two lines of the log.
const SAY_EVERY: Duration = Duration::from_secs(10);
/// How many connections could not be accepted when they were tried.
const FAILURES: &str = "rental_http_accept_failures_total";

/// What has failed since it was last said.
#[derive(Debug, Default)]
pub(super) struct Refused {
    count: u64,
    said: Option<Instant>,
}

impl Refused {
    /// One more failed.
    pub(super) fn count(&mut self, error: &io::Error) {
        metrics::counter!(FAILURES).increment(1);
        if let Some(failures) = self.due(Instant::now()) {
            tracing::warn!(%error, failures, "accepting connections failed; it is tried again and again");
        }
    }

    /// How many there were, if it is time to say so.
    fn due(&mut self, now: Instant) -> Option<u64> {
        self.count += 1;
        if self.said.is_some_and(|said| now.duration_since(said) < SAY_EVERY) {
            return None;
        }
        self.said = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_is_said_and_then_their_number_every_ten_seconds() {
        let (mut refused, begin) = (Refused::default(), Instant::now());
        let said: Vec<_> =
            (0..500).filter_map(|n| refused.due(begin + Duration::from_millis(50 * n))).collect();
        assert_eq!(said, [1, 200, 200]);
    }
}
