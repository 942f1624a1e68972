//! Stores in memory.

use std::sync::Arc;

use adapters::memory::{MemoryEventStore, MemoryTokenStore};
use application::ports::Clock;
use application::ports::event_store::LogId;
use async_trait::async_trait;
use uuid::Uuid;

use super::{Opened, StoreKind};

/// Nothing outlives it.
pub struct Memory;

impl Memory {
    /// Empty stores.
    pub(crate) fn stores(clock: Arc<dyn Clock>) -> Opened {
        let log = Arc::new(MemoryEventStore::new(LogId::new(Uuid::from_u128(1))));
        Opened { log, views: Arc::new(MemoryTokenStore::new(clock)) }
    }
}

#[async_trait]
impl StoreKind for Memory {
    async fn fresh() -> Option<Self> {
        Some(Self)
    }

    async fn open(&self, clock: Arc<dyn Clock>) -> Opened {
        Self::stores(clock)
    }

    async fn killed(&self) -> Option<Self> {
        None
    }
}
