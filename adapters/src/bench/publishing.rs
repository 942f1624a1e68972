//! A publisher that counts and times what the one behind it publishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use application::ports::Publisher;
use application::ports::publisher::{OutgoingRecord, PublishError, Published};
use async_trait::async_trait;
use tokio::time::Instant;

use super::error::BenchError;
use super::measured::Times;

/// Counts records that were acknowledged, and keeps how long each batch took.
pub struct CountingPublisher {
    behind: Arc<dyn Publisher>,
    batches: AtomicU64,
    records: AtomicU64,
    times: Times,
}

impl CountingPublisher {
    /// Counts what goes to the one behind it.
    ///
    /// # Errors
    /// [`BenchError::Inside`] when no times can be kept.
    pub fn before(behind: &Arc<dyn Publisher>) -> Result<Arc<Self>, BenchError> {
        let (batches, records) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Arc::new(Self { behind: Arc::clone(behind), batches, records, times: Times::none()? }))
    }

    /// How many records were acknowledged, how many that is for each batch, and how long the batches took.
    pub(super) fn counted(self: Arc<Self>) -> Result<(u64, Option<f64>, Times), BenchError> {
        let own = Arc::try_unwrap(self).map_err(|_| BenchError::Inside {
            doing: "adding up what was published",
            source: "a processor that has ended still holds the publisher".into(),
        })?;
        let (records, batches) = (own.records.into_inner(), own.batches.into_inner());
        Ok((records, (batches > 0).then(|| records as f64 / batches as f64), own.times))
    }
}

#[async_trait]
impl Publisher for CountingPublisher {
    async fn publish(&self, batch: &[OutgoingRecord]) -> Result<Published, PublishError> {
        let begun = Instant::now();
        let published = self.behind.publish(batch).await?;
        self.times.keep_since(begun);
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.records.fetch_add(published.contiguous as u64, Ordering::Relaxed);
        Ok(published)
    }
}
