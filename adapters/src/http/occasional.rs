//! What may happen thousands of times a second: the first time is said in the log, and then the number of times now and
//! then.

use std::time::Duration;

use tokio::time::Instant;

/// The least time between two lines of the log.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// How often something has happened since it was last said.
#[derive(Debug, Default)]
pub(super) struct OccasionalCount {
    count: u64,
    said: Option<Instant>,
}

impl OccasionalCount {
    /// Once more; how many times there were, if it is time to say so.
    pub(super) fn due(&mut self, now: Instant) -> Option<u64> {
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
    fn the_first_time_is_said_and_then_their_number_every_ten_seconds() {
        let (mut count, begin) = (OccasionalCount::default(), Instant::now());
        let said: Vec<_> =
            (0..500).filter_map(|n| count.due(begin + Duration::from_millis(50 * n))).collect();
        assert_eq!(said, [1, 200, 200]);
    }
}
