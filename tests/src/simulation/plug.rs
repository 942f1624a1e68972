//! The plug before every port of a node: through it calls are late, lost or refused, held while the node is frozen, and
//! never answered once it is dead. A crash needs nothing from the application.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::yield_now;

use super::clock::pass;
use super::dice::Dice;
use super::port_error::PortError;
use super::sky::{Door, Fault, Sky};
use super::trace::Trace;

/// The most faults that follow each other.
const RUN_MAX: u64 = 5;

/// What all calls of one node go through, from its start to its death.
pub(super) struct Plug {
    name: String,
    sky: Arc<Sky>,
    trace: Arc<Trace>,
    state: Mutex<PlugState>,
    changed: Notify,
}

struct PlugState {
    power: Power,
    log_is_cut: bool,
    tokens_are_cut: bool,
    dice: Dice,
    /// What the next calls meet, where a run of faults has begun.
    fault_runs: BTreeMap<Door, VecDeque<Fault>>,
}

/// Whether a node runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    On,
    /// Its calls are held, as after SIGSTOP.
    Frozen,
    /// Its calls never return, as after SIGKILL.
    Dead,
}

impl Plug {
    pub(super) fn new(name: String, dice: Dice, sky: Arc<Sky>, trace: Arc<Trace>) -> Arc<Self> {
        let state = PlugState {
            power: Power::On,
            log_is_cut: false,
            tokens_are_cut: false,
            dice,
            fault_runs: BTreeMap::new(),
        };
        Arc::new(Self { name, sky, trace, state: Mutex::new(state), changed: Notify::new() })
    }

    pub(super) fn sky(&self) -> &Sky {
        &self.sky
    }

    /// From now on no call returns.
    pub(super) fn die(&self) {
        self.turn("dies", Power::Dead);
    }

    /// Calls are held until it thaws; what was sent already arrives.
    pub(super) fn freeze(&self) {
        if self.state().power == Power::On {
            self.turn("freezes", Power::Frozen);
        }
    }

    /// Held calls go on, unless it died.
    pub(super) fn thaw(&self) {
        if self.state().power == Power::Frozen {
            self.turn("thaws", Power::On);
        }
    }

    /// Whether the log, and the token store, can be reached.
    pub(super) fn cut(&self, log: bool, tokens: bool) {
        self.trace.note(&self.name, &format!("is cut off from the log: {log}, from the tokens: {tokens}"));
        let mut state = self.state();
        (state.log_is_cut, state.tokens_are_cut) = (log, tokens);
    }

    /// Resolves once it is dead.
    pub(super) async fn died(&self) {
        self.until(|power| power == Power::Dead).await;
    }

    /// A call that changes nothing.
    pub(super) async fn read<T: Debug, E: PortError>(
        &self,
        door: Door,
        doing: &'static str,
        asked: &(dyn Debug + Sync),
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let call = self.trace.call(&self.name, doing, asked);
        self.until_running().await;
        let (there, back) = (self.latency(), self.latency());
        travel(there).await;
        let answer = match self.next_fault(door) {
            None => work.await,
            Some(Fault::Corrupt) => Err(E::corrupt(doing)),
            Some(_) => Err(E::away(doing)),
        };
        travel(back).await;
        self.until_running().await;
        self.trace.answered(&self.name, call, &answer);
        answer
    }

