//! How fast positions move, over the last ten seconds.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// Over how long a rate is taken.
const SPAN: SignedDuration = SignedDuration::from_secs(10);
/// The most marks that are kept: one a second, and the one before them.
const MARKS_MAX: usize = 12;

/// Where something stood, and when.
#[derive(Debug, Clone, Default)]
pub(super) struct Course(VecDeque<(Timestamp, u64)>);

impl Course {
    /// It stands here now. A place that lies before the last one begins a new course, and so does a clock that was set
    /// back.
    pub(super) fn stands_at(&mut self, now: Timestamp, place: u64) {
        if self.0.back().is_some_and(|(at, before)| *at > now || *before > place) {
            self.0.clear();
        }
        self.0.push_back((now, place));
        // One that is older than the span is kept, so that there is one at its beginning.
        while self.0.len() > MARKS_MAX || self.0.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= SPAN)
        {
            self.0.pop_front();
        }
    }

    /// How far it has moved a second; none before it was seen twice.
    #[allow(clippy::cast_precision_loss, reason = "positions are exact up to 2^53, which no log reaches")]
    pub(super) fn per_second(&self) -> Option<f64> {
        let ((since, from), (now, to)) = self.0.front().zip(self.0.back())?;
        let seconds = now.duration_since(*since).as_secs_f64();
        (seconds > 0.0).then(|| to.saturating_sub(*from) as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000 + second).unwrap()
    }

    #[test]
    fn a_rate_is_that_of_the_last_ten_seconds() {
        let mut course = Course::default();
        course.stands_at(at(0), 0);
        assert_eq!(course.per_second(), None);
        for second in 1..=30 {
            course.stands_at(
                at(second),
                if second <= 20 { 1_000 } else { 1_000 + 5 * (second.unsigned_abs() - 20) },
            );
        }
        assert_eq!(course.per_second(), Some(5.0));
    }

    #[test]
    fn what_jumps_back_has_no_rate_until_it_moves_again() {
        let mut course = Course::default();
        course.stands_at(at(0), 100);
        course.stands_at(at(1), 200);
        course.stands_at(at(2), 0);
        assert_eq!(course.per_second(), None);
        course.stands_at(at(3), 7);
        assert_eq!(course.per_second(), Some(7.0));
        course.stands_at(at(1), 8);
        assert_eq!(course.per_second(), None);
    }
}
