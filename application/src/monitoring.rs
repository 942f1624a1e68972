//! What operators watch: how fast the log grows, how fast commands are answered, how far processors are, and how all of
//! that was over the last quarter of an hour. One monitor a process looks, at most once a second; whoever wants to know
//! is shown what it saw.

mod command_times;
mod deadlines;
mod monitor;
mod rates;
mod series;

pub use command_times::{AnswerTimes, CommandTimes};
pub use deadlines::{DeadlineSight, Unseen};
pub use monitor::{AttemptCounts, Monitor, Sample, WatchedProcessor};
pub use series::{POINT_SECONDS, Point};
