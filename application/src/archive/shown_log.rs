//! A log that shows its events, whether it is a store that was opened or a service that is asked.

use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

use super::Line;
use crate::ports::event_store::{Position, StoreError, Types};
use crate::ports::{BoxError, EventStore};
use crate::queries::{EventQuery, fits};

/// The most positions looked at in one piece.
const PIECE: usize = 500;

/// Shows the events of a log.
#[async_trait]
pub trait ShownLog: Send + Sync {
    /// The log's last position.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn head(&self) -> Result<Position, ReadError>;

    /// The event at a position; none when the log has none there.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn event(&self, position: Position) -> Result<Option<Line>, ReadError>;

    /// The last events that are wanted, oldest first, at most `count`.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn last(&self, count: usize, wanted: &EventQuery) -> Result<Vec<Line>, ReadError>;

    /// A walk upwards from after a position along the events that are wanted.
    fn walk(&self, after: Position, wanted: EventQuery) -> Box<dyn Walk>;
}

/// A walk along a log, piece by piece.
#[async_trait]
pub trait Walk: Send {
    /// The next events that are wanted: perhaps none, although there are more; nothing at all at the end, and more
    /// perhaps later.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn next(&mut self) -> Result<Option<Vec<Line>>, ReadError>;
}

/// Why a log was not shown.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Who shows the log did not show it.
    #[error(transparent)]
    Shown(BoxError),
}

/// A store that was opened.
#[derive(Clone)]
pub struct StoredLog(Arc<dyn EventStore>);

impl StoredLog {
    /// The log of this store.
    #[must_use]
    pub fn of(store: Arc<dyn EventStore>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl ShownLog for StoredLog {
    async fn head(&self) -> Result<Position, ReadError> {
        Ok(self.0.head().await?.position)
    }

    async fn event(&self, position: Position) -> Result<Option<Line>, ReadError> {
        let Some(before) = position.value().checked_sub(1) else { return Ok(None) };
        let page = self.0.read_log(Position::new(before), &Types::new(), 1).await?;
        Ok(page.events.iter().find(|event| event.position == position).map(Line::of))
    }

    async fn last(&self, count: usize, wanted: &EventQuery) -> Result<Vec<Line>, ReadError> {
        let mut before = self.0.head().await?.position.plus(1);
        let mut found = Vec::new();
        while found.len() < count && before > Position::new(1) {
            let page = self.0.read_log_backward(before, PIECE).await?;
            if page.events.is_empty() {
                break;
            }
            before = page.scanned_to;
            found.extend(page.events.iter().filter(|event| fits(wanted, event)).map(Line::of));
        }
        found.truncate(count);
        found.reverse();
        Ok(found)
    }

    fn walk(&self, after: Position, wanted: EventQuery) -> Box<dyn Walk> {
        Box::new(Walking { store: Arc::clone(&self.0), after, wanted })
    }
}

struct Walking {
    store: Arc<dyn EventStore>,
    after: Position,
    wanted: EventQuery,
}

#[async_trait]
impl Walk for Walking {
    async fn next(&mut self) -> Result<Option<Vec<Line>>, ReadError> {
        let page = self.store.read_log(self.after, &Types::new(), PIECE).await?;
        if page.scanned_to == self.after {
            return Ok(None);
        }
        self.after = page.scanned_to;
        let wanted = page.events.iter().filter(|event| fits(&self.wanted, event));
        Ok(Some(wanted.map(Line::of).collect()))
    }
}
