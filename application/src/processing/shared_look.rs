//! How processors stand, as a node last saw it: one look a second is enough for all the segments that others hold.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;

use super::processor::POLL_INTERVAL;
use crate::ports::ProcessorAdmin;
use crate::ports::processor_admin::ProcessorState;
use crate::ports::token_store::{ProcessorName, TokenError};

/// What was seen, and when.
#[derive(Debug, Default)]
pub(super) struct SharedLook(Mutex<Option<LastLook>>);

/// How all processors stood at a time.
#[derive(Debug, Clone)]
pub(super) struct LastLook {
    pub(super) at: Timestamp,
    pub(super) states: Arc<Vec<ProcessorState>>,
}

impl SharedLook {
    /// How a processor stood a moment ago; none when nobody had registered it. Whoever asks first looks, and the others
    /// wait for what is seen.
    pub(super) async fn at(
        &self,
        name: &ProcessorName,
        admin: &dyn ProcessorAdmin,
        now: Timestamp,
    ) -> Result<Option<ProcessorState>, TokenError> {
        let seen = self.all(admin, now).await?;
        Ok(seen.states.iter().find(|state| state.name == *name).cloned())
    }

    /// How all of them stood a moment ago.
    pub(super) async fn all(
        &self,
        admin: &dyn ProcessorAdmin,
        now: Timestamp,
    ) -> Result<LastLook, TokenError> {
        let mut seen = self.0.lock().await;
        if let Some(seen) = seen.as_ref().filter(|seen| seen.is_good(now)) {
            return Ok(seen.clone());
        }
        let looked = LastLook { at: now, states: Arc::new(admin.processors().await?) };
        *seen = Some(looked.clone());
        Ok(looked)
    }

    /// What somebody has seen who had another reason to look; none when nobody had.
    pub(super) async fn last(&self) -> Option<LastLook> {
        self.0.lock().await.clone()
    }

    /// Whoever asks next looks again.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = None;
    }

    /// How long it is until the next look, so that all segments that wait for one wait for the same.
    pub(super) async fn next(&self, now: Timestamp) -> Duration {
        let age = self.0.lock().await.as_ref().map(|seen| now.duration_since(seen.at));
        let age = age.and_then(|age| Duration::try_from(age).ok()).unwrap_or_default(); // set back: it is looked again
        POLL_INTERVAL.checked_sub(age).filter(|left| !left.is_zero()).unwrap_or(POLL_INTERVAL)
    }
}

impl LastLook {
    fn is_good(&self, now: Timestamp) -> bool {
        let age = Duration::try_from(now.duration_since(self.at));
        age.is_ok_and(|age| age < POLL_INTERVAL)
    }
}
