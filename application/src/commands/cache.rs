//! States in memory: what the next decision starts from, as long as there is room.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::codec::Aggregate;
use crate::ports::event_store::{EventId, Position, StreamName, Version};

/// A state with the place of the last event in it. Never changed: a newer one takes its place.
#[derive(Debug)]
pub(super) struct Known<A> {
    /// The state.
    pub(super) state: Arc<A>,
    /// The version of the last event in it; 0 when the stream is empty.
    pub(super) version: Version,
    /// That event's place in the log.
    pub(super) position: Position,
    /// That event's id; none when the stream is empty.
    pub(super) event: Option<EventId>,
}

impl<A: Aggregate> Known<A> {
    /// What is known of a stream that does not exist.
    pub(super) fn nothing() -> Self {
        Self {
            state: Arc::new(A::default()),
            version: Version::START,
            position: Position::START,
            event: None,
        }
    }
}

/// The states of one aggregate, bounded by count and by bytes: a state weighs at least its share of the bytes, so that
/// as many of them as are allowed fill the cache.
pub(super) struct States<A> {
    cache: Cache<StreamName, Arc<Known<A>>, Weight>,
}

#[derive(Clone)]
struct Weight {
    least: u64,
}

impl<A: Aggregate> Weighter<StreamName, Arc<Known<A>>> for Weight {
    fn weight(&self, stream: &StreamName, known: &Arc<Known<A>>) -> u64 {
        let bytes = stream.as_str().len() + size_of::<Known<A>>() + known.state.bytes();
        (bytes as u64).max(self.least)
    }
}

impl<A: Aggregate> States<A> {
    /// An empty cache for at most `count` states of at most `bytes` together, each at least 1.
    pub(super) fn bounded(count: usize, bytes: usize) -> Self {
        let (count, bytes) = (count.max(1), bytes.max(1) as u64);
        let least = bytes.div_ceil(count as u64);
        let cache = Cache::with_weighter(count, bytes, Weight { least });
        Self { cache }
    }

    /// What is kept of a stream; it may be behind the store, which an append or a read of the tail shows.
    pub(super) fn get(&self, stream: &StreamName) -> Option<Arc<Known<A>>> {
        self.cache.get(stream)
    }

    /// Keeps a state.
    pub(super) fn put(&self, stream: &StreamName, known: &Arc<Known<A>>) {
        self.cache.insert(stream.clone(), Arc::clone(known));
    }
}

/// Something that keeps states and can forget them.
pub(super) trait Forget: Send + Sync {
    /// Forgets everything.
    fn forget(&self);
}

impl<A: Aggregate> Forget for States<A> {
    fn forget(&self) {
        self.cache.clear();
    }
}

/// The states of all aggregates. They are of one log, so when one of them turns out not to be in it, none is trusted.
pub(super) struct AllStates(Vec<Arc<dyn Forget>>);

impl AllStates {
    /// Of these aggregates.
    pub(super) const fn of(aggregates: Vec<Arc<dyn Forget>>) -> Self {
        Self(aggregates)
    }

    /// Forgets everything: the log is not the one it was.
    pub(super) fn forget(&self) {
        for states in &self.0 {
            states.forget();
        }
    }
}
