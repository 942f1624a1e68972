//! What came of a simulation, in numbers that add up.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::rental_card::attempt::Status;
use hdrhistogram::Histogram;
use serde::Serialize;

use super::Plan;
use super::action::ActionKind;
use super::drain::Ends;
use super::tally::Tally;

/// What the visits came to, before their attempts ended.
#[derive(Debug)]
pub(super) struct Visited {
    pub(super) planned: u64,
    pub(super) begun: u64,
    /// Begun later than due, since too many were in flight.
    pub(super) late: u64,
    pub(super) took: Duration,
    pub(super) tally: Tally,
    /// What must not happen and did.
    pub(super) wrong: Vec<String>,
}

/// What came of a simulation.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SimulationOutcome {
    /// Begins the ids of its members.
    pub run: String,
    /// The choices.
    pub seed: u64,
    /// How many members took part.
    pub members: u32,
    /// How many books they had.
    pub books: u32,
    /// How many requests were to begin in a second.
    pub rate: u32,
    /// Whether returns could be late.
    pub given_dates: bool,
    /// How long it took until all were answered, in seconds.
    pub seconds: f64,
    /// Requests as they were planned.
    pub arrivals: Arrivals,
    /// Requests as they were answered.
    pub requests: Requests,
    /// What the accepted ones came to.
    pub attempts: Attempts,
    /// The same, by kind.
    pub by_kind: BTreeMap<&'static str, Attempts>,
    /// How long answers took.
    pub latencies: Vec<Latency>,
    /// What must not happen and did.
    pub wrong: Vec<String>,
}

/// Requests as they were planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Arrivals {
    /// All.
    pub planned: u64,
    /// Those that were begun.
    pub begun: u64,
    /// Of these, begun later than due: as many as may be were in flight.
    pub late: u64,
    /// Those that were given up, since the service did not keep pace.
    pub given_up: u64,
}

/// Requests as they were answered; each lies in one of the buckets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Requests {
    /// All: those begun as planned, and those sent again on purpose.
    pub started: u64,
    /// Began an attempt.
    pub accepted: u64,
    /// Were answered at once: reads and saved points.
    pub done: u64,
    /// Sent again with the same key, and answered as before.
    pub repeated: u64,
    /// Refused, by the problem's type.
    pub refused: BTreeMap<String, u64>,
    /// Got no usable answer, or an error of the service.
    pub failed: BTreeMap<String, u64>,
}

/// What accepted attempts came to; each lies in one of the buckets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempts {
    /// All.
    pub accepted: u64,
    /// What was asked for happened.
    pub completed: u64,
    /// Somebody refused, and what was done was undone.
    pub undone: u64,
    /// Somebody has to look.
    pub in_review: u64,
    /// Decided by hand.
    pub resolved: u64,
    /// Had not ended when time was up.
    pub not_ended: u64,
}

/// How long answers of one kind took, from when their requests were due, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// The kind.
    pub kind: &'static str,
    /// How many.
    pub count: u64,
    /// Half of them took at most so long,
    pub p50: f64,
    /// nine in ten,
    pub p90: f64,
    /// ninety-nine in a hundred,
    pub p99: f64,
    /// nine hundred and ninety-nine in a thousand,
    pub p999: f64,
    /// and all of them.
    pub max: f64,
}

impl SimulationOutcome {
    pub(super) fn of(run: String, plan: &Plan, given_dates: bool, visited: Visited, ends: &Ends) -> Self {
        let Visited { planned, begun, late, took, tally, mut wrong } = visited;
        wrong.extend(tally.wrong());
        let (attempts, by_kind) = Attempts::of(tally.accepted.keys(), ends);
        wrong.extend(attempts.wrong());
        let latencies = ActionKind::ALL.into_iter();
        let latencies =
            latencies.filter_map(|kind| Some(Latency::of(kind, tally.latencies.get(&kind)?))).collect();
        Self {
            run,
            seed: plan.seed,
            members: plan.members,
            books: plan.books,
            rate: plan.rate,
            given_dates,
            seconds: took.as_secs_f64(),
            arrivals: Arrivals { planned, begun, late, given_up: planned - begun },
            requests: Requests {
                started: tally.started,
                accepted: tally.accepts,
                done: tally.done,
                repeated: tally.repeated,
                refused: tally.refused,
                failed: tally.failed,
            },
            attempts,
            by_kind,
            latencies,
            wrong,
        }
    }
}

