//! Following the log: events as they come, read at the pace of whoever asks for them.

use std::time::Duration;

use thiserror::Error;

use super::log::fits;
use super::{EventQuery, Queries, Readers};
use crate::ports::event_store::{LogId, Position, Recorded, StoreError};
use crate::ports::message_source::{SourceError, Token};

/// How long it goes without looking by itself: a hint may not come for what another process wrote.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The most events read in one piece when everything is wanted: what a follower holds that is not asked for more.
const PIECE: usize = 32;
/// The most positions looked at in one piece when not everything is wanted.
const FILTERED_PIECE: usize = 500;

/// A reader of the log with a place of its own. Nothing is read ahead of what is asked for, so a slow one costs
/// nothing.
pub struct Following {
    readers: Readers,
    wanted: EventQuery,
    from: Token,
    skipped: Position,
}

/// Why the log cannot be followed any further.
#[derive(Debug, Error)]
pub enum FollowError {
    /// The log does not have what was read of it before.
    #[error(
        "the log was read up to {position} and does not have that event any more: it was restored or exchanged"
    )]
    Lost {
        /// How far it was read.
        position: Position,
    },
    /// The log cannot be read.
    #[error("reading the log failed")]
    Store(#[source] StoreError),
}

impl Queries {
    /// Follows the log after a place in it.
    #[must_use]
    pub fn follow(&self, from: Token, wanted: EventQuery) -> Following {
        Following { readers: self.readers.clone(), wanted, from, skipped: Position::START }
    }
}

impl Following {
    /// The next events that are wanted, in order and at least one; waits until there is one. Dropping the future loses
    /// none of them.
    ///
    /// # Errors
    /// [`FollowError`].
    pub async fn next(&mut self) -> Result<Vec<Recorded>, FollowError> {
        loop {
            let page =
                self.readers.after(&self.from, self.piece()).await.map_err(|error| self.lost(error))?;
            let moved = page.next != self.from;
            self.from = page.next;
            let wanted = |event: &Recorded| event.position > self.skipped && fits(&self.wanted, event);
            let events: Vec<_> = page.events.into_iter().filter(wanted).collect();
            if !events.is_empty() {
                return Ok(events);
            }
            if !moved {
                // Resolves at once for what was appended since the page was read; not coming in time only means to
                // look.
                let _ = tokio::time::timeout(POLL_INTERVAL, self.readers.arrived(&self.from)).await;
            }
        }
    }

    /// Leaves out what lies not after `position`.
    pub fn skip_to(&mut self, position: Position) {
        self.skipped = self.skipped.max(position);
    }

    /// The log that is followed.
    #[must_use]
    pub const fn log(&self) -> LogId {
        self.from.log
    }

    fn piece(&self) -> usize {
        if self.wanted == EventQuery::default() { PIECE } else { FILTERED_PIECE }
    }

    fn lost(&self, error: SourceError) -> FollowError {
        match error {
            SourceError::Store(error) => FollowError::Store(error),
            SourceError::Away { doing, source } => {
                FollowError::Store(StoreError::Unavailable { doing, source })
            }
            error @ SourceError::NotOurTurn { .. } => FollowError::Store(StoreError::Unavailable {
                doing: "following the log",
                source: error.into(),
            }),
            SourceError::ForeignToken { .. }
            | SourceError::ForeignLog { .. }
            | SourceError::Gone { .. }
            | SourceError::NoSuchPosition { .. } => FollowError::Lost { position: self.from.position },
        }
    }
}
