//! What came of a simulation, for people.

use std::collections::BTreeMap;
use std::fmt::Display;

use adapters::client::simulation::{Attempts, Latency, SimulationOutcome};
use application::verify::Report;

use super::super::verify;

/// The whole report.
pub(super) fn text(outcome: &SimulationOutcome, report: &Report) -> String {
    let mut text = ReportText::default();
    text.head(outcome);
    text.requests(outcome);
    text.attempts(outcome);
    text.latencies(&outcome.latencies);
    if !outcome.wrong.is_empty() {
        text.line(format_args!("wrong: {}", outcome.wrong.len()));
        outcome.wrong.iter().for_each(|wrong| text.line(format_args!("  {wrong}")));
        text.line("");
    }
    text.0.push_str(&verify::text(report));
    text.0
}

#[derive(Default)]
struct ReportText(String);

impl ReportText {
    fn line(&mut self, line: impl Display) {
        self.0.push_str(&format!("{line}\n"));
    }

    fn head(&mut self, outcome: &SimulationOutcome) {
        let SimulationOutcome { run, seed, members, books, rate, seconds, given_dates, .. } = outcome;
        self.line(format_args!("run {run}, seed {seed}"));
        let late =
            if *given_dates { "some returns late" } else { "no return late: the service takes no dates" };
        self.line(format_args!(
            "{members} members, {books} books, {rate} requests a second, {seconds:.1} s, {late}"
        ));
        self.line("");
    }

    fn requests(&mut self, outcome: &SimulationOutcome) {
        let (arrivals, requests) = (&outcome.arrivals, &outcome.requests);
        self.line(format_args!(
            "planned {}: begun {}, of these late {}; given up {}",
            arrivals.planned, arrivals.begun, arrivals.late, arrivals.given_up
        ));
        let (refused, failed): (u64, u64) = (requests.refused.values().sum(), requests.failed.values().sum());
        self.line(format_args!(
            "requests {}: accepted {}, done {}, repeated {}, refused {refused}, failed {failed}",
            requests.started, requests.accepted, requests.done, requests.repeated
        ));
        self.each("refused", &requests.refused);
        self.each("failed", &requests.failed);
    }

    fn each(&mut self, title: &str, counts: &BTreeMap<String, u64>) {
        for (name, count) in counts {
            self.line(format_args!("  {title} {name:<24} {count:>8}"));
        }
    }

    fn attempts(&mut self, outcome: &SimulationOutcome) {
        let all = std::iter::once(("attempts", &outcome.attempts));
        let kinds = outcome.by_kind.iter().map(|(kind, attempts)| (*kind, attempts));
        for (name, attempts) in all.chain(kinds) {
            let Attempts { accepted, completed, undone, in_review, resolved, not_ended } = attempts;
            let indent = if name == "attempts" { "" } else { "  " };
            self.line(format_args!(
                "{indent}{name} {accepted}: completed {completed}, undone {undone}, in review {in_review}, \
                 resolved {resolved}, not ended {not_ended}"
            ));
        }
        self.line("");
    }

    fn latencies(&mut self, latencies: &[Latency]) {
        self.line(format_args!(
            "{:<20} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9}",
            "ms from when due", "count", "p50", "p90", "p99", "p99.9", "max"
        ));
        for Latency { kind, count, p50, p90, p99, p999, max } in latencies {
            self.line(format_args!(
                "{kind:<20} {count:>8} {p50:>9.2} {p90:>9.2} {p99:>9.2} {p999:>9.2} {max:>9.2}"
            ));
        }
        self.line("");
    }
}
