//! Checking a running service, and how the outcome is written.

use std::fmt::{Display, Write};

use adapters::client::{ClientSettings, HttpEvidence};
use application::verify::{Report, verify_evidence};
use serde_json::{Value, json};

use super::failure::Failure;
use super::{Found, client, print};
use crate::cli::{Output, Verify};

/// More than these of one kind are counted and not listed.
const LISTED_MAX: usize = 10;

/// Checks the invariants.
pub(super) async fn run(verify: Verify) -> Result<Found, Failure> {
    let client = client(&verify.service.url, &ClientSettings::default())?;
    let report = verify_evidence(&HttpEvidence::of(client)).await?;
    match verify.output {
        Output::Text => print(&text(&report))?,
        Output::Json => print(&format!("{}\n", document(&report)))?,
    }
    Ok(found(&report))
}

/// Whether something does not hold.
pub(super) const fn found(report: &Report) -> Found {
    if report.violations.is_empty() { Found::Nothing } else { Found::Something }
}

/// The outcome for people: every violation, and what was not judged.
pub(super) fn text(report: &Report) -> String {
    let mut text = match report.violations.len() {
        0 => format!("{} events, {} attempts ended: every invariant holds\n", report.events, report.ended),
        count => format!("{} events, {} attempts ended: {count} violations\n", report.events, report.ended),
    };
    list(&mut text, "violated", &report.violations, usize::MAX);
    list(&mut text, "in flight, not judged", &report.in_flight, LISTED_MAX);
    list(&mut text, "in review or decided by hand, not judged", &report.by_hand, LISTED_MAX);
    list(&mut text, "not judged", &report.unjudged, usize::MAX);
    text
}

/// The outcome for programs.
pub(super) fn document(report: &Report) -> Value {
    let violations = report
        .violations
        .iter()
        .map(|violation| json!({"invariant": violation.invariant.to_string(), "found": violation.found}));
    json!({
        "events": report.events,
        "attemptsEnded": report.ended,
        "violations": violations.collect::<Vec<_>>(),
        "inFlight": texts(&report.in_flight),
        "byHand": texts(&report.by_hand),
        "notJudged": report.unjudged,
    })
}

fn texts(all: &[impl Display]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn list<T: Display>(text: &mut String, title: &str, all: &[T], most: usize) {
    if all.is_empty() {
        return;
    }
    // Writing to a text does not fail.
    let _ = writeln!(text, "{title}: {}", all.len());
    for one in all.iter().take(most) {
        // The same.
        let _ = writeln!(text, "  {one}");
    }
    if all.len() > most {
        // The same.
        let _ = writeln!(text, "  and {} more", all.len() - most);
    }
}
