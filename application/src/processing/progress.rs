//! How far a processor is, as the node knows that works on it: at once, and without a question to the store.

use futures::FutureExt;
use futures::future::select_all;
use tokio::sync::watch;

use super::lease::LeaseRenewer;
use crate::ports::event_store::Position;

/// How far a processor is whose segments may all be worked on here.
pub struct LiveProgress(Vec<(watch::Receiver<Option<Position>>, LeaseRenewer)>);

impl LiveProgress {
    pub(super) const fn of(segments: Vec<(watch::Receiver<Option<Position>>, LeaseRenewer)>) -> Self {
        Self(segments)
    }

    /// The position that all its segments have reached, with everything that follows from it stored. None when one of
    /// them is not surely held here: then only the token store knows.
    pub fn reached(&mut self) -> Option<Position> {
        let reached = self.0.iter_mut().map(|(reached, renewer)| {
            let reached = *reached.borrow_and_update();
            reached.filter(|_| renewer.is_sure())
        });
        reached.min().flatten()
    }

    /// Resolves when it may have moved since it was last asked; never, when nobody here works on it.
    pub async fn moved(&mut self) {
        if self.0.is_empty() {
            return std::future::pending().await;
        }
        // The sender lives as long as the processor; without it there is nothing to wait for, and the caller looks
        // again.
        let _ = select_all(self.0.iter_mut().map(|(reached, _)| reached.changed().boxed())).await;
    }
}
