//! Group commit: everything that waits, of all streams, goes to the store in one call.

use std::collections::{HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::gathering::gather;
use crate::ports::EventStore;
use crate::ports::event_store::{AppendOutcome, StoreError, StreamAppend};

/// Most proposals that wait for the appender; whoever brings more waits itself.
const QUEUE_MAX: usize = 4_096;
/// Most bytes of events in one call, unless a single proposal has more.
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// As many are worth a call: with more, what is still decided while the store works comes with the next one.
const GATHERED_MAX: usize = 64;

/// Where proposals are handed in.
#[derive(Clone)]
pub(super) struct Appender {
    queue: mpsc::Sender<Submission>,
}

struct Submission {
    proposal: StreamAppend,
    reply: oneshot::Sender<Result<AppendOutcome, Arc<StoreError>>>,
}

impl Appender {
    /// Starts the one task that appends; it ends when `stop` is cancelled and it has nothing in hand.
    pub(super) fn start(
        store: Arc<dyn EventStore>,
        batch_max: usize,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let (queue, submissions) = mpsc::channel(QUEUE_MAX);
        tasks.spawn(append_all(store, submissions, batch_max.max(1), stop));
        Self { queue }
    }

    /// Appends a proposal together with whatever else waits, and says what became of it.
    pub(super) async fn append(&self, proposal: StreamAppend) -> Result<AppendOutcome, Arc<StoreError>> {
        let (reply, outcome) = oneshot::channel();
        let (doing, ended) = ("appending", "the appender has ended");
        let sent = self.queue.send(Submission { proposal, reply }).await;
        sent.map_err(|_| Arc::new(StoreError::Unavailable { doing, source: ended.into() }))?;
        // Taken and not answered: whether it was sent nobody knows.
        outcome.await.map_err(|_| Arc::new(StoreError::UnknownOutcome { doing, source: ended.into() }))?
    }
}

async fn append_all(
    store: Arc<dyn EventStore>,
    mut submissions: mpsc::Receiver<Submission>,
    batch_max: usize,
    stop: CancellationToken,
) {
    let mut waiting = VecDeque::new();
    let mut arrived = Vec::new();
    loop {
        if waiting.is_empty() {
            let next = stop.run_until_cancelled(submissions.recv_many(&mut arrived, batch_max)).await;
            if next.unwrap_or(0) == 0 {
                return;
            }
        }
        while waiting.len() + arrived.len() < batch_max {
            let Ok(next) = submissions.try_recv() else { break };
            arrived.push(next);
        }
        waiting.extend(arrived.drain(..));
        let batch = next_batch(&mut waiting);
        let (answered, deferred) = (batch.len(), waiting.len());
        append_batch(store.as_ref(), batch).await;
        gather(answered, batch_max.min(GATHERED_MAX), || deferred + submissions.len()).await;
    }
}

/// Takes what goes into the next call: no stream twice, and not more bytes than a call shall have.
fn next_batch(waiting: &mut VecDeque<Submission>) -> Vec<Submission> {
    let mut streams = HashSet::with_capacity(waiting.len());
    let mut batch = Vec::with_capacity(waiting.len());
    let mut deferred = VecDeque::new();
    let mut bytes = 0;
    while let Some(next) = waiting.pop_front() {
        let more = bytes_of(&next.proposal);
        let fits = batch.is_empty() || bytes + more <= BATCH_BYTES_MAX;
        if fits && streams.insert(next.proposal.stream.clone()) {
            bytes += more;
            batch.push(next);
        } else {
            streams.insert(next.proposal.stream.clone());
            deferred.push_back(next);
        }
    }
    *waiting = deferred;
    batch
}

fn bytes_of(proposal: &StreamAppend) -> usize {
    proposal.parts.iter().flat_map(|part| &part.events).map(crate::ports::event_store::NewEvent::bytes).sum()
}

async fn append_batch(store: &dyn EventStore, batch: Vec<Submission>) {
    metrics::histogram!("rental_append_proposals").record(batch.len() as f64);
    let (proposals, replies): (Vec<_>, Vec<_>) = batch.into_iter().map(|s| (s.proposal, s.reply)).unzip();
    let alone = proposals.len() == 1;
    // Kept only for the case that the batch fails as a whole; events are shared bytes, so the copy is cheap.
    let again = if alone { Vec::new() } else { proposals.clone() };
    match call(store, proposals).await {
        Ok(outcomes) => answer(replies, outcomes.into_iter().map(Ok)),
        Err(error @ StoreError::Corrupt { .. }) if !alone => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                proposals = again.len(),
                "a batch failed, trying one by one"
            );
            append_one_by_one(store, again, replies).await;
        }
        Err(error) => {
            let error = Arc::new(error);
            answer(replies, std::iter::repeat_with(|| Err(Arc::clone(&error))));
        }
    }
}

async fn append_one_by_one(
    store: &dyn EventStore,
    proposals: Vec<StreamAppend>,
    replies: Vec<oneshot::Sender<Result<AppendOutcome, Arc<StoreError>>>>,
) {
    for (proposal, reply) in proposals.into_iter().zip(replies) {
        let outcome = call(store, vec![proposal]).await;
        let outcome = outcome.map_err(Arc::new).map(|mut outcomes| outcomes.remove(0));
        answer(vec![reply], std::iter::once(outcome));
    }
}

/// One call of the store; a panic in it, or an answer of the wrong length, is an outcome nobody knows.
async fn call(
    store: &dyn EventStore,
    proposals: Vec<StreamAppend>,
) -> Result<Vec<AppendOutcome>, StoreError> {
    let count = proposals.len();
    let lost = |source: String| StoreError::UnknownOutcome { doing: "appending", source: source.into() };
    match AssertUnwindSafe(store.append(proposals)).catch_unwind().await {
        Ok(Ok(outcomes)) if outcomes.len() == count => Ok(outcomes),
        Ok(Ok(outcomes)) => Err(lost(format!("{count} proposals got {} outcomes", outcomes.len()))),
        Ok(Err(error)) => Err(error),
        Err(_panic) => Err(lost("the store panicked".to_owned())),
    }
}

fn answer(
    replies: Vec<oneshot::Sender<Result<AppendOutcome, Arc<StoreError>>>>,
    outcomes: impl Iterator<Item = Result<AppendOutcome, Arc<StoreError>>>,
) {
    for (reply, outcome) in replies.into_iter().zip(outcomes) {
        // A batch that does not listen any more has ended; its callers were answered then.
        let _ = reply.send(outcome);
    }
}
