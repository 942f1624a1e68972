//! All processors of the service, running beside a load.

use std::sync::Arc;
use std::time::Duration;

use application::commands::Commands;
use application::ports::EventStore;
use application::ports::TokenPorts;
use application::ports::event_store::Position;
use application::ports::token_store::{NodeId, ProcessorName, Segment};
use application::processing::{
    self, Committer, Leases, LogSource, ProcessorContext, ProcessorSettings, Processors, Reaction,
};
use application::reactions;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Bench;
use super::closed_loop::head_of;
use super::error::BenchError;
use super::fixture::Site;

/// How long processors may take to pass the end of the log once nothing more comes.
const FOLLOW_LIMIT: Duration = Duration::from_secs(120);
/// How often it is asked whether they have.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Processors that run.
pub(super) struct Running {
    tokens: TokenPorts,
    processors: Processors,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Running {
    /// Starts them, and waits until they have passed what is there.
    pub(super) async fn start(bench: &Bench, site: &Site, commands: &Commands) -> Result<Self, BenchError> {
        let (tokens, reactions) = (site.tokens.clone(), reactions::all(commands));
        let running = Self::begin(bench, &site.store, tokens, reactions)?;
        running.follow(head_of(site).await?).await?;
        Ok(running)
    }

    /// Starts processors with these reactions, which follow a log from where their tokens stand.
    pub(super) fn begin(
        bench: &Bench,
        log: &Arc<dyn EventStore>,
        tokens: TokenPorts,
        reactions: Vec<(ProcessorName, Reaction)>,
    ) -> Result<Self, BenchError> {
        let within = ProcessorContext {
            source: Arc::new(LogSource::new(Arc::clone(log))),
            tokens: tokens.clone(),
            clock: Arc::clone(&bench.clock),
            ids: Arc::clone(&bench.ids),
            node: NodeId::new(bench.ids.next()),
            leases: Leases::default(),
            committer: Committer::to(Arc::clone(&tokens.store), Arc::clone(&bench.clock)),
            settings: ProcessorSettings::default(),
        };
        let processors =
            reactions::build(reactions, &within, |name| Segment::all((bench.segments)(name)).collect());
        let processors = processors.map_err(BenchError::inside("setting up the processors"))?;
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        for processor in processors.take() {
            tasks.spawn(processing::run(processor, stop.clone()));
        }
        Ok(Self { tokens, processors, stop, tasks })
    }

    /// Waits until all have passed the end of the log and nothing more came of it, and says where that is.
    pub(super) async fn follow_all(&self, site: &Site) -> Result<Position, BenchError> {
        let mut end = head_of(site).await?;
        loop {
            self.follow(end).await?;
            let now = head_of(site).await?;
            if now == end {
                return Ok(end);
            }
            end = now;
        }
    }

    /// Waits until all have passed a position, and says how long that took.
    pub(super) async fn follow(&self, end: Position) -> Result<Duration, BenchError> {
        let begun = Instant::now();
        while !self.have_passed(end).await? {
            if begun.elapsed() > FOLLOW_LIMIT {
                let limit_s = FOLLOW_LIMIT.as_secs();
                return Err(BenchError::TooSlow { what: "following the log to its end", limit_s });
            }
            sleep(POLL_INTERVAL).await;
        }
        Ok(begun.elapsed())
    }

    /// Lets them finish what they do and give their claims back.
    pub(super) async fn stop(mut self) -> Result<(), BenchError> {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.map_err(BenchError::inside("running a processor"))?;
        }
        Ok(())
    }

    /// As they know themselves, and where they do not know, as the token store has it.
    async fn have_passed(&self, end: Position) -> Result<bool, BenchError> {
        let live =
            self.processors.names().into_iter().map(|name| self.processors.progress_of(&name).reached());
        if let Some(least) = live.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min()) {
            return Ok(least >= end);
        }
        let asked = self.tokens.admin.processors().await;
        let states = asked
            .map_err(|source| BenchError::Tokens { doing: "asking how far the processors are", source })?;
        let count = self.processors.names().len();
        let tokens = states.iter().flat_map(|state| &state.segments).map(|segment| segment.token.position);
        Ok(states.len() == count && tokens.min().is_some_and(|least| least >= end))
    }
}
