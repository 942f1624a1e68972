//! A library in four parts: each service with stores of its own, and a broker between them.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set its scene has failed")]

use std::num::NonZeroU32;
use std::sync::Arc;

use adapters::memory::MemoryBroker;
use application::ports::EventStore;
use application::services::{ServiceName, Services};
use domain::MemberId;
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

    /// The same over another broker.
    ///
    /// # Panics
    /// As [`Parted::open`].
    pub async fn on_cluster(cluster: u128) -> Self {
        Self::made::<Memory>(cluster).await.expect("memory is there")
    }

    /// The same with stores of this kind; none when there are none.
    pub async fn fresh<S: StoreKind>() -> Option<Self> {
        Self::made::<S>(1).await
    }

    async fn made<S: StoreKind>(cluster: u128) -> Option<Self> {
        let rental = Stores::fresh::<S>().await?;
        let clock = Arc::<StoppedClock>::clone(&rental.clock);
        let partitions = NonZeroU32::new(4).expect("four is not zero");
        let broker = MemoryBroker::with_all_topics(Uuid::from_u128(cluster), clock, partitions);
        let part = |stores, service| Library::over(stores, node(service, &broker, 0));
        Some(Self {
            rental: part(rental, ServiceName::Rental),
            book: part(Stores::fresh::<S>().await?, ServiceName::Book),
            member: part(Stores::fresh::<S>().await?, ServiceName::Member),
            best_seller: part(Stores::fresh::<S>().await?, ServiceName::BestSeller),
            broker,
        })
    }

    /// Registers a member with this many points where members are, with a card where cards are.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn join(&self, id: &str, points: i64) -> MemberId {
        let id = self.member.join(id, points).await;
        let issued = self.rental.desk.issue_card(&id, None, self.rental.context()).await;
        issued.expect("a card");
        id
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
