//! What all who look through the log share, so that many of them keep nobody else from it: one reader of its newest
//! events, and a few turns for whatever lies before those.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{EventQuery, Queries};
use crate::ports::EventStore;
use crate::ports::event_store::Types;
use crate::ports::message_source::{MessageSource, SourceError, SourcePage, Token};
use crate::processing::LogSource;

/// The most scans of the log at once. Whoever scans reads for itself alone, as fast as the store can: two of them leave
/// room for commands on a store with ten connections, and on a machine with two cores.
const SCANS_MAX: usize = 2;

/// The readers of one log. Cheap to clone.
#[derive(Clone)]
pub struct Readers {
    newest: Arc<LogSource>,
    scans: Arc<Semaphore>,
}

impl Readers {
    /// Those of the log of `store`.
    #[must_use]
    pub fn of(store: Arc<dyn EventStore>) -> Self {
        Self { newest: Arc::new(LogSource::new(store)), scans: Arc::new(Semaphore::new(SCANS_MAX)) }
    }

    /// What lies after a token: from memory, with one look at the log for all who ask at the time, when it is among the
    /// newest events, else read in turn.
    pub(super) async fn after(&self, token: &Token, limit: usize) -> Result<SourcePage, SourceError> {
        let _turn = if self.newest.lags(token) { self.turn().await } else { None };
        self.newest.read(token, &Types::new(), limit).await
    }

    /// Resolves soon after something lies beyond `token`; a hint.
    pub(super) async fn arrived(&self, token: &Token) {
        self.newest.arrived(token).await;
    }

    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed; were it, scans would be as many as there are.
        Arc::clone(&self.scans).acquire_owned().await.ok()
    }
}

impl Queries {
    /// A turn to scan, for a question that looks at more than it gives.
    pub(super) async fn turn_for(&self, wanted: &EventQuery) -> Option<OwnedSemaphorePermit> {
        if *wanted == EventQuery::default() { None } else { self.readers.turn().await }
    }
}
