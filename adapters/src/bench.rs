//! Measures the application beside what its store can do at best, side by side in one run. Knows the ports and no
//! technology behind them.
//!
//! A machine and its disk are never the same twice, so a figure alone says little. Each workload has sides that take
//! turns, one of them the bare work of the store, and what counts is the ratio of the sides within a round.

mod append;
mod attempts;
mod catch_up;
mod closed_loop;
mod counting;
mod endings;
mod error;
mod filling;
mod fixture;
mod load;
mod measured;
mod publishing;
mod readable;
mod relay;
mod rents;
mod replay;
mod report;
mod running;

use std::sync::Arc;
use std::time::Duration;

use application::codec::{Actor, Fingerprint};
use application::commands::{CommandSettings, Context};
use application::ports::event_store::CommandId;
use application::ports::token_store::ProcessorName;
use application::ports::{Clock, Ids};
use tokio::time::Instant;

use measured::Begun;

pub use attempts::{AttemptFigures, AttemptRound};
pub use counting::{Counted, Counting};
pub use error::BenchError;
pub use fixture::{BrokerSite, Fixture, Site};
pub use publishing::CountingPublisher;
pub use report::{Latency, Ratio, Report, Round, Side, Store};

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Workload {
    /// Commands on many streams, each client with its own.
    Append {
        /// How many clients, each with one command under way; at least 1.
        clients: u32,
        /// How many streams they share; at least 1.
        streams: u32,
        /// Whether a further side has all processors running beside.
        with_processors: bool,
    },
    /// Commands on one stream, and as a further side the same on many.
    Hot {
        /// How many clients.
        clients: u32,
        /// How many streams the further side has.
        streams: u32,
    },
    /// The whole log, read from its beginning and decoded.
    CatchUp {
        /// How many events it has, at least.
        events: u64,
    },
    /// One long stream, loaded with nothing of it in the cache.
    Load {
        /// How many events it has; at least 2.
        events: u64,
    },
    /// What a log says to others, published by the relay; and how long it takes until others can read it.
    Relay {
        /// How many clients do commands whose messages are waited for; at least 1.
        clients: u32,
        /// How many events the log has that is published, at least.
        events: u64,
    },
    /// Rents and returns to their end, with all processors running.
    Rents {
        /// How many clients, each with one attempt under way; at least 1.
        clients: u32,
        /// How many members they share; at least 1. With fewer than clients they get in each other's way.
        members: u32,
        /// How many books they share; at least 1, and the same holds.
        books: u32,
    },
}

/// How long is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long a side is measured in a round.
    pub length: Duration,
    /// How long it runs before that.
    pub warm_up: Duration,
    /// How often each side has its turn; at least 1.
    pub rounds: u32,
    /// How long nothing runs between two sides, so that what the one leaves behind does not burden the other.
    pub pause: Duration,
}

/// What a bench works with. Cheap to clone.
#[derive(Clone)]
pub struct Bench {
    /// Where it may work.
    pub ground: Arc<dyn Fixture>,
    /// What time it is, for events.
    pub clock: Arc<dyn Clock>,
    /// Ids of events and commands.
    pub ids: Arc<dyn Ids>,
    /// The limits of the write path.
    pub commands: CommandSettings,
    /// How many segments a processor has, by its name.
    pub segments: Arc<dyn Fn(&ProcessorName) -> u32 + Send + Sync>,
    /// How long is measured.
    pub pace: Pace,
    /// How long all cores together have worked for this process until now; none where nobody knows.
    pub worked: fn() -> Option<Duration>,
}

impl Bench {
    /// Measures one workload. Dropping the future ends it; what it has made is the ground's to clear.
    ///
    /// # Errors
    /// [`BenchError`].
    pub async fn run(&self, workload: &Workload) -> Result<Report, BenchError> {
        match *workload {
            Workload::Append { clients, streams, with_processors } => {
                append::many(self, clients, streams, with_processors).await
            }
            Workload::Hot { clients, streams } => append::hot(self, clients, streams).await,
            Workload::CatchUp { events } => catch_up::run(self, events).await,
            Workload::Load { events } => load::run(self, events).await,
            Workload::Relay { clients, events } => relay::run(self, clients, events).await,
            Workload::Rents { clients, members, books } => {
                rents::run(self, rents::Crowd { clients, members, books }).await
            }
        }
    }

    /// What comes with a command that nobody sends twice.
    fn context(&self) -> Context {
        Context {
            command: CommandId::new(self.ids.next()),
            fingerprint: Fingerprint::of(b"bench"),
            former_fingerprint: None,
            actor: Actor::Anonymous,
            causation: None,
            traceparent: None,
            if_version: None,
        }
    }

    async fn site(&self, name: &str) -> Result<Site, BenchError> {
        let site = self.ground.fresh(name).await;
        site.map_err(|source| BenchError::Fixture { name: name.to_owned(), source })
    }

    /// When something begins.
    fn begin(&self) -> Begun {
        Begun { at: Instant::now(), worked: (self.worked)(), ask: self.worked }
    }

    async fn pause(&self) {
        tokio::time::sleep(self.pace.pause).await;
    }
}
