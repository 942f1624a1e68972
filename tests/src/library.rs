//! A whole library over stores of any kind: stepped by hand, with a clock that stands still.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set its scene has failed")]

mod copied;
mod desk;
pub mod parted;
mod seen;

use std::any::Any;
use std::sync::Arc;

use adapters::memory::MemoryEventStore;
use application::commands::{CardService, CommandSettings, Commands};
use application::control::{Actions, Control};
use application::monitoring::DeadlineSight;
use application::monitoring::Monitor;
use application::operations::{self, ActionHandler};
use application::ports::event_store::LogId;
use application::ports::token_store::{NodeId, ProcessorName, Segment};
use application::ports::{EventStore, Ids, TokenPorts};
use application::processing::{
    Committer, Leases, LogSource, Processor, ProcessorContext, ProcessorSettings, Processors, Reaction,
    StepOutcome, Supervisor,
};
use application::queries::{Queries, QueryPorts};
use application::reactions::{self, Exchange, Growth, Ticker, TickerPorts, TickerSettings};
use application::services::Services;
use domain::{BookNo, Date, MemberId};
use uuid::Uuid;

use crate::clock::{CountedIds, StoppedClock};
use crate::faulty_store::FaultyStore;
use crate::faulty_tokens::FaultyTokens;
use crate::stores::{Memory, Opened, StoreKind, TokenSide};

pub(crate) use copied::as_appended;
pub use desk::{RawEvent, titled};

/// The most rounds in which every processor is stepped once before the library counts as restless.
const ROUNDS_MAX: usize = 2_000;

/// A library: one node with its processors, over stores that it may share with other nodes.
pub struct Library {
    /// What is shared with other nodes.
    pub stores: Stores,
    /// Its ids.
    pub ids: Arc<CountedIds>,
    /// The write path.
    pub commands: Commands,
    /// The services it has.
    pub services: Services,
    /// The desk.
    pub desk: CardService,
    /// What readers ask.
    pub queries: Queries,
    /// What operators ask.
    pub control: Control,
    /// What operators watch; it looks when it is told to, or asked.
    pub monitor: Monitor,
    /// What operators do; applied where the node has the processor for it.
    pub actions: Actions,
    /// What is known of its processors.
    pub here: Processors,
    /// Its processors, stepped by hand.
    pub processors: Vec<Processor>,
    /// Its ticker, ticked by hand.
    pub ticker: Ticker,
    /// What the ticker sees.
    pub sight: DeadlineSight,
    /// What it is called in the token store.
    pub node: NodeId,
    supervisor: Supervisor,
    growth: Option<Growth>,
    enrolment: (ActionHandler, ProcessorContext),
}

/// What the nodes of a library share.
#[derive(Clone)]
pub struct Stores {
    /// The log, behind something that can make it fail.
    pub log: Arc<FaultyStore>,
    /// The token store, behind something that can make it fail.
    pub tokens: Arc<FaultyTokens>,
    /// The token store itself, which also answers for the views.
    pub views: Arc<dyn TokenSide>,
    /// The clock of everything.
    pub clock: Arc<StoppedClock>,
    /// Where they are; it goes with the last of them.
    pub place: Arc<dyn Any + Send + Sync>,
}

/// Reactions with the names of their processors.
pub type Named = Vec<(ProcessorName, Reaction)>;

/// How one node is made.
pub struct Node {
    /// Tells its ids from those of others.
    pub seed: u64,
    /// How its processors are set.
    pub settings: ProcessorSettings,
    /// What is made of its reactions before processors carry them.
    pub reactions: fn(Named) -> Named,
    /// What its messages go over; none when its handlers follow the log.
    pub exchange: Option<Exchange>,
    /// The services it has.
    pub services: Services,
    /// Whether it applies what operators do, with one more processor.
    pub operated: bool,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            seed: 1,
            settings: ProcessorSettings::default(),
            reactions: |all| all,
            exchange: None,
            services: Services::ALL,
            operated: false,
        }
    }
}

impl Stores {
    /// Empty ones in memory; the clock stands at noon of 2 March 2026.
    #[must_use]
    pub fn empty() -> Self {
        let clock = first_clock();
        let opened = Memory::stores(Arc::<StoppedClock>::clone(&clock));
        Self::opened(opened, clock, Arc::new(Memory))
    }

    /// The same in a fresh place of this kind; none when there is none.
    pub async fn fresh<S: StoreKind>() -> Option<Self> {
        let place = S::fresh().await?;
        Some(Self::at(place, first_clock()).await)
    }

