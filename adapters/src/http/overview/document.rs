//! The overview as it is shown.

use std::time::Duration;

use application::monitoring::{POINT_SECONDS, Point, Sample, Unseen, WatchedProcessor};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::Api;
use super::super::docs::values;
use super::super::health::Check;
use super::super::processors::state;

/// How a process does, and the log that it works on.
#[derive(Clone, Serialize, PartialEq, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Overview)]
pub(in super::super) struct OverviewDocument {
    /// The log that positions are of.
    #[schema(value_type = values::Id)]
    log_id: String,
    /// When it was seen.
    #[schema(value_type = values::Moment)]
    at: String,
    /// What this process is called in the token store.
    node: String,
    /// The version of this build.
    version: &'static str,
    /// The services of this process.
    services: Vec<&'static str>,
    /// For how long it has been there.
    up_seconds: i64,
    /// Where the log ends.
    head: u64,
    health: HealthDocument,
    /// Over the last ten seconds; null at first.
    events_per_second: Option<f64>,
    /// Those that this process has answered, over the last ten seconds; null at first.
    commands_per_second: Option<f64>,
    /// How long half of the commands of the last ten seconds took at most; null when there were none. Commands that
    /// asked to wait do not count.
    #[serde(rename = "commandP50Ms")]
    command_p50_ms: Option<f64>,
    /// The same of 99 out of 100.
    #[serde(rename = "commandP99Ms")]
    command_p99_ms: Option<f64>,
    /// What lies before the processor that is furthest behind.
    lag_events: u64,
    /// Dead letters that are tried again.
    parked: usize,
    /// Dead letters that wait for an operator.
    abandoned: usize,
    /// Dead letters that could not be read, or fit nothing.
    rejected: usize,
    /// At most 100 are counted; null where attempts are of another process.
    processes_in_review: Option<usize>,
    /// At most 100 are counted; null where attempts are of another process.
    processes_in_flight: Option<usize>,
    /// Of which views the deadlines are not looked at, or not all of them; null where nobody here looks at deadlines.
    unseen_deadlines: Option<Vec<UnseenDocument>>,
    processors: Vec<ProcessorLine>,
    series: SeriesDocument,
}

/// Whether requests should be sent here.
#[derive(Clone, Serialize, PartialEq, ToSchema)]
struct HealthDocument {
    ready: bool,
    checks: Vec<CheckDocument>,
}

/// One of the checks that `/readyz` makes.
#[derive(Clone, Serialize, PartialEq, ToSchema)]
struct CheckDocument {
    name: &'static str,
    ready: bool,
    detail: String,
}

/// A processor in one line.
#[derive(Clone, Serialize, PartialEq, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProcessorLine {
    name: String,
    #[schema(value_type = values::ProcessorState)]
    state: &'static str,
    waiting: String,
    lag_events: u64,
    /// How many events it passes a second, over the last ten; null at first.
    rate: Option<f64>,
}

/// A view whose deadlines are not looked at, or not all of them.
#[derive(Clone, Serialize, PartialEq, ToSchema)]
#[schema(as = UnseenDeadlines)]
struct UnseenDocument {
    /// The processor that keeps it.
    view: String,
    why: &'static str,
}

/// The last fifteen minutes, oldest first. There is no point for seconds in which nothing could be seen.
#[derive(Clone, Serialize, PartialEq, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SeriesDocument {
    /// For how many seconds a point stands.
    every_seconds: i64,
    points: Vec<PointDocument>,
}

/// What was seen in one point's seconds.
#[derive(Clone, Serialize, PartialEq, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PointDocument {
    /// When they began.
    #[schema(value_type = values::Moment)]
    at: String,
    events: u64,
    commands: u64,
    #[serde(rename = "commandP99Ms")]
    command_p99_ms: Option<f64>,
    /// What lay before the processor that was furthest behind, at most.
    lag_events: u64,
    /// How many there were in the end.
    dead_letters: u64,
}

impl OverviewDocument {
    /// A sample, beside the service that it is of and its health.
    pub(super) fn of(api: &Api, sample: &Sample, checks: &[Check]) -> Self {
        let up = sample.at.duration_since(api.monitor.since());
        let sum = |of: fn(&WatchedProcessor) -> usize| sample.processors.iter().map(of).sum();
        Self {
            log_id: sample.head.log.to_string(),
            at: sample.at.to_string(),
            node: api.monitor.node().to_string(),
            version: env!("CARGO_PKG_VERSION"),
            services: api.services.iter().map(application::services::ServiceName::name).collect(),
            up_seconds: up.as_secs().max(0),
            head: sample.head.position.value(),
            health: HealthDocument::of(checks),
            events_per_second: sample.events_per_s.map(rounded),
            commands_per_second: sample.commands_per_s.map(rounded),
            command_p50_ms: sample.commands.quantile(0.5).map(in_ms),
            command_p99_ms: sample.commands.quantile(0.99).map(in_ms),
            lag_events: sample.processors.iter().map(|it| it.lag_events).max().unwrap_or(0),
            parked: sum(|it| it.status.parked),
            abandoned: sum(|it| it.status.abandoned),
            rejected: sum(|it| it.status.rejected),
            processes_in_review: sample.attempts.map(|counts| counts.in_review),
            processes_in_flight: sample.attempts.map(|counts| counts.in_flight),
            unseen_deadlines: sample.unseen.as_ref().map(UnseenDocument::all),
            processors: sample.processors.iter().map(ProcessorLine::of).collect(),
            series: SeriesDocument::of(&sample.points),
        }
    }

    /// The same with the newest point only.
    pub(super) fn with_newest_point(mut self) -> Self {
        let points = &mut self.series.points;
        points.drain(..points.len().saturating_sub(1));
        self
    }

    /// Whether it says the same as another one, but for when.
    pub(super) fn says_what(&self, other: &Self) -> bool {
        let timeless = |document: &Self| Self {
            at: String::new(),
            up_seconds: 0,
            series: SeriesDocument { every_seconds: POINT_SECONDS, points: vec![] },
            ..document.clone()
        };
        timeless(self) == timeless(other)
    }
}

impl HealthDocument {
    fn of(checks: &[Check]) -> Self {
        let checks: Vec<_> = checks.iter().map(CheckDocument::of).collect();
        Self { ready: checks.iter().all(|check| check.ready), checks }
    }
}

impl CheckDocument {
    fn of(check: &Check) -> Self {
        Self { name: check.check, ready: check.ok, detail: check.found.clone() }
    }
}

impl ProcessorLine {
    fn of(watched: &WatchedProcessor) -> Self {
        Self {
            name: watched.status.name.to_string(),
            state: state(&watched.status),
            waiting: watched.status.waiting.clone(),
            lag_events: watched.lag_events,
            rate: watched.rate.map(rounded),
        }
    }
}

impl UnseenDocument {
    fn all(unseen: &Unseen) -> Vec<Self> {
        unseen.iter().map(|(view, why)| Self { view: view.to_string(), why }).collect()
    }
}

impl SeriesDocument {
    fn of(points: &[Point]) -> Self {
        let point = |point: &Point| PointDocument {
            at: point.at.to_string(),
            events: point.events,
            commands: point.commands,
            command_p99_ms: point.command_p99.map(in_ms),
            lag_events: point.lag_events,
            dead_letters: point.dead_letters,
        };
        Self { every_seconds: POINT_SECONDS, points: points.iter().map(point).collect() }
    }
}

/// One digit behind the point is what can be told.
pub(in super::super) fn rounded(rate: f64) -> f64 {
    (rate * 10.0).round() / 10.0
}

fn in_ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
