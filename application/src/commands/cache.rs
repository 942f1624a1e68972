//! States in memory: what the next decision starts from, as long as there is room.

use std::sync::Arc;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};
use xxhash_rust::xxh3::Xxh3Builder;

use super::versioned::Versioned;
use crate::codec::Aggregate;
use crate::ports::Ids;
use crate::ports::event_store::StreamName;

/// How many locks the states of an aggregate are spread over, when there is room for many: a number of its own and not
/// the machine's, since it decides with the hashes which state goes first.
const SHARDS: usize = 64;

/// The states of one aggregate, bounded by count and by bytes: a state weighs at least its share of the bytes, so that
/// as many of them as are allowed fill the cache.
pub(super) struct States<A> {
    cache: Cache<StreamName, Arc<Versioned<A>>, Weight, Xxh3Builder>,
}

#[derive(Clone)]
struct Weight {
    least: u64,
}

impl<A: Aggregate> Weighter<StreamName, Arc<Versioned<A>>> for Weight {
    fn weight(&self, stream: &StreamName, known: &Arc<Versioned<A>>) -> u64 {
        let bytes = stream.as_str().len() + size_of::<Versioned<A>>() + known.state.bytes();
        (bytes as u64).max(self.least)
    }
}

impl<A: Aggregate> States<A> {
    /// An empty cache for at most `count` states of at most `bytes` together, each at least 1. Names of streams are
    /// hashed with a seed of these dice: nobody outside can choose names that collide, and a run can be repeated.
    pub(super) fn bounded(count: usize, bytes: usize, dice: &dyn Ids) -> Self {
        let (count, bytes) = (count.max(1), bytes.max(1) as u64);
        let least = bytes.div_ceil(count as u64);
        let hasher = Xxh3Builder::new().with_seed(dice.next().as_u64_pair().1);
        let mut options = OptionsBuilder::new();
        options.estimated_items_capacity(count).weight_capacity(bytes).shards(SHARDS);
        let cache = match options.build() {
            Ok(options) => {
                Cache::with_options(options, Weight { least }, hasher, DefaultLifecycle::default())
            }
            // What would be missing are the two capacities, which are given above.
            Err(_missing) => Cache::with(count, bytes, Weight { least }, hasher, DefaultLifecycle::default()),
        };
        Self { cache }
    }

    /// What is kept of a stream; it may be behind the store, which an append or a read of the tail shows.
    pub(super) fn get(&self, stream: &StreamName) -> Option<Arc<Versioned<A>>> {
        self.cache.get(stream)
    }

    /// Keeps a state.
    pub(super) fn put(&self, stream: &StreamName, known: &Arc<Versioned<A>>) {
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
