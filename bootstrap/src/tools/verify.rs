//! Checking a library, and how the outcome is written.

use std::fmt::{Display, Write};
use std::sync::Arc;

use adapters::client::{ClientSettings, HttpEvidence};
use adapters::memory::MemoryTokenStore;
use adapters::system_clock::SystemClock;
use application::ports::TokenPorts;
use application::verify::{Report, verify_evidence};
use serde_json::{Value, json};

use super::failure::ToolFailure;
use super::opened::outlast_a_process;
use super::{FoundLog, client, print};
use crate::cli::{Library, Output, Verify};
use crate::counted::counted;
use crate::ports::{self, Looked};
use crate::settings::Settings;

/// More than these of one kind are counted and not listed.
const LISTED_MAX: usize = 10;

/// Checks the invariants.
pub(super) async fn run(verify: Verify, library: Library) -> Result<FoundLog, ToolFailure> {
    let report = match &library {
        Library::Running(address) => {
            let client = client(address, &ClientSettings::default())?;
            verify_evidence(&HttpEvidence::of(client)).await?
        }
        Library::Stores(settings) => of_stores(settings).await?,
    };
    match verify.output {
        Output::Text => print(&format!("checked {}\n{}", checked(&library), text(&report)))?,
        Output::Json => {
            let mut document = document(&report);
            document["checked"] = json!(checked(&library));
            print(&format!("{document}\n"))?;
        }
    }
    Ok(found(&report))
}

async fn of_stores(settings: &Settings) -> Result<Report, ToolFailure> {
    outlast_a_process(settings)?;
    let Looked { store, tokens, open } = ports::look(settings).await?;
    let no_tokens = Arc::new(MemoryTokenStore::new(Arc::new(SystemClock::new(settings.zone.clone()))));
    let no_tokens = TokenPorts::of(&no_tokens);
    let report = application::verify::verify(&*store, tokens.as_ref().unwrap_or(&no_tokens)).await;
    open.close().await;
    let mut report = report?;
    if tokens.is_none() {
        let what =
            format!("tokens and views: there are none in {} yet, a service makes them", settings.tokens);
        report.unjudged.insert(0, what);
    }
    Ok(report)
}

/// What was looked at.
fn checked(library: &Library) -> String {
    match library {
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
