//! Checking a library, in one log or in several, and how the outcome is written.

mod opened;

use std::fmt::{Display, Write};

use application::verify::{Published, Report};
use serde_json::{Value, json};

use super::failure::ToolFailure;
use super::{FoundLog, print};
use crate::cli::{CheckedLibrary, Library, Output, Verify};
use crate::counted::counted;
use crate::settings::{PublisherKind, Settings};
use opened::OpenedLibrary;

/// More than these of one kind are counted and not listed.
const LISTED_MAX: usize = 10;

/// Checks the invariants.
pub(super) async fn run(verify: Verify, library: &CheckedLibrary) -> Result<FoundLog, ToolFailure> {
    let opened = OpenedLibrary::of(library).await?;
    let report = opened.report().await;
    opened.close().await;
    let report = report?;
    match verify.output {
        Output::Text => print(&format!("checked {}\n{}", checked(library), text(&report)))?,
        Output::Json => {
            let mut document = document(&report);
            document["checked"] = json!(checked(library));
            print(&format!("{document}\n"))?;
        }
    }
    Ok(found(&report))
}

/// What was looked at.
fn checked(CheckedLibrary { logs, topics }: &CheckedLibrary) -> String {
    let logs: Vec<_> = logs.iter().map(place).collect();
    let topics = topics.as_ref().filter(|settings| settings.publisher == PublisherKind::Kafka);
    let topics = topics.map(|settings| format!("; topics of {}", topics_of(settings)));
    logs.join("; ") + &topics.unwrap_or_default()
}

fn topics_of(settings: &Settings) -> String {
    let brokers = settings.kafka.brokers.join(",");
    match settings.kafka.prefix.as_str() {
        "" => format!("kafka://{brokers}"),
        prefix => format!("kafka://{brokers} with the prefix `{prefix}`"),
    }
}

/// Where a log is.
fn place(log: &Library) -> String {
    match log {
        Library::Running(address) => address.to_string(),
        Library::Stores(settings) if settings.store == settings.tokens => settings.store.to_string(),
        Library::Stores(settings) => {
            format!("{}, with tokens and views in {}", settings.store, settings.tokens)
        }
    }
}

/// Whether something does not hold.
pub(super) const fn found(report: &Report) -> FoundLog {
    if report.violations.is_empty() { FoundLog::Nothing } else { FoundLog::Something }
}

/// The outcome for people: every violation, and what was not judged.
pub(super) fn text(report: &Report) -> String {
    let (events, ended) = (counted(report.events, "event"), counted(report.ended, "attempt"));
    let mut text = match report.violations.len() {
        0 => format!("{events}, {ended} ended: every invariant holds\n"),
        count => format!("{events}, {ended} ended: {}\n", counted(count as u64, "violation")),
    };
    if let Some(Published { messages, repeated }) = report.published {
        let messages = counted(messages, "message");
        // Writing to a text does not fail.
        let _ = writeln!(text, "{messages} in the topics, {repeated} repeated");
    }
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
    let mut document = json!({
        "events": report.events,
        "attemptsEnded": report.ended,
        "violations": violations.collect::<Vec<_>>(),
        "inFlight": texts(&report.in_flight),
        "byHand": texts(&report.by_hand),
        "notJudged": report.unjudged,
    });
    if let Some(Published { messages, repeated }) = report.published {
        document["published"] = json!({"messages": messages, "repeated": repeated});
    }
    document
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
