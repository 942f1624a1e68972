//! What a life takes place in: stores that outlive their nodes, the weather, and how everything is set.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adapters::memory::MemoryTokenStore;
use application::commands::CommandSettings;
use application::ports::event_store::{Position, Recorded, Types};
use application::ports::{EventStore, TokenPorts};

use super::answers::Answers;
use super::clock::{SimulatedClock, pass};
use super::dice::Dice;
use super::node::Serving;
use super::sky::Sky;
use super::trace::Trace;
use crate::faulty_store::SwitchedStore;
use crate::library::Stores;
use crate::stores::TokenSide;

pub(super) const MEMBERS: u64 = 6;
pub(super) const BOOKS: u64 = 12;
/// How often it is looked whether the life is over.
const LOOK: Duration = Duration::from_millis(250);

/// The world of one life.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) scenario: Scenario,
    pub(super) clock: SimulatedClock,
    pub(super) log: Arc<SwitchedStore>,
    pub(super) tokens: Arc<dyn TokenSide>,
    pub(super) ports: TokenPorts,
    pub(super) sky: Arc<Sky>,
    pub(super) trace: Arc<Trace>,
    pub(super) nodes: Mutex<Vec<Place>>,
    cuts: Mutex<Vec<Position>>,
    answers: Mutex<Answers>,
    is_over: AtomicBool,
    /// Whether an operator needs all nodes to stand still.
    pub(super) is_shut: AtomicBool,
}

/// Where a node runs, or would.
#[derive(Default)]
pub(super) struct Place {
    pub(super) started: u64,
    pub(super) here: Option<Arc<Serving>>,
}

/// How the world of a seed is set, and what happens in it.
#[derive(Debug, Clone)]
pub(super) struct Scenario {
    pub(super) nodes: u64,
    pub(super) people: u64,
    /// How many commands each of them sends.
    pub(super) turns: u64,
    pub(super) segments: u32,
    pub(super) commands: CommandSettings,
    /// What happens in it.
    pub(super) troubles: BTreeSet<Trouble>,
}

/// What may go wrong beside single calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// Calls fail and are slow.
    Weather,
    /// Nodes die and are stopped.
    Crashes,
    /// Nodes are frozen.
    Freezes,
    /// Nodes are cut off.
    Cuts,
    /// Streams and rows are damaged.
    Damage,
    /// Clocks of nodes are wrong.
    WrongClocks,
    /// Operators pause processors and have letters tried again.
    Operators,
    /// Operators speak of events while these are tried.
    Words,
    /// Operators leave events out.
    Overrides,
    /// A backup of the log is put back.
    Backup,
    /// Operators split and merge segments, and have views built again beside those that readers see.
    Reshaping,
}

impl Trouble {
    const ALL: [Self; 11] = [
        Self::Weather,
        Self::Crashes,
        Self::Freezes,
        Self::Cuts,
        Self::Damage,
        Self::WrongClocks,
        Self::Operators,
        Self::Words,
        Self::Overrides,
        Self::Backup,
        Self::Reshaping,
    ];
}

impl Scenario {
    fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed, "scenario", 0);
        let defaults = CommandSettings::default();
        let commands = CommandSettings {
            cached_states: *dice.pick(&[4, 40, 40, defaults.cached_states]),
            snapshot_every: *dice.pick(&[3, 7, 100]),
            waiting_per_stream: *dice.pick(&[3, 1_000, 1_000]),
            load_page: *dice.pick(&[2, 5, 1_000]),
            append_batch: *dice.pick(&[1, 4, 512, 512]),
            ..defaults
        };
        Self {
            nodes: *dice.pick(&[2, 2, 2, 3]),
            people: dice.between(4, 8),
            turns: dice.between(10, 16),
            segments: *dice.pick(&[1, 1, 2, 4]),
            commands,
            troubles: troubles(&mut dice),
        }
    }

    pub(super) fn has(&self, trouble: Trouble) -> bool {
        self.troubles.contains(&trouble)
    }
}

/// Some lives have few troubles and some nearly all of them: what one of them shows, another one may hide.
fn troubles(dice: &mut Dice) -> BTreeSet<Trouble> {
    let of_eight = *dice.pick(&[2, 4, 6]);
    Trouble::ALL.into_iter().filter(|_| dice.below(8) < of_eight).collect()
}

impl World {
    pub(super) fn of(seed: u64, trace: &Arc<Trace>) -> Arc<Self> {
        let (clock, scenario) = (SimulatedClock::beginning(), Scenario::of(seed));
        trace.note("life", &format!("seed {seed}: {scenario:?}"));
        let nodes = (0..scenario.nodes).map(|_| Place::default()).collect();
        let tokens = Arc::new(MemoryTokenStore::new(Arc::new(clock.twin())));
        Arc::new(Self {
            seed,
            scenario,
            log: SwitchedStore::over(Stores::log(1)),
            ports: TokenPorts::of(&tokens),
            tokens,
            clock,
            sky: Arc::default(),
            trace: Arc::clone(trace),
            nodes: Mutex::new(nodes),
            cuts: Mutex::default(),
            answers: Mutex::default(),
            is_over: AtomicBool::new(false),
            is_shut: AtomicBool::new(false),
        })
    }

    /// Dice for one part of what happens.
    pub(super) fn dice(&self, part: &str, number: u64) -> Dice {
        Dice::of(self.seed, part, number)
    }

    pub(super) fn note(&self, what: &str) {
        self.trace.note("life", what);
    }

    /// Nothing more happens to anybody.
    pub(super) fn ends(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Resolves once the life is over.
    pub(super) async fn is_ended(&self) {
        while self.goes_on_for(LOOK).await {}
    }

    /// Lets time pass, or less when the life is over before. Says whether it goes on.
    pub(super) async fn goes_on_for(&self, time: Duration) -> bool {
        let mut left = time;
        while !self.is_over() && !left.is_zero() {
            let next = left.min(LOOK);
            pass(next).await;
            left -= next;
        }
        !self.is_over()
    }

    /// Up to where the log was kept each time that a backup took its place.
    pub(super) fn cuts(&self) -> MutexGuard<'_, Vec<Position>> {
        self.cuts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that was answered to people so far.
    pub(super) fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The whole log, as it is.
    pub(super) async fn events(&self) -> Vec<Recorded> {
        let page = self.log.read_log(Position::START, &Types::new(), 1_000_000).await.expect("the log");
        page.events
    }

    /// How many nodes there are.
    pub(super) fn count(&self) -> usize {
        self.places().len()
    }

    pub(super) fn places(&self) -> MutexGuard<'_, Vec<Place>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
