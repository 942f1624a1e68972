//! What a bench found, with all that its figures depend on: for people and for programs.

use std::fmt::Display;

use adapters::bench::{AttemptFigures, AttemptRound, Latency, Ratio, Report, Side, Store};
use serde::Serialize;

use super::failure::BenchFailure;
use super::machine::{Fsync, Machine, Resident};

/// The whole report.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    program: Program,
    machine: Machine,
    memory: Resident,
    #[serde(flatten)]
    report: Report,
}

#[derive(Debug, Serialize)]
struct Program {
    version: &'static str,
    /// Whether the compiler optimised it.
    build: &'static str,
}

impl Document {
    pub(super) fn of(report: Report, machine: Machine) -> Self {
        let build = if cfg!(debug_assertions) { "debug" } else { "release" };
        let program = Program { version: env!("CARGO_PKG_VERSION"), build };
        Self { program, machine, memory: Resident::now(), report }
    }

    pub(super) fn json(&self) -> Result<String, BenchFailure> {
        Ok(format!("{}\n", serde_json::to_string(self).map_err(BenchFailure::Report)?))
    }

    pub(super) fn text(&self) -> String {
        let mut text = ReportText::default();
        text.head(&self.report);
        text.ratios(&self.report.ratios);
        text.attempts(self.report.attempts.as_ref());
        text.sides(&self.report.sides);
        text.terms(self);
        text.0
    }
}

#[derive(Default)]
struct ReportText(String);

impl ReportText {
    fn line(&mut self, line: impl Display) {
        self.0.push_str(&format!("{line}\n"));
    }

    fn head(&mut self, report: &Report) {
        let plan: Vec<String> = report.plan.iter().map(|(name, value)| format!("{name} {value}")).collect();
        self.line(format_args!("{} on {}: {}", report.workload, report.store.kind, plan.join(", ")));
        self.line("");
    }

    fn ratios(&mut self, ratios: &[Ratio]) {
        for Ratio { of, to, median, rounds } in ratios {
            let rounds: Vec<String> = rounds.iter().map(|ratio| format!("{ratio:.2}")).collect();
            self.line(format_args!("{of} = {median:.2} x {to} (rounds: {})", rounds.join(", ")));
        }
        self.line("");
    }

    fn attempts(&mut self, attempts: Option<&AttemptFigures>) {
        let Some(attempts) = attempts else { return };
        let AttemptFigures {
            per_second,
            events_each,
            transactions_each,
            transactions_an_event,
            cpu_us,
            rounds,
        } = attempts;
        let each = |value: &Option<f64>| value.map_or("n/a".to_owned(), |value| format!("{value:.2}"));
        self.line(format_args!(
            "attempts: {per_second:.0} a second; each {events_each:.2} events, {} transactions ({} an event), {} us of cores",
            each(transactions_each),
            each(transactions_an_event),
            each(cpu_us)
        ));
        let ended: Vec<String> = rounds
            .iter()
            .map(|round| {
                let AttemptRound { completed, cancelled, refused, .. } = round;
                format!("{completed} completed, {cancelled} cancelled, {refused} refused")
            })
            .collect();
        self.line(format_args!("rounds: {}", ended.join("; ")));
        self.line("");
    }

    fn sides(&mut self, sides: &[Side]) {
        self.line(format_args!(
            "{:<18} {:>11} {:<9} {:>7} {:>7} {:>10} {:>10} {:>10} {:>10} {:>10}  us for each",
            "side", "a second", "of", "rows/tx", "cpu us", "p50", "p90", "p99", "p99.9", "max"
        ));
        for side in sides {
            let Side { name, unit, per_second, cpu_us, batch, latency, .. } = side;
            let [batch, cpu] = [batch, cpu_us].map(|it| it.map_or("-".to_owned(), |it| format!("{it:.1}")));
            let Latency { of, p50_us, p90_us, p99_us, p999_us, max_us, .. } = latency;
            self.line(format_args!(
                "{name:<18} {per_second:>11.0} {unit:<9} {batch:>7} {cpu:>7} {p50_us:>10.1} {p90_us:>10.1} {p99_us:>10.1} \
                 {p999_us:>10.1} {max_us:>10.1}  {of}"
            ));
            self.followed(side);
        }
        self.line("");
    }

    fn followed(&mut self, side: &Side) {
        let took: Vec<String> =
            side.rounds.iter().filter_map(|round| round.followed_ms).map(|ms| format!("{ms:.0}")).collect();
        if !took.is_empty() {
            self.line(format_args!(
                "{:<18} processors passed the end {} ms after the last answer",
                "",
                took.join(", ")
            ));
        }
    }

    fn terms(&mut self, document: &Document) {
        let Document { program, machine, memory, report } = document;
        let terms: Vec<String> =
            report.store.durability.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.line(format_args!("store: {} {}, {}", report.store.kind, report.store.version, terms.join(" ")));
        if let Some(Store { kind, version, durability }) = &report.broker {
            let terms: Vec<String> =
                durability.iter().map(|(name, value)| format!("{name}={value}")).collect();
            self.line(format_args!("broker: {kind} {version}, {}", terms.join(" ")));
        }
        let disk = machine.fsync.map_or_else(
            || "its disk was not measured".to_owned(),
            |Fsync { count, median_us, p99_us }| {
                format!("8 KiB + fdatasync {median_us:.0} us, p99 {p99_us:.0} us ({count} times)")
            },
        );
        self.line(format_args!("machine: {} cores, {disk}", machine.cores));
        self.line(format_args!(
            "program: rental {} ({}), resident {} MiB, at most {} MiB",
            program.version,
            program.build,
            memory.now_kib / 1_024,
            memory.peak_kib / 1_024
        ));
    }
}
