//! What a life takes place in: stores that outlive their nodes, the weather, and how everything is set.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adapters::memory::MemoryTokenStore;
use application::commands::CommandSettings;
use application::ports::event_store::{Position, Recorded, Types};
use application::ports::{EventStore, TokenPorts};

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
    pub(super) has_bad_weather: bool,
    pub(super) has_crashes: bool,
    pub(super) has_freezes: bool,
    pub(super) has_cuts: bool,
    pub(super) has_damage: bool,
    pub(super) has_wrong_clocks: bool,
    pub(super) has_operators: bool,
    pub(super) has_overrides: bool,
    pub(super) has_backup: bool,
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
            has_bad_weather: !dice.is_one_in(8),
            has_crashes: dice.is_one_in(2),
            has_freezes: dice.is_one_in(2),
            has_cuts: dice.is_one_in(2),
            has_damage: dice.is_one_in(2),
            has_wrong_clocks: dice.is_one_in(4),
            has_operators: dice.is_one_in(2),
            has_overrides: dice.is_one_in(2),
            has_backup: dice.is_one_in(4),
        }
    }
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
