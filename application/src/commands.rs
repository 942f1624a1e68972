//! The only write path: one mailbox a stream, decisions on cached state, one append for all that waits.

mod appender;
mod batch;
#[cfg(test)]
mod brittle;
mod cache;
mod card_service;
mod decide;
mod error;
mod gathering;
mod listing;
mod loading;
mod mailbox;
mod repeat;
mod replying;
mod service;
mod snapshotting;
mod titles;
mod versioned;
mod write_path;

use std::sync::Arc;

use domain::Decider;
use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::codec::{Actor, Aggregate, Fingerprint};
use crate::ports::event_store::{CommandId, EventId, Position, Version};
use crate::ports::{Clock, EventStore, Ids};

use appender::Appender;
use listing::LOOKING_MAX;
use mailbox::{Pending, Posted};
use snapshotting::Snapshotter;
use write_path::{Shared, WritePaths};

pub use card_service::{CardResult, CardService};
pub use error::{CommandError, ReadError};
pub use listing::{LOOKED_AT_MAX, ListPage, ListQuery};
pub use service::{AggregateService, BookService, MemberService};
pub use versioned::Versioned;
pub use write_path::Routed;

/// What comes with a command.
#[derive(Debug, Clone)]
pub struct Context {
    /// The command's id: what makes a repeat known.
    pub command: CommandId,
    /// The fingerprint of the request; a repeat of the id with another one is refused.
    pub fingerprint: Fingerprint,
    /// The fingerprint that an earlier version may have recorded of the same request; a repeat of that is one too.
    pub former_fingerprint: Option<Fingerprint>,
    /// Who asks.
    pub actor: Actor,
    /// The event that caused it; none when a person did.
    pub causation: Option<EventId>,
    /// The trace it belongs to.
    pub traceparent: Option<String>,
    /// The version the stream has to have, when the caller insists on one.
    pub if_version: Option<Version>,
}

impl Context {
    /// Whether a command with this fingerprint came from the same request.
    pub(crate) fn is_of_request(&self, recorded: Fingerprint) -> bool {
        recorded == self.fingerprint || Some(recorded) == self.former_fingerprint
    }
}

/// What a command did.
#[derive(Debug, Clone)]
pub struct Executed<A: Aggregate> {
    /// What happened; empty when there was nothing to do.
    pub events: Vec<A::Event>,
    /// The version of its last event, or of the stream when there was nothing to do.
    pub version: Version,
    /// The position of that event; 0 when the stream is empty.
    pub position: Position,
    /// Whether it was done before, by an earlier command with the same id.
    pub repeated: bool,
    /// The state with what happened, and perhaps with what came after it; when there was nothing to do, the one that
    /// shows it.
    pub state: Arc<A>,
}

/// The limits of the command path.
#[derive(Debug, Clone)]
pub struct CommandSettings {
    /// Most states kept in the cache, over all aggregates.
    pub cached_states: usize,
    /// Most bytes of states kept in the cache.
    pub cached_bytes: usize,
    /// A snapshot is taken each time so many events were added to a stream; 0 takes none.
    pub snapshot_every: u64,
    /// Most commands that wait for one stream.
    pub waiting_per_stream: usize,
    /// Most events loaded from a stream in one piece.
    pub load_page: usize,
    /// Most proposals in one append.
    pub append_batch: usize,
}

impl Default for CommandSettings {
    fn default() -> Self {
        Self {
            cached_states: 100_000,
            cached_bytes: 128 * 1024 * 1024,
            snapshot_every: 100,
            waiting_per_stream: 10_000,
            load_page: 1_000,
            append_batch: 512,
        }
    }
}

/// The write path of all aggregates. Cheap to clone.
#[derive(Clone)]
pub struct Commands {
    paths: Arc<WritePaths>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Why a command of this aggregate was not done.
pub type CommandErrorOf<A> = CommandError<<A as Decider>::Refusal>;

impl Commands {
    /// Starts the write path over a store. Its tasks run until [`Commands::close`]; needs a tokio runtime.
    #[must_use]
    pub fn start(
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        settings: CommandSettings,
    ) -> Self {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let shared = Shared {
            appender: Appender::start(Arc::clone(&store), settings.append_batch, &tasks, stop.clone()),
            snapshotter: Snapshotter::start(
                Arc::clone(&store),
                settings.snapshot_every,
                &tasks,
                stop.clone(),
            ),
            batches: TaskTracker::new(),
            looking: Semaphore::new(LOOKING_MAX),
            store,
            clock,
            ids,
            settings,
        };
        Self { paths: Arc::new(WritePaths::new(shared)), tasks, stop }
    }

    /// Does a command, or finds out what it did when it was done before. Dropping the future does not stop the command.
    ///
    /// # Errors
    /// [`CommandError`].
    pub async fn execute<A: Routed>(
        &self,
        id: &A::Id,
        command: A::Command,
        context: Context,
    ) -> Result<Executed<A>, CommandErrorOf<A>> {
        let (reply, answer) = oneshot::channel();
        let (path, stream) = (A::path(&self.paths), A::stream(id));
        match path.mailboxes.post(&stream, Pending { command, context, reply })? {
            Posted::Waits => {}
            Posted::NeedsRunner => {
                self.paths.shared.batches.spawn(mailbox::run_batches(
                    Arc::clone(path),
                    id.clone(),
                    stream.clone(),
                ));
            }
        }
        answer.await.unwrap_or_else(|_dropped| Err(CommandError::broken_off()))
    }

    /// The state of one aggregate with everything that was answered before the call; the default state when its stream
    /// is empty.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn current<A: Routed>(&self, id: &A::Id) -> Result<Versioned<A>, ReadError> {
        let (path, stream) = (A::path(&self.paths), A::stream(id));
        let mut base = path.loading.base(&stream).await?;
        if !base.fresh {
            base = path.loading.refreshed(&stream, base.known).await?;
        }
        Ok(Versioned::clone(&base.known))
    }

    /// The state that memory has of one aggregate, without a look at the store; it may be behind.
    fn kept<A: Routed>(&self, id: &A::Id) -> Option<Arc<A>> {
        let known = A::path(&self.paths).loading.states.get(&A::stream(id))?;
        Some(Arc::clone(&known.state))
    }

    /// Takes no more commands, finishes those that were taken, and ends all tasks.
    pub async fn close(&self) {
        self.paths.close().await;
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
