//! Brings proposals to the database in as few transactions as they need, which is one.

use std::sync::Arc;

use application::ports::event_store::{AppendOutcome, Position, StreamAppend};
use tokio::sync::Mutex;

use super::batch::{AppendBatch, BatchVerdict, Unwritten};
use super::form::LogPlace;
use crate::mongo::connection::{Failure, contradiction, to_its_end};
use crate::stores::poller::Announcer;

/// How often a batch is tried again because somebody who does not move the end of the log took a key meanwhile.
const TAKEN_MAX: usize = 2;

/// Writes batches, one at a time: two of one node would only meet.
pub(super) struct BatchWriter {
    log: LogPlace,
    turn: Mutex<()>,
}

/// In a task of its own: whoever stops waiting leaves nothing half done.
pub(super) async fn append(
    writer: Arc<BatchWriter>,
    proposals: Vec<StreamAppend>,
    announcer: Announcer<Position>,
) -> Result<Vec<AppendOutcome>, Failure> {
    to_its_end(async move { writer.append_all(proposals, &announcer).await }).await
}

impl BatchWriter {
    pub(super) fn of(log: LogPlace) -> Self {
        Self { log, turn: Mutex::new(()) }
    }

    async fn append_all(
        &self,
        proposals: Vec<StreamAppend>,
        announcer: &Announcer<Position>,
    ) -> Result<Vec<AppendOutcome>, Failure> {
        // Found out before anything is sent.
        let mut outcomes: Vec<_> = proposals.iter().map(StreamAppend::flaw).collect();
        let sound = proposals.into_iter().enumerate().filter(|(at, _)| outcomes[*at].is_none());
        let batches = AppendBatch::all(sound.collect::<Vec<_>>());
        let _turn = self.turn.lock().await;
        let mut is_begun = false;
        for batch in batches {
            let verdict = self.write(Arc::new(batch)).await.map_err(|failure| after(failure, is_begun))?;
            announcer.announce(verdict.head);
            is_begun = true;
            for (place, outcome) in verdict.outcomes {
                outcomes[place] = Some(outcome);
            }
        }
        let missing = || contradiction("a proposal was not judged");
        outcomes.into_iter().map(|outcome| outcome.ok_or_else(missing)).collect()
    }

    /// Until it is answered, within limits. A batch whose answer was lost is written once more: command ids tell what
    /// the first one did, so nothing is stored twice.
    async fn write(&self, batch: Arc<AppendBatch>) -> Result<BatchVerdict, Failure> {
        let (mut lost, mut taken) = (None, 0);
        loop {
            match (self.transact(Arc::clone(&batch), lost.is_some()).await, lost.take()) {
                (Ok(verdict), _) => return Ok(verdict),
                (Err(Unwritten::Failed(failure @ Failure::UnknownOutcome(_))), None) => lost = Some(failure),
                (Err(Unwritten::Taken(_)), earlier) if taken < TAKEN_MAX => {
                    taken += 1;
                    lost = earlier;
                }
                (Err(Unwritten::Taken(failure) | Unwritten::Failed(failure)), earlier) => {
                    return Err(earlier.unwrap_or(failure));
                }
            }
        }
    }

    async fn transact(
        &self,
        batch: Arc<AppendBatch>,
        is_asked_again: bool,
    ) -> Result<BatchVerdict, Unwritten> {
        let log = self.log.clone();
        let written = self.log.connection.transaction(move |session| {
            let (log, batch) = (log.clone(), Arc::clone(&batch));
            Box::pin(async move { batch.write(&log, session, is_asked_again).await })
        });
        written.await
    }
}

/// The same, when some of what was asked for has been done already.
fn after(failure: Failure, is_begun: bool) -> Failure {
    match failure {
        Failure::Unavailable(source) | Failure::Corrupt(source) if is_begun => {
            Failure::UnknownOutcome(source)
        }
        as_it_is => as_it_is,
    }
}