    /// What is found when all of them, and everything that uses them, is killed now.
    ///
    /// # Panics
    /// When they are of another kind, or of one of which nothing is left.
    pub async fn after_a_kill<S: StoreKind>(&self) -> Self {
        let place = self.place.downcast_ref::<S>().expect("stores of this kind");
        let place = place.killed().await.expect("stores that outlive their process");
        Self::at(place, Arc::clone(&self.clock)).await
    }

    async fn at<S: StoreKind>(place: S, clock: Arc<StoppedClock>) -> Self {
        let opened = place.open(Arc::<StoppedClock>::clone(&clock)).await;
        Self::opened(opened, clock, Arc::new(place))
    }

    fn opened(opened: Opened, clock: Arc<StoppedClock>, place: Arc<dyn Any + Send + Sync>) -> Self {
        let Opened { log, views } = opened;
        let tokens = Arc::new(FaultyTokens::before(Arc::clone(&views) as _));
        Self { log: FaultyStore::around(log), tokens, views, clock, place }
    }

    /// The ports of the token store.
    #[must_use]
    pub fn ports(&self) -> TokenPorts {
        TokenPorts::of(&self.tokens)
    }

    /// What a ticker works with.
    #[must_use]
    pub fn ticker_ports(&self) -> TickerPorts {
        TickerPorts {
            store: Arc::<FaultyStore>::clone(&self.log),
            admin: self.ports().admin,
            processes: Arc::clone(&self.views) as _,
            loans: Arc::clone(&self.views) as _,
            clock: Arc::<StoppedClock>::clone(&self.clock),
        }
    }

    fn of_readers(&self) -> QueryPorts {
        QueryPorts {
            store: Arc::<FaultyStore>::clone(&self.log),
            tokens: self.ports(),
            catalogue: Arc::clone(&self.views) as _,
            loans: Arc::clone(&self.views) as _,
            best_sellers: Arc::clone(&self.views) as _,
            processes: Arc::clone(&self.views) as _,
        }
    }

    /// An empty log in memory, with an id of its own.
    #[must_use]
    pub fn log(id: u128) -> Arc<FaultyStore> {
        let log = MemoryEventStore::new(LogId::new(Uuid::from_u128(id)));
        FaultyStore::around(Arc::new(log))
    }
}

fn processors(
    node: &Node,
    commands: &Commands,
    handler: &ActionHandler,
    within: &ProcessorContext,
) -> Processors {
    let followed = reactions::over(node.exchange.as_ref(), node.services, commands, within).into_iter();
    let all = followed.flat_map(|(within, followed)| {
        let segments = if node.exchange.is_none() { node.settings.segments } else { 1 };
        reactions::processors_of((node.reactions)(followed), &within, |_| Segment::all(segments).collect())
    });
    let applying = node.operated.then(|| operations::applying(handler)).into_iter().collect();
    let applying = reactions::processors_of(applying, within, |_| vec![Segment::WHOLE]);
    let all = all.chain(applying).collect();
    Processors::new(Arc::clone(&within.tokens.admin), all).expect("unique names")
}

fn first_clock() -> Arc<StoppedClock> {
    Arc::new(StoppedClock::at_noon_of(Date::constant(2026, 3, 2)))
}

impl Library {
    /// A library of one node, with empty stores in memory.
    #[must_use]
    pub fn open() -> Self {
        Self::over(Stores::empty(), Node::default())
    }

    /// One node over these stores. Needs a tokio runtime.
    #[must_use]
    pub fn over(stores: Stores, node: Node) -> Self {
        let ids = Arc::new(CountedIds::new(node.seed));
        let log: Arc<dyn EventStore> = Arc::<FaultyStore>::clone(&stores.log);
        let tokens = stores.ports();
        let (views, clock) = (Arc::clone(&stores.views), Arc::clone(&stores.clock));
        let commands = Commands::start(
            Arc::clone(&log),
            Arc::<StoppedClock>::clone(&clock),
            Arc::<CountedIds>::clone(&ids),
            CommandSettings::default(),
        );
        let within = ProcessorContext {
            source: Arc::new(LogSource::new(Arc::clone(&log))),
            tokens: tokens.clone(),
            clock: Arc::<StoppedClock>::clone(&clock),
            ids: Arc::<CountedIds>::clone(&ids),
            node: NodeId::new(ids.next()),
            leases: Leases::default(),
            committer: Committer::to(Arc::clone(&tokens.store), Arc::<StoppedClock>::clone(&clock)),
            settings: node.settings,
        };
        let handler = ActionHandler::new(commands.clone(), log, &within);
        let processors = processors(&node, &commands, &handler, &within);
        handler.is_of(&processors);
        let (taken, node_id, supervisor) =
            (processors.take(), within.node, Supervisor::of(processors.clone(), within.clone()));
        let enrolment = (handler.clone(), within.clone());
        let growth = node.exchange.map(|exchange| {
            Growth::beyond(exchange, node.services, commands.clone(), within, processors.clone())
        });
        let (ports, settings) = (stores.ticker_ports(), TickerSettings { mark_overdue: true });
        let sight = DeadlineSight::default();
        let queries = Queries::new(stores.of_readers(), processors.clone());
        let control = Control::new(processors.clone(), tokens);
        let looking = Arc::<StoppedClock>::clone(&clock);
        let monitor = Monitor::of(control.clone(), queries.clone(), node.services, looking, node_id);
        Self {
            actions: Actions::new(commands.clone(), queries.clone(), processors.clone(), handler),
            services: node.services,
            desk: CardService::new(
                commands.clone(),
                Arc::<StoppedClock>::clone(&clock),
                Arc::<CountedIds>::clone(&ids),
            )
            .among(node.services, Arc::clone(&views) as _),
            queries,
            monitor,
            control,
            here: processors,
            ticker: Ticker::new(commands.clone(), ports, settings).telling(sight.clone()),
            sight,
            processors: taken,
            node: node_id,
            supervisor,
            growth,
            enrolment,
            stores,
            ids,
            commands,
        }
    }

