//! Rows of a view that a claimed segment has read or written lately. Only the holder of the claim writes them, so they
//! are as stored for as long as the claim holds.

use quick_cache::unsync::Cache;

use super::handling::Rows;
use crate::ports::token_store::{Claim, Row, RowKey, TokenError, TokenStore};

/// The most rows kept.
const ROWS_MAX: usize = 4_096;

/// Rows by key, and none where it is known that there is none.
pub(super) struct RowCache(Cache<RowKey, Option<Row>>);

impl RowCache {
    pub(super) fn empty() -> Self {
        Self(Cache::new(ROWS_MAX))
    }

    /// The rows with these keys; those that are not kept are read together.
    pub(super) async fn read(
        &mut self,
        tokens: &dyn TokenStore,
        claim: &Claim,
        keys: Vec<RowKey>,
    ) -> Result<Rows, TokenError> {
        let (mut rows, mut missing) = (Rows::new(), Vec::new());
        for key in keys {
            match self.0.get(&key) {
                Some(row) => drop(rows.insert(key, row.clone())),
                None => missing.push(key),
            }
        }
        if !missing.is_empty() {
            let read = tokens.rows(claim, &missing).await?;
            for (key, row) in missing.into_iter().zip(read) {
                self.0.insert(key, row.clone());
                rows.insert(key, row);
            }
        }
        Ok(rows)
    }

    /// Keeps what was written.
    pub(super) fn written(&mut self, rows: Vec<(RowKey, Option<Row>)>) {
        for (key, row) in rows {
            self.0.insert(key, row);
        }
    }
}

impl std::fmt::Debug for RowCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} rows", self.0.len())
    }
}
