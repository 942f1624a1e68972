//! The invariants at rest, checked against whole logs and their views: what operators run when they want to be sure.

mod attempts;
mod effects;
mod evidence;
mod listeners;
mod order;
mod part;
mod published;
mod replayed;
mod report;
mod rules;
mod said;
mod scope;
mod stores;
mod topics;
mod views;
mod whole;

use crate::ports::{EventStore, TokenPorts, Topics};
use crate::services::ServiceName;

pub use evidence::{Evidence, Follower, Shown};
use part::parts_of;
pub use report::{Invariant, Published, Report, VerifyError, Violation};
pub use stores::Stores;
use topics::ReadTopics;
use whole::Whole;

/// One of the logs that are checked together.
#[derive(Clone, Copy)]
pub struct CheckedLog<'a> {
    /// What it is called when something is wrong with the choice of logs: where it is.
    pub name: &'a str,
    /// What it shows.
    pub evidence: &'a dyn Evidence,
}

/// Judges a store and its token store, as [`verify_evidence`] does.
///
/// # Errors
/// [`VerifyError`] when not everything could be read.
pub async fn verify(store: &dyn EventStore, tokens: &TokenPorts) -> Result<Report, VerifyError> {
    verify_evidence(&Stores { store, tokens }).await
}

/// Judges one log, as [`verify_logs`] does.
///
/// # Errors
/// [`VerifyError`] when not everything could be read.
pub async fn verify_evidence(evidence: &dyn Evidence) -> Result<Report, VerifyError> {
    verify_logs(&[CheckedLog { name: "the log", evidence }], None).await
}

/// Reads whole logs and judges them, and with them the views, what the handlers did, and what stands in the topics, if
/// these are given. Each log is that of other services. Meant for services at rest; beside running ones nothing is
/// judged that could still be on its way, and what is left out is said.
///
/// The order of reading is what makes that sound. First how far the followers are, then where the topics end, then the
/// logs to where they end by then: so what a relay has passed is in its topic, what a handler has passed has left its
/// effect, and what is in a topic stands in a log. The log with the cards is read to an earlier end than the others, so
/// that they have what it knows of them, and what was started since is left out. The views come after the logs, then
/// how far the followers are by now, and last the log up to there. A log that grows faster than it is read keeps nobody
/// reading: what comes later is left to the next check.
///
/// # Errors
/// [`VerifyError`] when not everything could be read, or when these logs and topics do not belong together.
pub async fn verify_logs(
    logs: &[CheckedLog<'_>],
    topics: Option<&dyn Topics>,
) -> Result<Report, VerifyError> {
    let mut parts = parts_of(logs).await?;
    for part in &mut parts {
        part.learn_followers().await?;
    }
    let topics = match topics {
        Some(topics) => Some(ReadTopics::at_their_ends(topics).await?),
        None => None,
    };
    if let Some(topics) = &topics {
        topics.are_followed_by(&parts)?;
    }
    let cards = parts.iter().position(|part| part.services.contains(ServiceName::Rental)).unwrap_or_default();
    parts[cards].learn_head().await?;
    for (_, part) in parts.iter_mut().enumerate().filter(|(at, _)| *at != cards) {
        part.learn_head().await?;
    }
    let mut whole = Whole::of(&parts, topics.is_some());
    let later = if parts.len() > 1 { parts[cards].evidence.head().await? } else { parts[cards].head };
    for (at, part) in parts.iter_mut().enumerate() {
        part.read(|happened| whole.see(at, happened)).await?;
    }
    parts[cards].read_on(later, |happened| whole.leave_out(happened)).await?;
    let mut report = Report::default();
    if let Some(topics) = &topics {
        whole.look_into(topics).await?;
        topics.judge_places(&parts, &mut report);
    }
    let is_one = parts.len() == 1;
    whole.judge(&parts, &mut report);
    for part in parts {
        part.judge(is_one, &mut report).await?;
    }
    Ok(report)
}
