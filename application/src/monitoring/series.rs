//! The last quarter of an hour, in points of five seconds.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::command_times::AnswerTimes;

/// How many seconds a point stands for.
pub const POINT_SECONDS: i64 = 5;
/// How many points are kept: fifteen minutes.
const POINTS_MAX: usize = 180;

/// What was seen in five seconds. Where nothing could be seen, there is no point.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// When they began.
    pub at: Timestamp,
    /// How many events came.
    pub events: u64,
    /// How many commands this process answered.
    pub commands: u64,
    /// How long 99 of 100 of them took at most; none when there were none.
    pub command_p99: Option<Duration>,
    /// How many events lay before the processor that was furthest behind, at most.
    pub lag_events: u64,
    /// How many dead letters there were in the end.
    pub dead_letters: u64,
}

/// What one look saw.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) events: u64,
    pub(super) commands: AnswerTimes,
    pub(super) lag_events: u64,
    pub(super) dead_letters: u64,
}

/// The points, and the commands of the last one.
#[derive(Debug, Default)]
pub(super) struct Series {
    points: VecDeque<Point>,
    times: AnswerTimes,
}

impl Series {
    /// Adds what was seen to the point of its time.
    pub(super) fn add(&mut self, now: Timestamp, seen: &Seen) {
        let begun = now.as_second().div_euclid(POINT_SECONDS) * POINT_SECONDS;
        let Ok(at) = Timestamp::from_second(begun) else { return };
        if self.points.back().is_none_or(|last| last.at != at) {
            self.times = AnswerTimes::default();
            let Seen { lag_events, dead_letters, .. } = *seen;
            let point = Point { at, events: 0, commands: 0, command_p99: None, lag_events, dead_letters };
            self.points.push_back(point);
        }
        if self.points.len() > POINTS_MAX {
            self.points.pop_front();
        }
        self.times.join(&seen.commands);
        if let Some(point) = self.points.back_mut() {
            point.events += seen.events;
            point.commands = self.times.count();
            point.command_p99 = self.times.quantile(0.99);
            point.lag_events = point.lag_events.max(seen.lag_events);
            point.dead_letters = seen.dead_letters;
        }
    }

    /// All of them, oldest first.
    pub(super) fn points(&self) -> Vec<Point> {
        self.points.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(events: u64, lag_events: u64) -> Seen {
        Seen { events, commands: AnswerTimes::default(), lag_events, dead_letters: events }
    }

    #[test]
    fn what_is_seen_within_five_seconds_is_one_point_and_a_quarter_of_an_hour_is_kept() {
        let mut series = Series::default();
        for second in 0..2_000 {
            series.add(Timestamp::from_second(second).unwrap(), &seen(2, second.unsigned_abs() % 5));
        }
        let points = series.points();
        assert_eq!(points.len(), 180);
        let last = points.last().unwrap();
        assert_eq!((last.events, last.lag_events, last.dead_letters), (10, 4, 2));
        assert_eq!(last.at.as_second(), 1_995);
        assert!(points.windows(2).all(|two| two[0].at < two[1].at));
    }
}
