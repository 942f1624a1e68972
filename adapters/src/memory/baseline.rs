//! What memory can do at best: a list under a lock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use application::ports::Baseline;
use application::ports::baseline::{RawPage, Terms};
use application::ports::event_store::{Position, Recorded, StoreError, StreamName};
use async_trait::async_trait;
use bytes::Bytes;

/// Rows in a list. It has no index, so a stream is found by looking at every row.
#[derive(Debug, Default)]
pub struct MemoryRawLimit {
    rows: Mutex<Vec<Recorded>>,
}

impl MemoryRawLimit {
    fn rows(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Baseline for MemoryRawLimit {
    async fn write(&self, rows: Vec<Recorded>) -> Result<(), StoreError> {
        self.rows().extend(rows);
        Ok(())
    }

    async fn read_page(&self, after: Position, limit: usize) -> Result<RawPage, StoreError> {
        let rows = self.rows();
        // Positions run from 1 without gap, so a position is the number of rows up to it.
        let start = usize::try_from(after.value()).unwrap_or(usize::MAX).min(rows.len());
        // Handed out as a page is, which outlives the lock: their bytes are shared and not copied.
        let page: Vec<Recorded> = rows[start..].iter().take(limit).cloned().collect();
        Ok(RawPage {
            rows: page.len() as u64,
            bytes: page.iter().map(|row| (row.payload.len() + row.metadata.len()) as u64).sum(),
            last: page.last().map_or(after, |row| row.position),
        })
    }

    async fn read_stream(&self, stream: &StreamName) -> Result<Vec<Bytes>, StoreError> {
        let rows = self.rows();
        Ok(rows.iter().filter(|row| row.stream == *stream).map(|row| row.payload.clone()).collect())
    }

    async fn terms(&self) -> Result<Terms, StoreError> {
        Ok(Terms {
            kind: "memory",
            version: env!("CARGO_PKG_VERSION").to_owned(),
            durability: vec![("kept", "until the process ends".to_owned())],
        })
    }

    async fn transactions(&self) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }
}