impl Attempts {
    fn of<'a>(
        accepted: impl Iterator<Item = &'a String>,
        ends: &Ends,
    ) -> (Self, BTreeMap<&'static str, Self>) {
        let (mut all, mut by_kind) = (Self::default(), BTreeMap::<_, Self>::new());
        for process in accepted {
            let end = ends.get(process).copied();
            all.count(end);
            by_kind.entry(kind_of(process)).or_default().count(end);
        }
        (all, by_kind)
    }

    const fn count(&mut self, end: Option<Status>) {
        self.accepted += 1;
        match end {
            Some(Status::Completed) => self.completed += 1,
            Some(Status::Compensated) => self.undone += 1,
            Some(Status::NeedsReview) => self.in_review += 1,
            Some(Status::Resolved) => self.resolved += 1,
            Some(Status::Started | Status::Compensating) | None => self.not_ended += 1,
        }
    }

    fn wrong(&self) -> Vec<String> {
        let Self { accepted, completed, undone, in_review, resolved, not_ended } = self;
        let counted = completed + undone + in_review + resolved + not_ended;
        let sum = (counted != *accepted)
            .then(|| format!("{accepted} attempts were accepted and {counted} are accounted for"));
        let ends = (*not_ended > 0).then(|| format!("{not_ended} attempts have not ended in time"));
        sum.into_iter().chain(ends).collect()
    }
}

impl Latency {
    fn of(kind: ActionKind, measured: &Histogram<u64>) -> Self {
        let millis = |micros: u64| micros as f64 / 1_000.0;
        let at = |quantile| millis(measured.value_at_quantile(quantile));
        Self {
            kind: kind.name(),
            count: measured.len(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: millis(measured.max()),
        }
    }
}

fn kind_of(process: &str) -> &'static str {
    match process.split_once('-') {
        Some(("rent", _)) => "rent",
        Some(("return", _)) => "return",
        Some(("clearing", _)) => "clear",
        Some(_) | None => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attempt_lies_in_one_bucket() {
        let ends = Ends::from([
            ("rent-1".to_owned(), Status::Completed),
            ("rent-2".to_owned(), Status::Compensated),
            ("return-3".to_owned(), Status::NeedsReview),
            ("clearing-4".to_owned(), Status::Resolved),
            ("rent-5".to_owned(), Status::Compensating),
        ]);
        let accepted: Vec<String> = ends.keys().cloned().chain(["rent-6".to_owned()]).collect();
        let (all, by_kind) = Attempts::of(accepted.iter(), &ends);
        let expected =
            Attempts { accepted: 6, completed: 1, undone: 1, in_review: 1, resolved: 1, not_ended: 2 };
        assert_eq!(all, expected);
        assert_eq!(by_kind.values().map(|kind| kind.accepted).sum::<u64>(), 6);
        assert_eq!(all.wrong(), ["2 attempts have not ended in time"]);
    }

    #[test]
    fn attempts_that_do_not_add_up_are_said() {
        let attempts = Attempts { accepted: 3, completed: 2, ..Attempts::default() };
        assert_eq!(attempts.wrong().len(), 1);
    }

    #[test]
    fn quantiles_are_in_milliseconds() {
        let mut measured = Histogram::new(3).unwrap();
        (1..=1_000).for_each(|millis| measured.record(millis * 1_000).unwrap());
        let latency = Latency::of(ActionKind::Rent, &measured);
        assert_eq!(latency.count, 1_000);
        for (found, expected) in [(latency.p50, 500.0), (latency.p99, 990.0), (latency.max, 1_000.0)] {
            assert!((found - expected).abs() / expected < 0.002, "{found} for {expected}");
        }
    }
}
