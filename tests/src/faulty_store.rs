//! An event store that misbehaves on demand: replies and requests that are lost, a store that is away or contradicts
//! itself, calls that are held up so that another node comes in between. Faults come one after the other, such as lost
//! and then away.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use application::ports::event_store::{
    AppendOutcome, CommandId, Done, EventStore, Head, LoadFrom, Loaded, LogPage, MissingPosition, Position,
    Snapshot, StoreError, StreamAppend, StreamName, Types,
};
use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;

/// What the next appends do, each once, in order.
#[derive(Debug, Clone)]
pub enum AppendFault {
    /// Nothing is stored, and that is said.
    Away,
    /// Everything is stored and the reply is lost.
    ReplyLost,
    /// Nothing is stored and the reply is lost.
    RequestLost,
    /// Nothing is stored, and the store says that it contradicts itself.
    Corrupt,
    /// Nothing is stored, and every proposal is told that its stream has moved on.
    Overtaken,
    /// The call waits until it is told to go on.
    Held(Arc<Notify>),
    /// Nothing is stored, and the reply is lost once the call is told to go on: what others do meanwhile comes in
    /// between.
    RequestHeldAndLost(Gate),
    /// The call panics.
    Panics,
}

/// What every read of the log does, upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFault {
    /// The store is away.
    Away,
    /// What is stored contradicts itself.
    Torn,
}

/// What the next loads of streams, or look-ups of commands, do, each once, in order.
#[derive(Debug, Clone)]
pub enum LoadFault {
    /// None: this one is answered.
    None,
    /// It is said that the store is away.
    Away,
    /// It is said that the store contradicts itself.
    Corrupt,
    /// The call waits until it is told to go on.
    Held(Gate),
}

/// Where a call waits, and whoever holds it up learns that it does.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    reached: Arc<Notify>,
    opened: Arc<Notify>,
}

impl Gate {
    /// Waits until a call waits here.
    pub async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets the call go on.
    pub fn open(&self) {
        self.opened.notify_one();
    }

    async fn pass(&self) {
        self.reached.notify_one();
        self.opened.notified().await;
    }
}

/// Passes every call on, and counts them.
pub struct FaultyStore {
    inner: Arc<dyn EventStore>,
    faults: Mutex<VecDeque<AppendFault>>,
    reads: Mutex<Option<ReadFault>>,
    load_faults: Mutex<VecDeque<LoadFault>>,
    look_up_faults: Mutex<VecDeque<LoadFault>>,
    /// How many questions for the end of the log are not answered.
    heads_away: AtomicUsize,
    reading: AtomicUsize,
    calls: Mutex<Calls>,
}

/// A read of the log under way.
struct Reading<'a>(&'a AtomicUsize);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How often the store was called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Appends.
    pub appends: usize,
    /// Proposals in them.
    pub proposals: usize,
    /// Loads of streams.
    pub loads: usize,
    /// Look-ups of command ids.
    pub look_ups: usize,
    /// Reads of the log, upwards.
    pub log_reads: usize,
    /// The most of them at once.
    pub log_reads_at_once: usize,
}