    /// A call that changes something. Once sent, it runs to its end, whoever still waits for it.
    pub(super) async fn change<T, E: PortError>(
        &self,
        door: Door,
        doing: &'static str,
        asked: &(dyn Debug + Sync),
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Debug + Send + 'static,
    {
        let call = self.trace.call(&self.name, doing, asked);
        self.until_running().await;
        let fault = self.next_fault(door);
        if let Some(fault) = fault {
            self.trace.note(&self.name, &format!("{call} meets {fault:?}"));
        }
        let answer = Box::pin(self.sent(fault, doing, work)).await;
        self.until_running().await;
        self.trace.answered(&self.name, call, &answer);
        answer
    }

    async fn sent<T, E: PortError>(
        &self,
        fault: Option<Fault>,
        doing: &'static str,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Debug + Send + 'static,
    {
        let (there, back) = (self.latency(), self.latency());
        let fail = match fault {
            None => {
                let done = tokio::spawn(arriving(there, work)).await;
                travel(back).await;
                return done.unwrap_or_else(|_ended| Err(E::lost(doing)));
            }
            Some(Fault::Away) => E::away,
            Some(Fault::Corrupt) => E::corrupt,
            Some(_) => E::lost,
        };
        match fault {
            Some(Fault::ReplyLost) => drop(tokio::spawn(arriving(there, work)).await),
            Some(Fault::Late) => drop(tokio::spawn(arriving(self.delay(20, 4_000), work))),
            Some(Fault::Hung) => {
                drop(tokio::spawn(arriving(there, work)));
                travel(self.delay(5_000, 20_000)).await;
            }
            Some(Fault::HungUndone) => travel(self.delay(5_000, 20_000)).await,
            _ => travel(there).await,
        }
        travel(back).await;
        Err(fail(doing))
    }

    /// A hint that something arrived; some get lost.
    pub(super) async fn hint(&self, arrival: impl Future<Output = ()>) {
        let is_lost = {
            let calm = self.sky.weather().reads == 0;
            !calm && self.state().dice.is_one_in(20)
        };
        if is_lost {
            return std::future::pending().await;
        }
        arrival.await;
        travel(self.latency()).await;
        self.until_running().await;
    }

    /// What a call meets: nothing most of the time, and what is left of a run of faults that has begun.
    fn next_fault(&self, door: Door) -> Option<Fault> {
        let (one_in, log_is_down) = {
            let weather = self.sky.weather();
            (weather.one_in(door), weather.log_is_down)
        };
        let mut state = self.state();
        let is_cut = if door.is_of_log() { state.log_is_cut || log_is_down } else { state.tokens_are_cut };
        if is_cut {
            return Some(Fault::Away);
        }
        let PlugState { dice, fault_runs, .. } = &mut *state;
        let run = fault_runs.entry(door).or_default();
        if one_in == 0 {
            run.clear();
        } else if run.is_empty() && dice.is_one_in(one_in) {
            let length = dice.between(1, RUN_MAX);
            run.extend((0..length).map(|_| door.any_fault(dice)));
        }
        run.pop_front()
    }

    /// Most calls take no time, some a few milliseconds, and all of them more when it is slow.
    fn latency(&self) -> Duration {
        let slow = self.sky.weather().slow_ms;
        let dice = &mut self.state().dice;
        let ms = match (slow, dice.below(4)) {
            (0, 0) => dice.between(1, 4),
            (0, _) => 0,
            (most, _) => dice.between(0, most),
        };
        Duration::from_millis(ms)
    }

    fn delay(&self, least_ms: u64, most_ms: u64) -> Duration {
        Duration::from_millis(self.state().dice.between(least_ms, most_ms))
    }

    fn turn(&self, what: &str, power: Power) {
        self.trace.note(&self.name, what);
        self.state().power = power;
        self.changed.notify_waiters();
    }

    /// Resolves at once while the node runs, and when it thaws while it is frozen.
    async fn until_running(&self) {
        self.until(|power| power == Power::On).await;
    }

    async fn until(&self, wanted: impl Fn(Power) -> bool) {
        loop {
            let changed = self.changed.notified();
            if wanted(self.state().power) {
                return;
            }
            changed.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, PlugState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn arriving<T>(after: Duration, work: impl Future<Output = T>) -> T {
    travel(after).await;
    work.await
}

/// Also what takes no time lets others come in between.
async fn travel(time: Duration) {
    if time.is_zero() {
        yield_now().await;
    } else {
        pass(time).await;
    }
}
