//! Where a process under test keeps its log and its views, and how somebody beside it looks at them.

mod served;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use adapters::sqlite::{Bounds, Folder, SqliteEventStore, SqliteTokenStore};
use adapters::system_clock::{SystemClock, SystemIds};
use application::ports::event_store::{LogId, Position, Recorded, Types};
use application::ports::{EventStore, Ids, TokenPorts};
use application::verify::{Report, verify};
use futures::future::BoxFuture;
use jiff::tz::TimeZone;
use tempfile::TempDir;
use tokio::time::interval;

use crate::server::{Server, command};
pub(crate) use served::{OnServer, Pair, address};

/// A place of one kind, empty at first. What one process leaves there the next one finds.
pub(crate) trait FaultStore: Sized + Send + Sync {
    /// Whether several nodes may use it at once. What one of them is too old for it then leaves to others.
    const IS_SHARED: bool;

    /// None when the server that it takes is not there and need not be, which is said in a line.
    async fn fresh() -> Option<Self>;

    /// The words with which the binary uses it.
    fn words(&self) -> Vec<String>;

    /// The variables with which the binary uses it: what has no flag.
    fn variables(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The stores in it, to be looked at.
    async fn stores(&self) -> Stores;

    /// The stores in it, to be written to past all rules while no process uses them. They have to be let go of before
    /// the next one starts.
    async fn stores_to_write(&self) -> Stores;

    /// The binary on this place and a free port, still to be started.
    fn command(&self, flags: &[&str]) -> Command {
        let mut start = command(&["--listen", "127.0.0.1:0"]);
        start.args(self.words()).args(flags).envs(self.variables());
        start
    }

    /// Starts the binary on this place and waits until it listens.
    fn start(&self, flags: &[&str]) -> Server {
        Server::run(self.command(flags))
    }
}

/// The stores of a place.
pub(crate) struct Stores {
    /// The log.
    pub(crate) log: Arc<dyn EventStore>,
    /// The token store.
    pub(crate) tokens: TokenPorts,
    /// Ends what is under way and lets go of files and connections.
    closing: BoxFuture<'static, ()>,
}

impl Stores {
    /// Leaves the place to the next process.
    pub(crate) async fn let_go(self) {
        self.closing.await;
    }

    /// Them as a check reads them.
    pub(crate) fn evidence(&self) -> application::verify::Stores<'_> {
        application::verify::Stores { store: &*self.log, tokens: &self.tokens }
    }

    /// The invariants, judged from what is stored.
    pub(crate) async fn report(&self) -> Report {
        verify(&*self.log, &self.tokens).await.unwrap()
    }

    /// The same once all of it can be judged: a processor that has come to the end stores that a moment later.
    pub(crate) async fn judged(&self) -> Report {
        let mut again = interval(Duration::from_millis(20));
        loop {
            let report = self.report().await;
            // Over a broker, handlers have no token of the log; topics are looked at apart.
            if report.unjudged.iter().all(|why| why.contains("it reads topics and not the log")) {
                return report;
            }
            again.tick().await;
        }
    }

    /// The log after a position.
    pub(crate) async fn events(&self, mut after: Position) -> Vec<Recorded> {
        let mut events = Vec::new();
        loop {
            let page = self.log.read_log(after, &Types::new(), 1_000).await.unwrap();
            if page.scanned_to == after {
                return events;
            }
            after = page.scanned_to;
            events.extend(page.events);
        }
    }
}

/// The same command, after a line of shell that limits what it may do.
pub(crate) fn through_a_shell(start: &Command, line: &str) -> Command {
    let mut limited = Command::new("sh");
    limited
        .args(["-c", &format!("{line}; exec \"$0\" \"$@\"")])
        .arg(start.get_program())
        .args(start.get_args());
    limited.current_dir(start.get_current_dir().unwrap());
    for (name, value) in start.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
}

/// Files of a folder.
pub(crate) struct Files {
    folder: TempDir,
}

impl Files {
    /// Files of this folder.
    pub(crate) const fn of(folder: TempDir) -> Self {
        Self { folder }
    }

    /// Files of a folder below this one.
    pub(crate) fn within(folder: &Path) -> Self {
        Self::of(tempfile::tempdir_in(folder).unwrap())
    }

    /// Where they are.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl FaultStore for Files {
    const IS_SHARED: bool = false;

    async fn fresh() -> Option<Self> {
        Some(Self::of(tempfile::tempdir().unwrap()))
    }

    fn words(&self) -> Vec<String> {
        vec!["--data".to_owned(), self.path().display().to_string()]
    }

    async fn stores(&self) -> Stores {
        in_folder(Folder::look_into(self.path()).unwrap()).await
    }

    async fn stores_to_write(&self) -> Stores {
        in_folder(Folder::hold(self.path()).unwrap()).await
    }
}

async fn in_folder(folder: Arc<Folder>) -> Stores {
    let (id, clock) = (LogId::new(SystemIds.next()), Arc::new(SystemClock::new(TimeZone::UTC)));
    let log = Arc::new(SqliteEventStore::open(Arc::clone(&folder), Bounds::default(), id).await.unwrap());
    let tokens = Arc::new(SqliteTokenStore::open(folder, Bounds::default(), clock).await.unwrap());
    let open = (Arc::clone(&log), Arc::clone(&tokens));
    let closing = Box::pin(async move {
        open.1.close().await;
        open.0.close().await;
    });
    Stores { log, tokens: TokenPorts::of(&tokens), closing }
}
