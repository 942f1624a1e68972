//! How far a processor is, as the node knows that works on it: at once, and without a question to the store.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::select_all;
use tokio::sync::watch;

use super::lease::LeaseRenewer;
use super::status::Live;
use crate::ports::event_store::Position;

/// How far a processor is whose segments may all be worked on here.
pub struct LiveProgress(Vec<LiveSegment>);

/// One of its segments.
pub(super) struct LiveSegment {
    reached: watch::Receiver<Option<Position>>,
    live: Arc<Live>,
    renewer: LeaseRenewer,
}

impl LiveSegment {
    pub(super) fn of(live: &Arc<Live>, renewer: &LeaseRenewer) -> Self {
        Self { reached: live.reached(), live: Arc::clone(live), renewer: renewer.clone() }
    }
}

impl LiveProgress {
    pub(super) const fn of(segments: Vec<LiveSegment>) -> Self {
        Self(segments)
    }

    /// The position that all its segments have reached. A hint: the store is not further, and may have less when it
    /// forgot something. None when one of them is not surely held here: then only the token store knows.
    pub fn reached(&mut self) -> Option<Position> {
        let reached = self.0.iter_mut().map(|segment| {
            let reached = *segment.reached.borrow_and_update();
            reached.filter(|_| segment.renewer.is_sure())
        });
        reached.min().flatten()
    }

    /// Has those who work on it here store it soon when they are so far.
    pub fn wait_for(&self, position: Position) {
        self.0.iter().for_each(|segment| segment.live.is_waited_for(position));
    }

    /// Resolves when it may have moved since it was last asked; never, when nobody here works on it.
    pub async fn moved(&mut self) {
        if self.0.is_empty() {
            return std::future::pending().await;
        }
        let moved = select_all(self.0.iter_mut().map(|segment| segment.reached.changed().boxed()));
        let _ = moved.await; // the sender lives as long as the processor; without it the caller looks again
    }
}
