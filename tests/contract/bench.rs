//! A store behind another one that counts: what is measured is what a service has.

use std::sync::Arc;

use adapters::bench::{Counting, CountingPublisher};
use adapters::memory::MemoryEventStore;
use adapters::system_clock::SystemIds;
use application::ports::event_store::{LogId, Position, StreamAppend};
use application::ports::publisher::OutgoingRecord;
use application::ports::{EventStore, Ids, Publisher};
use async_trait::async_trait;
use tests::laws::event_store::samples::{proposal, stream};
use tests::laws::event_store::{Durability, EventStoreUnderTest, OpenWrite};
use tests::laws::publisher::PublisherUnderTest;

use crate::memory::broker::MemoryTopics;

tests::event_store_laws!(CountedLog);
tests::publisher_laws!(CountedTopics);

struct CountedLog(Arc<Counting>);

#[async_trait]
impl EventStoreUnderTest for CountedLog {
    async fn fresh() -> Option<Self> {
        let behind = MemoryEventStore::new(LogId::new(SystemIds.next()));
        Some(Self(Counting::new(Arc::new(behind))))
    }

    fn store(&self) -> Arc<dyn EventStore> {
        self.0.clone()
    }

    /// The store behind it writes in one step.
    async fn hold_a_write_open(&self, _proposal: StreamAppend) -> Option<Box<dyn OpenWrite>> {
        None
    }

    async fn take_away(&self, _position: Position) -> bool {
        false
    }

    async fn take_one_that_passed(&self) -> bool {
        false
    }

    fn durability(&self) -> Durability {
        Durability::None
    }

    async fn reopen_after_kill(&self) -> Option<Arc<dyn EventStore>> {
        None
    }
}

#[tokio::test]
async fn events_are_counted_by_append() {
    let CountedLog(counting) = CountedLog::fresh().await.expect("memory is always there");
    let before = counting.so_far();
    assert_eq!(counting.so_far().batch_since(&before), None);
    let three = vec![proposal(&stream("a"), 0, 1), proposal(&stream("b"), 0, 2)];
    counting.append(three).await.expect("memory is always there");
    counting.append(vec![proposal(&stream("a"), 1, 1)]).await.expect("memory is always there");
    assert_eq!(counting.so_far().batch_since(&before), Some(2.0));
}

/// Topics in memory behind a publisher that counts.
struct CountedTopics {
    behind: MemoryTopics,
    counting: Arc<CountingPublisher>,
}

#[async_trait]
impl PublisherUnderTest for CountedTopics {
    async fn fresh() -> Option<Self> {
        let behind = MemoryTopics::fresh().await?;
        let counting = CountingPublisher::before(&behind.publisher()).ok()?;
        Some(Self { behind, counting })
    }

    fn publisher(&self) -> Arc<dyn Publisher> {
        self.counting.clone()
    }

    fn topic(&self) -> &'static str {
        self.behind.topic()
    }

    async fn records(&self) -> Vec<OutgoingRecord> {
        self.behind.records().await
    }

    async fn refuse_for_good(&self, batch: &mut [OutgoingRecord], index: usize) {
        self.behind.refuse_for_good(batch, index).await;
    }

    async fn interrupt(&self, batch: &[OutgoingRecord]) -> Option<usize> {
        self.behind.interrupt(batch).await
    }

    async fn recover(&self) {
        self.behind.recover().await;
    }
}
