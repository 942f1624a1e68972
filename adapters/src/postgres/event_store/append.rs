//! Brings proposals to the database in as few calls as they need, which is one.

use std::sync::Arc;

use application::ports::event_store::{AppendOutcome, Position, StreamAppend};

use super::appender::Appender;
use super::call::Call;
use crate::postgres::connection::Failure;
use crate::stores::poller::Announcer;

/// In a task of its own: whoever stops waiting leaves nothing half done.
pub(super) async fn append(
    appender: Arc<Appender>,
    proposals: Vec<StreamAppend>,
    announcer: Announcer<Position>,
) -> Result<Vec<AppendOutcome>, Failure> {
    let task = tokio::spawn(async move { append_all(&appender, &proposals, &announcer).await });
    task.await.map_err(Failure::lost)?
}

async fn append_all(
    appender: &Appender,
    proposals: &[StreamAppend],
    announcer: &Announcer<Position>,
) -> Result<Vec<AppendOutcome>, Failure> {
    // Found out before anything is sent.
    let mut outcomes: Vec<_> = proposals.iter().map(StreamAppend::flaw).collect();
    let mut waiting: Vec<_> =
        proposals.iter().enumerate().filter(|(at, _)| outcomes[*at].is_none()).collect();
    let mut is_stored = false;
    while !waiting.is_empty() {
        let call = Call::next(&mut waiting);
        let verdict = appender.make(&call).await.map_err(|failure| failure.after(is_stored))?;
        announcer.announce(verdict.head);
        is_stored = true;
        for (place, outcome) in verdict.outcomes {
            outcomes[place] = Some(outcome);
        }
    }
    let missing = || Failure::contradiction("a proposal was not judged");
    outcomes.into_iter().map(|outcome| outcome.ok_or_else(missing)).collect()
}
