//! A library in four parts: each service with stores of its own, and a broker between them.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set its scene has failed")]

use std::num::NonZeroU32;
use std::sync::Arc;

use adapters::memory::MemoryBroker;
use application::ports::EventStore;
use application::services::{ServiceName, Services};
use uuid::Uuid;

use super::{Library, Node, Stores};
use crate::clock::StoppedClock;
use crate::stores::{Memory, StoreKind};

/// The most rounds in which every service settles once before the library counts as restless.
const ROUNDS_MAX: usize = 100;

/// The four services.
pub struct Parted {
    /// Cards.
    pub rental: Library,
    /// Books.
    pub book: Library,
    /// Members.
    pub member: Library,
    /// The ranking.
    pub best_seller: Library,
    /// What is between them.
    pub broker: MemoryBroker,
}

impl Parted {
    /// All of them, with empty stores in memory.
    ///
    /// # Panics
    /// When these cannot be made.
    pub async fn open() -> Self {
        Self::fresh::<Memory>().await.expect("memory is there")
    }

    /// The same with stores of this kind; none when there are none.
    pub async fn fresh<S: StoreKind>() -> Option<Self> {
        let rental = Stores::fresh::<S>().await?;
        let clock = Arc::<StoppedClock>::clone(&rental.clock);
        let partitions = NonZeroU32::new(4).expect("four is not zero");
        let broker = MemoryBroker::with_all_topics(Uuid::from_u128(1), clock, partitions);
        let part = |stores, service| Library::over(stores, node(service, &broker, 0));
        Some(Self {
            rental: part(rental, ServiceName::Rental),
            book: part(Stores::fresh::<S>().await?, ServiceName::Book),
            member: part(Stores::fresh::<S>().await?, ServiceName::Member),
            best_seller: part(Stores::fresh::<S>().await?, ServiceName::BestSeller),
            broker,
        })
    }

    /// Each of them.
    pub const fn each(&mut self) -> [&mut Library; 4] {
        [&mut self.rental, &mut self.book, &mut self.member, &mut self.best_seller]
    }

    /// Steps all processors of all services in turn until none has anything to do: what one says in a round another one
    /// hears in the next.
    ///
    /// # Panics
    /// When they are still busy after very many rounds.
    pub async fn settle(&mut self) {
        let (mut before, mut quiet) = (vec![], 0);
        for _ in 0..ROUNDS_MAX {
            let mut heads = vec![];
            for library in self.each() {
                library.settle().await;
                heads.push(library.stores.log.head().await.expect("a log").position);
            }
            quiet = if heads == before { quiet + 1 } else { 0 };
            if quiet == 2 {
                return;
            }
            before = heads;
        }
        panic!("still busy after {ROUNDS_MAX} rounds: {before:?}");
    }
}

/// A node of one service, over a broker.
#[must_use]
pub fn node(service: ServiceName, broker: &MemoryBroker, seed: u64) -> Node {
    let services = Services::of([service]).unwrap_or(Services::ALL);
    let seed = 10 * seed + 1 + service as u64;
    Node { seed, services, exchange: Some(broker.exchange()), ..Node::default() }
}
