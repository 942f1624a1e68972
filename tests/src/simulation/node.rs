//! A node: the application with all its processors and its ticker, behind a plug. It is started, killed, frozen and
//! stopped, and a new one takes its place on the same stores.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use application::codec::{Actor, Fingerprint};
use application::commands::{CardService, Commands, Context};
use application::ports::event_store::CommandId;
use application::ports::token_store::{NodeId, ProcessorName};
use application::ports::{EventStore, Ids, TokenPorts};
use application::processing::{
    self, Committer, Leases, LogSource, NewProcessor, ProcessorContext, ProcessorSettings, Processors,
    Reaction, Supervisor,
};
use application::reactions::{self, Ticker, TickerPorts, TickerSettings};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::clock::{SimulatedClock, pass};
use super::dice::SeededIds;
use super::log::PluggedLog;
use super::plug::Plug;
use super::tokens::PluggedTokens;
use super::world::World;

/// How often the ticker ticks, and how soon a start that failed is tried again.
const TICK: Duration = Duration::from_secs(1);
/// How long a node may take to stop before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// A node that runs.
pub(super) struct Serving {
    pub(super) plug: Arc<Plug>,
    pub(super) clock: Arc<SimulatedClock>,
    pub(super) ids: Arc<SeededIds>,
    pub(super) commands: Commands,
    pub(super) desk: CardService,
    pub(super) tokens: Arc<PluggedTokens>,
    stop: CancellationToken,
    work: JoinHandle<()>,
}

impl World {
    /// Starts a node where none runs, unless nothing may be started now.
    pub(super) fn start(&self, index: usize) {
        if self.is_shut.load(Ordering::SeqCst) {
            return;
        }
        let started = {
            let mut places = self.places();
            places[index].started += 1;
            places[index].started
        };
        let name = format!("node-{index}.{started}");
        self.trace.note(&name, "starts");
        let serving = Arc::new(self.serving(&name, index as u64 * 1_000 + started));
        self.places()[index].here = Some(serving);
    }

    /// The node there, if one runs.
    pub(super) fn at(&self, index: usize) -> Option<Arc<Serving>> {
        self.places()[index].here.clone()
    }

    /// Kills a node: nothing that it had under way is heard of again, and what it had sent arrives.
    pub(super) fn kill(&self, index: usize) {
        if let Some(serving) = self.places()[index].here.take() {
            serving.plug.die();
            serving.work.abort();
        }
    }

    /// Stops a node as an operator does, and kills it when it takes too long.
    pub(super) async fn stop(&self, index: usize) {
        let Some(serving) = self.at(index) else { return };
        self.note(&format!("node-{index} is asked to stop"));
        serving.stop.cancel();
        let closing = async {
            while !serving.work.is_finished() {
                pass(Duration::from_millis(50)).await;
            }
            serving.commands.close().await;
        };
        if timeout(GRACE, closing).await.is_err() {
            self.note(&format!("node-{index} does not stop in time"));
        }
        self.kill(index);
    }

    fn serving(&self, name: &str, number: u64) -> Serving {
        let (sky, trace) = (Arc::clone(&self.sky), Arc::clone(&self.trace));
        let plug = Plug::new(name.to_owned(), self.dice("plug", number), sky, trace);
        let clock = Arc::new(self.clock.twin());
        let ids = Arc::new(SeededIds::new(self.dice("ids", number), Arc::<SimulatedClock>::clone(&clock)));
        let inner: Arc<dyn EventStore> = Arc::clone(&self.log) as _;
        let log: Arc<dyn EventStore> = Arc::new(PluggedLog { inner, plug: Arc::clone(&plug) });
        let tokens = Arc::new(PluggedTokens { inner: Arc::clone(&self.tokens), plug: Arc::clone(&plug) });
        let commands = Commands::start(
            Arc::clone(&log),
            Arc::<SimulatedClock>::clone(&clock),
            Arc::<SeededIds>::clone(&ids),
            self.scenario.commands.clone(),
        );
        let within = ProcessorContext {
            source: Arc::new(LogSource::new(Arc::clone(&log))),
            tokens: TokenPorts::of(&tokens),
            clock: Arc::<SimulatedClock>::clone(&clock),
            ids: Arc::<SeededIds>::clone(&ids),
            node: NodeId::new(ids.next()),
            leases: Leases::default(),
            committer: Committer::to(
                Arc::<PluggedTokens>::clone(&tokens),
                Arc::<SimulatedClock>::clone(&clock),
            ),
            settings: ProcessorSettings { segments: self.scenario.segments, exclusive: false },
        };
        let ports = TickerPorts {
            store: log,
            admin: Arc::<PluggedTokens>::clone(&tokens) as _,
            processes: Arc::<PluggedTokens>::clone(&tokens) as _,
            loans: Arc::<PluggedTokens>::clone(&tokens) as _,
            clock: Arc::<SimulatedClock>::clone(&clock),
        };
        let ticker = Ticker::new(commands.clone(), ports, TickerSettings { mark_overdue: true });
        let stop = CancellationToken::new();
        let work = tokio::spawn(work(reactions::all(&commands), within, ticker, stop.clone()));
        let desk = CardService::new(
            commands.clone(),
            Arc::<SimulatedClock>::clone(&clock),
            Arc::<SeededIds>::clone(&ids),
        );
        Serving { plug, clock, ids, commands, desk, tokens, stop, work }
    }
}

/// What comes with a command of a person.
pub(super) fn context(command: CommandId) -> Context {
    Context {
        command,
        fingerprint: Fingerprint::of(b""),
        former_fingerprint: None,
        actor: Actor::Anonymous,
        causation: None,
        traceparent: None,
        if_version: None,
    }
}

/// What a node does besides answering: processors and the ticker, until it is stopped. Dropped, all of it ends.
async fn work(
    reactions: Vec<(ProcessorName, Reaction)>,
    within: ProcessorContext,
    ticker: Ticker,
    stop: CancellationToken,
) {
    let Some(processors) = stop.run_until_cancelled(processors(reactions, &within)).await else { return };
    let mut tasks = JoinSet::new();
    let supervisor = Supervisor::of(processors, within);
    let running = stop.clone();
    tasks.spawn(async { processing::supervise(supervisor, running).await.expect("processors that run") });
    tasks.spawn(tick(ticker, stop));
    while let Some(ended) = tasks.join_next().await {
        if let Err(panic) = ended.map_err(tokio::task::JoinError::into_panic) {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Who starts a service tries again until it starts.
async fn processors(reactions: Vec<(ProcessorName, Reaction)>, within: &ProcessorContext) -> Processors {
    let segments = within.settings.segments;
    let wanted: Vec<_> =
        reactions.iter().map(|(name, _)| NewProcessor::at_the_beginning(name.clone(), segments)).collect();
    let known = loop {
        match processing::register(within, &wanted).await {
            Ok(known) => break known,
            // What is away comes back.
            Err(_away) => pass(TICK).await,
        }
    };
    reactions::build(reactions, within, move |name| known.get(name).cloned().unwrap_or_default())
        .expect("each name once")
}

async fn tick(mut ticker: Ticker, stop: CancellationToken) {
    while stop.run_until_cancelled(pass(TICK)).await.is_some() {
        ticker.tick().await;
    }
}
