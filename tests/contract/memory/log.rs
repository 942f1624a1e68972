//! The event log in memory.

use adapters::system_clock::SystemIds;
use application::ports::Ids;
use std::sync::Arc;

use adapters::memory::MemoryEventStore;
use application::ports::EventStore;
use application::ports::event_store::{AppendOutcome, LogId, Position, StoreError, StreamAppend};
use async_trait::async_trait;
use tests::laws::event_store::samples::{append, append_one, proposal, stream, whole_log};
use tests::laws::event_store::{Durability, EventStoreUnderTest, OpenWrite};

tests::event_store_laws!(MemoryLog);

struct MemoryLog(Arc<MemoryEventStore>);

#[async_trait]
impl EventStoreUnderTest for MemoryLog {
    async fn fresh() -> Option<Self> {
        Some(Self(Arc::new(MemoryEventStore::new(LogId::new(SystemIds.next())))))
    }

    fn store(&self) -> Arc<dyn EventStore> {
        self.0.clone()
    }

    /// An append holds the only lock from its beginning to its end.
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
async fn a_bounded_log_refuses_what_has_no_room_and_still_answers_repeats() {
    let store = MemoryEventStore::bounded(LogId::new(SystemIds.next()), 3);
    let known = proposal(&stream("a"), 0, 2);
    append(&store, known.clone()).await;

    let refusal = store.append(vec![proposal(&stream("b"), 0, 1), proposal(&stream("c"), 0, 1)]).await;

    assert!(matches!(refusal, Err(StoreError::Unavailable { .. })), "{refusal:?}");
    assert_eq!(whole_log(&store).await.len(), 2, "nothing was stored");
    append(&store, proposal(&stream("b"), 0, 1)).await;
    assert!(matches!(append_one(&store, known).await, AppendOutcome::AlreadyDone { .. }));
    let stale = append_one(&store, proposal(&stream("a"), 0, 1)).await;
    assert!(matches!(stale, AppendOutcome::Conflict { .. }), "{stale:?}");
}
