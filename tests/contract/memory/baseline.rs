//! Bare rows in memory.

use std::sync::Arc;

use adapters::memory::MemoryRawLimit;
use application::ports::Baseline;
use async_trait::async_trait;
use tests::laws::baseline::BaselineUnderTest;

tests::baseline_laws!(MemoryRows);

struct MemoryRows(Arc<MemoryRawLimit>);

#[async_trait]
impl BaselineUnderTest for MemoryRows {
    async fn fresh() -> Option<Self> {
        Some(Self(Arc::default()))
    }

    fn raw(&self) -> Arc<dyn Baseline> {
        self.0.clone()
    }
}