    /// Another node over the same stores.
    #[must_use]
    pub fn second_node(&self, seed: u64) -> Self {
        Self::over(self.stores.clone(), Node { seed, ..Node::default() })
    }

    /// Compares what it works on with what stands in the token store: closes processors whose segment is gone and takes up
    /// those that have come.
    ///
    /// # Panics
    /// When the token store cannot be asked.
    pub async fn look_after(&mut self) {
        let ended = self.supervisor.look().await.expect("a token store that answers");
        for processor in self.processors.iter_mut().filter(|processor| ended.contains(processor.assigned())) {
            processor.close().await;
        }
        self.processors.retain(|processor| !ended.contains(processor.assigned()));
        self.processors.extend(self.here.take());
    }

    /// Says that it lives when that is due, as each node does whatever it works on.
    pub async fn beat(&self) {
        self.supervisor.beat().await;
    }

    /// What its processors of a name work on.
    #[must_use]
    pub fn worked_on(&self, name: &ProcessorName) -> Vec<Segment> {
        let own = self.processors.iter().filter(|processor| processor.name() == name);
        let mut segments: Vec<_> = own.map(Processor::segment).collect();
        segments.sort();
        segments
    }

    /// Makes the processor of operators' actions known, as a start does.
    ///
    /// # Panics
    /// When the stores cannot be used.
    pub async fn enrol(&self) {
        let (handler, within) = &self.enrolment;
        operations::enrol(handler, within).await.expect("stores that answer");
    }

    /// Takes up the partitions that topics have got since the start, and says how many processors that makes.
    ///
    /// # Panics
    /// When its messages go over no broker, or that cannot be asked.
    pub async fn take_up_partitions(&mut self) -> usize {
        let growth = self.growth.as_mut().expect("messages that go over a broker");
        growth.look().await.expect("a broker that answers");
        let added = self.here.take();
        let count = added.len();
        self.processors.extend(added);
        count
    }

    /// Steps all processors in turn until none has anything to do at this time.
    ///
    /// # Panics
    /// When they are still busy after very many rounds; says how they stand.
    pub async fn settle(&mut self) {
        let order: Vec<usize> = (0..self.processors.len()).collect();
        self.settle_in_order(&order).await;
    }

    /// The same, stepping them in this order; those that are not named are left alone.
    ///
    /// # Panics
    /// As [`Library::settle`].
    pub async fn settle_in_order(&mut self, order: &[usize]) {
        for _ in 0..ROUNDS_MAX {
            let mut moved = false;
            for &index in order {
                let processor = self.processors.get_mut(index).expect("a processor at this place");
                moved |= processor.step().await == StepOutcome::Advanced;
            }
            if !moved {
                return;
            }
        }
        panic!("still busy after {ROUNDS_MAX} rounds: {:#?}", self.control.processors().await);
    }

    /// Steps one processor until it has nothing to do.
    ///
    /// # Panics
    /// When it goes on for very long, or there is none of this name.
    pub async fn settle_only(&mut self, name: &ProcessorName) {
        let index = self.processors.iter().position(|processor| processor.name() == name);
        self.settle_in_order(&[index.expect("a processor of this name")]).await;
    }
}

/// A member id.
#[must_use]
pub fn member(id: &str) -> MemberId {
    MemberId::parse(id).expect("a member id")
}

/// A book number.
#[must_use]
pub fn book(no: i64) -> BookNo {
    BookNo::parse(no).expect("a book number")
}