impl FaultyStore {
    /// In front of `inner`.
    #[must_use]
    pub fn around(inner: Arc<dyn EventStore>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            faults: Mutex::default(),
            load_faults: Mutex::default(),
            look_up_faults: Mutex::default(),
            reads: Mutex::default(),
            heads_away: AtomicUsize::new(0),
            reading: AtomicUsize::new(0),
            calls: Mutex::default(),
        })
    }

    /// The log is read like this until something else, or nothing, is said.
    pub fn fail_reads(&self, fault: Option<ReadFault>) {
        *self.reads.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// The next so many questions for the end of the log are not answered.
    pub fn fail_heads(&self, count: usize) {
        self.heads_away.store(count, Ordering::SeqCst);
    }

    /// Lets the next append that has no fault yet do this.
    pub fn next_append(&self, fault: AppendFault) {
        push(&self.faults, fault);
    }

    /// Lets the next load of a stream that has no fault yet do this.
    pub fn next_load(&self, fault: LoadFault) {
        push(&self.load_faults, fault);
    }

    /// Lets the next look-up of commands that has no fault yet do this.
    pub fn next_look_up(&self, fault: LoadFault) {
        push(&self.look_up_faults, fault);
    }

    /// From now on it does what it should, whatever it was told before.
    pub fn no_more_faults(&self) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.load_faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.look_up_faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What was called since the last time this was asked.
    pub fn take_calls(&self) -> Calls {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count(&self, count: impl FnOnce(&mut Calls)) {
        count(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn push<T>(faults: &Mutex<VecDeque<T>>, fault: T) {
    faults.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
}

fn pop<T>(faults: &Mutex<VecDeque<T>>) -> Option<T> {
    faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

async fn misread(fault: Option<LoadFault>, doing: &'static str) -> Result<(), StoreError> {
    match fault {
        None | Some(LoadFault::None) => Ok(()),
        Some(LoadFault::Away) => Err(StoreError::Unavailable { doing, source: "told to be away".into() }),
        Some(LoadFault::Corrupt) => Err(StoreError::Corrupt { doing, source: "told to be corrupt".into() }),
        Some(LoadFault::Held(gate)) => {
            gate.pass().await;
            Ok(())
        }
    }
}

/// That streams have moved on, whatever they have.
fn overtaken(proposals: &[StreamAppend]) -> Vec<AppendOutcome> {
    let conflict = |proposal: &StreamAppend| AppendOutcome::Conflict { actual: proposal.expected.plus(1) };
    proposals.iter().map(conflict).collect()
}

#[async_trait]
impl EventStore for FaultyStore {
    async fn append(&self, proposals: Vec<StreamAppend>) -> Result<Vec<AppendOutcome>, StoreError> {
        self.count(|calls| {
            calls.appends += 1;
            calls.proposals += proposals.len();
        });
        let doing = "appending events";
        match pop(&self.faults) {
            None => self.inner.append(proposals).await,
            Some(AppendFault::Away) => {
                Err(StoreError::Unavailable { doing, source: "told to be away".into() })
            }
            Some(AppendFault::ReplyLost) => {
                self.inner.append(proposals).await?;
                Err(StoreError::UnknownOutcome { doing, source: "told to lose the reply".into() })
            }
            Some(AppendFault::RequestLost) => {
                Err(StoreError::UnknownOutcome { doing, source: "told to lose the request".into() })
            }
            Some(AppendFault::Corrupt) => {
                Err(StoreError::Corrupt { doing, source: "told to be corrupt".into() })
            }
            Some(AppendFault::Overtaken) => Ok(overtaken(&proposals)),
            Some(AppendFault::Held(go_on)) => {
                go_on.notified().await;
                self.inner.append(proposals).await
            }
            Some(AppendFault::RequestHeldAndLost(gate)) => {
                gate.pass().await;
                Err(StoreError::UnknownOutcome { doing, source: "told to lose the request".into() })
            }
            #[expect(clippy::panic, reason = "panicking is what it was told to do")]
            Some(AppendFault::Panics) => panic!("told to panic"),
        }
    }

    async fn outcomes_of(&self, commands: &[CommandId]) -> Result<Vec<Option<Done>>, StoreError> {
        self.count(|calls| calls.look_ups += 1);
        misread(pop(&self.look_up_faults), "looking up commands").await?;
        self.inner.outcomes_of(commands).await
    }

    async fn load(&self, stream: &StreamName, from: LoadFrom, limit: usize) -> Result<Loaded, StoreError> {
        self.count(|calls| calls.loads += 1);
        misread(pop(&self.load_faults), "loading a stream").await?;
        self.inner.load(stream, from, limit).await
    }

    async fn save_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), StoreError> {
        self.inner.save_snapshot(stream, snapshot).await
    }

    async fn read_log(&self, after: Position, unwanted: &Types, limit: usize) -> Result<LogPage, StoreError> {
        let at_once = self.reading.fetch_add(1, Ordering::SeqCst) + 1;
        let _reading = Reading(&self.reading);
        self.count(|calls| {
            calls.log_reads += 1;
            calls.log_reads_at_once = calls.log_reads_at_once.max(at_once);
        });
        // As a store elsewhere does, it lets others run meanwhile.
        tokio::task::yield_now().await;
        let fault = *self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        let doing = "reading the log";
        match fault {
            None => self.inner.read_log(after, unwanted, limit).await,
            Some(ReadFault::Away) => Err(StoreError::Unavailable { doing, source: "told to be away".into() }),
            Some(ReadFault::Torn) => {
                Err(StoreError::Corrupt { doing, source: MissingPosition(Position::new(2)).into() })
            }
        }
    }

    async fn read_log_backward(&self, before: Position, limit: usize) -> Result<LogPage, StoreError> {
        self.inner.read_log_backward(before, limit).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        let left = self.heads_away.try_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() {
            return Err(StoreError::Unavailable {
                doing: "reading the head",
                source: "told to be away".into(),
            });
        }
        self.inner.head().await
    }

    async fn streams_of(
        &self,
        category: &str,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Result<Vec<StreamName>, StoreError> {
        self.inner.streams_of(category, after, limit).await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        self.inner.position_at(time).await
    }

    async fn appended(&self, after: Position) {
        self.inner.appended(after).await;
    }

    async fn check_storage(&self) -> Result<(), StoreError> {
        self.inner.check_storage().await
    }

    async fn check_writing(&self) -> Result<(), StoreError> {
        self.inner.check_writing().await
    }
}

/// A store that can be exchanged for another one, as when a backup is restored behind the service's back.
pub struct SwitchedStore {
    current: Mutex<Arc<dyn EventStore>>,
}

impl SwitchedStore {
    /// Starts with `first`.
    #[must_use]
    pub fn over(first: Arc<dyn EventStore>) -> Arc<Self> {
        Arc::new(Self { current: Mutex::new(first) })
    }

    /// From now on everything goes to `next`.
    pub fn switch_to(&self, next: Arc<dyn EventStore>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = next;
    }

    fn current(&self) -> Arc<dyn EventStore> {
        Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl EventStore for SwitchedStore {
    async fn append(&self, proposals: Vec<StreamAppend>) -> Result<Vec<AppendOutcome>, StoreError> {
        self.current().append(proposals).await
    }

    async fn outcomes_of(&self, commands: &[CommandId]) -> Result<Vec<Option<Done>>, StoreError> {
        self.current().outcomes_of(commands).await
    }

    async fn load(&self, stream: &StreamName, from: LoadFrom, limit: usize) -> Result<Loaded, StoreError> {
        self.current().load(stream, from, limit).await
    }

    async fn save_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), StoreError> {
        self.current().save_snapshot(stream, snapshot).await
    }

    async fn read_log(&self, after: Position, unwanted: &Types, limit: usize) -> Result<LogPage, StoreError> {
        self.current().read_log(after, unwanted, limit).await
    }

    async fn read_log_backward(&self, before: Position, limit: usize) -> Result<LogPage, StoreError> {
        self.current().read_log_backward(before, limit).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        self.current().head().await
    }

    async fn streams_of(
        &self,
        category: &str,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Result<Vec<StreamName>, StoreError> {
        self.current().streams_of(category, after, limit).await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        self.current().position_at(time).await
    }

    async fn appended(&self, after: Position) {
        self.current().appended(after).await;
    }

    async fn check_storage(&self) -> Result<(), StoreError> {
        self.current().check_storage().await
    }

    async fn check_writing(&self) -> Result<(), StoreError> {
        self.current().check_writing().await
    }
}
