//! Following the log: events as they come, read at the pace of whoever asks for them.

use std::sync::Arc;
use std::time::Duration;

use super::log::fits;
use super::{EventQuery, Queries};
use crate::ports::EventStore;
use crate::ports::event_store::{LogId, LogPage, Position, Recorded, StoreError, Types};

/// How long it goes without looking by itself: a hint may not come for what another process wrote.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The most events read in one piece when everything is wanted: what a follower holds that is not asked for more.
const PIECE: usize = 32;
/// The most positions looked at in one piece when not everything is wanted.
const FILTERED_PIECE: usize = 500;

/// A reader of the log with a place of its own. Nothing is read ahead of what is asked for, so a slow one costs nothing.
pub struct Following {
    store: Arc<dyn EventStore>,
    wanted: EventQuery,
    after: Position,
    log: Option<LogId>,
}

impl Queries {
    /// Follows the log after a position.
    #[must_use]
    pub fn follow(&self, after: Position, wanted: EventQuery) -> Following {
        Following { store: Arc::clone(&self.store), wanted, after, log: None }
    }
}

impl Following {
    /// The next events that are wanted, in order and at least one; waits until there is one. Dropping the future loses
    /// none of them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; [`StoreError::Corrupt`] also when the log has become another one or does not reach
    /// as far as it was read any more.
    pub async fn next(&mut self) -> Result<Vec<Recorded>, StoreError> {
        loop {
            let page = self.store.read_log(self.after, &Types::new(), self.piece()).await?;
            self.check(&page)?;
            let moved = page.scanned_to > self.after;
            self.after = page.scanned_to;
            let events: Vec<_> = page.events.into_iter().filter(|event| fits(&self.wanted, event)).collect();
            if !events.is_empty() {
                return Ok(events);
            }
            if !moved {
                // Resolves at once for what was appended since the page was read; not coming in time only means to look.
                let _ = tokio::time::timeout(LOOK_AGAIN, self.store.appended(self.after)).await;
            }
        }
    }

    /// Goes on after `position` unless it is there already.
    pub fn skip_to(&mut self, position: Position) {
        self.after = self.after.max(position);
    }

    fn piece(&self) -> usize {
        if self.wanted == EventQuery::default() { PIECE } else { FILTERED_PIECE }
    }

    fn check(&mut self, page: &LogPage) -> Result<(), StoreError> {
        let log = *self.log.get_or_insert(page.log);
        if log == page.log && page.head >= self.after {
            return Ok(());
        }
        let (after, head) = (self.after, page.head);
        let source = format!("the log was read up to {after} and is another one now, or ends at {head}");
        Err(StoreError::Corrupt { doing: "following the log", source: source.into() })
    }
}
