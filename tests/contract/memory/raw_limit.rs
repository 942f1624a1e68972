//! Bare rows in memory.

use std::sync::Arc;

use adapters::memory::MemoryRawLimit;
use application::ports::RawLimit;
use async_trait::async_trait;
use tests::laws::raw_limit::RawLimitUnderTest;

tests::raw_limit_laws!(MemoryRows);

struct MemoryRows(Arc<MemoryRawLimit>);

#[async_trait]
impl RawLimitUnderTest for MemoryRows {
    async fn fresh() -> Option<Self> {
        Some(Self(Arc::default()))
    }

    fn raw(&self) -> Arc<dyn RawLimit> {
        self.0.clone()
    }
}
