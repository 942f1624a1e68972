//! One mailbox a stream: commands wait there, and one batch at a time decides and appends all that waits.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::batch::Batch;
use super::error::CommandError;
use super::gathering::gather;
use super::write_path::WritePath;
use super::{CommandErrorOf, Context, Executed};
use crate::codec::Aggregate;
use crate::ports::event_store::StreamName;

/// How many locks the mailboxes are spread over.
const SHARDS: usize = 16;
/// Most commands decided in one batch.
const BATCH_MAX: usize = 256;

/// A command that waits for its batch.
pub(super) struct Pending<A: Aggregate> {
    pub(super) command: A::Command,
    pub(super) context: Context,
    pub(super) reply: oneshot::Sender<Result<Executed<A>, CommandErrorOf<A>>>,
}

/// The mailboxes of one aggregate. A stream has one exactly while a batch of it runs.
pub(super) struct Mailboxes<A: Aggregate> {
    shards: [Mutex<Shard<A>>; SHARDS],
    waiting_max: usize,
}

struct Shard<A: Aggregate> {
    mailboxes: HashMap<StreamName, VecDeque<Pending<A>>>,
    closed: bool,
}

/// What is to be done after a command was put into its mailbox.
pub(super) enum Posted {
    /// Nothing: a batch runs and will take it.
    Waits,
    /// A batch has to be started.
    NeedsRunner,
}

impl<A: Aggregate> Mailboxes<A> {
    pub(super) fn new(waiting_max: usize) -> Self {
        let shard = || Mutex::new(Shard { mailboxes: HashMap::new(), closed: false });
        Self { shards: std::array::from_fn(|_| shard()), waiting_max: waiting_max.max(1) }
    }

    /// Puts a command into its stream's mailbox.
    pub(super) fn post(&self, stream: &StreamName, pending: Pending<A>) -> Result<Posted, CommandErrorOf<A>> {
        let mut shard = self.shard(stream);
        if shard.closed {
            return Err(CommandError::Stopping);
        }
        let Some(mailbox) = shard.mailboxes.get_mut(stream) else {
            shard.mailboxes.insert(stream.clone(), VecDeque::from([pending]));
            return Ok(Posted::NeedsRunner);
        };
        if mailbox.len() >= self.waiting_max {
            return Err(CommandError::Busy { stream: stream.clone(), waiting: mailbox.len() });
        }
        mailbox.push_back(pending);
        Ok(Posted::Waits)
    }

    /// Takes no more commands.
    pub(super) fn close(&self) {
        for shard in &self.shards {
            lock(shard).closed = true;
        }
    }

    /// The commands of the next batch; when none wait, the mailbox goes and the batches end.
    fn take(&self, stream: &StreamName) -> Option<Vec<Pending<A>>> {
        let mut shard = self.shard(stream);
        let mailbox = shard.mailboxes.get_mut(stream)?;
        if mailbox.is_empty() {
            shard.mailboxes.remove(stream);
            return None;
        }
        let count = mailbox.len().min(BATCH_MAX);
        Some(mailbox.drain(..count).collect())
    }

    /// How many commands wait for a stream.
    fn waiting(&self, stream: &StreamName) -> usize {
        self.shard(stream).mailboxes.get(stream).map_or(0, VecDeque::len)
    }

    /// Drops the mailbox of a stream whose batch broke off; those that wait are told by their dropped replies.
    fn abandon(&self, stream: &StreamName) {
        self.shard(stream).mailboxes.remove(stream);
    }

    fn shard(&self, stream: &StreamName) -> MutexGuard<'_, Shard<A>> {
        let hash = xxhash_rust::xxh3::xxh3_64(stream.as_str().as_bytes());
        lock(&self.shards[(hash % SHARDS as u64) as usize])
    }
}

/// Batch after batch, until nobody waits for the stream any more.
pub(super) async fn run_batches<A: Aggregate>(path: Arc<WritePath<A>>, id: A::Id, stream: StreamName) {
    let mut guard = AbandonOnPanic { path: &path, stream: &stream, armed: true };
    while let Some(pending) = path.mailboxes.take(&stream) {
        let answered = pending.len();
        Batch::new(&path, &id, &stream, pending).run().await;
        // One alone is answered sooner by a batch of its own.
        if answered > 1 {
            gather(answered, BATCH_MAX, || path.mailboxes.waiting(&stream)).await;
        }
    }
    guard.armed = false;
}

struct AbandonOnPanic<'a, A: Aggregate> {
    path: &'a WritePath<A>,
    stream: &'a StreamName,
    armed: bool,
}

impl<A: Aggregate> Drop for AbandonOnPanic<'_, A> {
    fn drop(&mut self) {
        if self.armed {
            self.path.mailboxes.abandon(self.stream);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that can panic runs under the lock, so a poisoned one still guards a whole map.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
