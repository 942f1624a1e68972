//! Whether files stay where they were opened and take what is written, looked at every second.

use std::sync::Arc;
use std::time::Duration;

use application::ports::{BoxError, EventStore, TokenStore};
use application::processing::cause_of;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::tasks::Ended;

/// How often it is looked. Appends and commits look by themselves; this is for a service where nothing happens.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A gauge: 1 while a file of this side is not where it was opened.
const DISPLACED: &str = "rental_storage_displaced";

/// The two sides that may have files.
#[derive(Clone)]
pub(crate) struct Storage {
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) tokens: Arc<dyn TokenStore>,
}

impl Storage {
    /// Whether what is written is kept where it belongs, on both sides.
    ///
    /// # Errors
    /// What the first side that is not says.
    pub(crate) async fn check(&self) -> Result<(), BoxError> {
        let (store, tokens) = tokio::join!(self.store.check_storage(), self.tokens.check_storage());
        for (side, is_displaced) in [("log", store.is_err()), ("tokens", tokens.is_err())] {
            metrics::gauge!(DISPLACED, "side" => side).set(f64::from(u8::from(is_displaced)));
        }
        store?;
        Ok(tokens?)
    }

    /// Whether something can be written to both sides, as far as that has failed before.
    async fn check_writing(&self) -> Result<(), BoxError> {
        let (store, tokens) = tokio::join!(self.store.check_writing(), self.tokens.check_writing());
        store?;
        Ok(tokens?)
    }

    /// Looks until it is stopped, and says in the log when a file is gone and when it is back, and when nothing can be
    /// written and when something can.
    pub(crate) async fn watch(self, stop: CancellationToken) -> Ended {
        let mut every = interval(LOOK_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut was_there, mut was_written) = (true, true);
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            match self.check().await {
                Err(error) if was_there => {
                    let cause = error.source().map(ToString::to_string);
                    tracing::error!(cause, "not ready: files are not where they were opened");
                    was_there = false;
                }
                Ok(()) if !was_there => {
                    tracing::info!("files are back where they were opened");
                    was_there = true;
                }
                Ok(()) | Err(_) => {} // nothing has changed since it was said
            }
            match self.check_writing().await {
                Err(error) if was_written => {
                    tracing::error!(cause = cause_of(&*error), "not ready: nothing can be written");
                    was_written = false;
                }
                Ok(()) if !was_written => {
                    tracing::info!("something can be written again");
                    was_written = true;
                }
                Ok(()) | Err(_) => {} // as above
            }
        }
        Ok(())
    }
}
