//! A store behind another one that counts: what is measured is what a service has.

use std::sync::Arc;

use adapters::bench::Counting;
use adapters::memory::MemoryEventStore;
use adapters::system_clock::SystemIds;
use application::ports::event_store::{LogId, Position, StreamAppend};
use application::ports::{EventStore, Ids};
use async_trait::async_trait;
use tests::laws::event_store::samples::{proposal, stream};
use tests::laws::event_store::{Durability, EventStoreUnderTest, OpenWrite};

tests::event_store_laws!(CountedLog);

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
