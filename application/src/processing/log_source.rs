//! The log as a source. Processors near its end share one read of what is new; one that lags reads alone.

mod ring;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::reaction::cause_of;
use crate::ports::event_store::{EventStore, LogPage, Position, StoreError, Types};
use crate::ports::message_source::{MessageSource, SourceError, SourcePage, StartingPoint, Token};
use ring::Ring;

/// How many positions a shared read looks at.
const SHARED_READ: usize = 1_000;

/// The log as a source, for all processors of a process.
pub struct LogSource {
    store: Arc<dyn EventStore>,
    ring: Mutex<Ring>,
    reading: Semaphore,
}

impl LogSource {
    /// A source over the log of `store`.
    #[must_use]
    pub fn new(store: Arc<dyn EventStore>) -> Self {
        Self { store, ring: Mutex::new(Ring::empty()), reading: Semaphore::new(1) }
    }

    /// Whether a token lies before the newest events that are kept, so that what follows it is read for it alone.
    pub(crate) fn lags(&self, token: &Token) -> bool {
        self.with_ring(|ring| ring.starts_after(token))
    }

    fn with_ring<T>(&self, work: impl FnOnce(&mut Ring) -> T) -> T {
        work(&mut self.ring.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves a token from the ring, once the log was seen to have still what the ring has: after a fail-over or a
    /// restored backup, events in memory may be gone from it. That look is a read beyond the ring; whoever asks while
    /// somebody reads waits for that one, and a read that began after they asked is good for them as well.
    async fn read_shared(
        &self,
        token: &Token,
        unwanted: &Types,
        limit: usize,
    ) -> Result<SourcePage, SourceError> {
        let asked = self.with_ring(|ring| ring.reads());
        let turn = self.reading.acquire().await.map_err(closed)?;
        let kept = self.with_ring(|ring| ring.serve_checked(token, unwanted, limit, asked))?;
        if let Some(page) = kept {
            return Ok(page);
        }
        if !self.with_ring(|ring| ring.starts_after(token)) {
            let page = self.read_beyond(token, unwanted, limit).await?;
            if let Some(page) = page {
                return Ok(page);
            }
        }
        // It lies before what is kept, perhaps only since the last read.
        drop(turn);
        self.read_alone(token, unwanted, limit).await
    }

    /// Reads what lies beyond the ring into it, or begins it anew where the token stands. None when what lies after the
    /// token is more than can be kept.
    async fn read_beyond(
        &self,
        token: &Token,
        unwanted: &Types,
        limit: usize,
    ) -> Result<Option<SourcePage>, SourceError> {
        let end = self.with_ring(|ring| ring.end_for(token));
        if let Some(end) = end.filter(|end| end != token) {
            // With enough to serve the smallest read is large enough. With less, one who is behind would be served what
            // each look adds, event by event.
            let is_enough = self.with_ring(|ring| ring.has_after(token, limit));
            let number = self.with_ring(Ring::begin_read);
            let more = if is_enough { 1 } else { SHARED_READ };
            let page = self.store.read_log(end.position, &Types::new(), more).await?;
            if check(&end, &page).is_ok() {
                return self.with_ring(|ring| {
                    // What is served already may have to go to make room.
                    let served = if is_enough { Some(ring.serve(token, unwanted, limit)) } else { None };
                    ring.extend(&end, page, number);
                    served.unwrap_or_else(|| ring.serve(token, unwanted, limit))
                });
            }
        }
        let number = self.with_ring(Ring::begin_read);
        let page = self.store.read_log(token.position, &Types::new(), SHARED_READ).await?;
        // What is kept may be of the log that was there before.
        check(token, &page).inspect_err(|_| self.with_ring(Ring::forget))?;
        self.with_ring(|ring| {
            ring.extend(token, page, number);
            ring.serve(token, unwanted, limit)
        })
    }

    async fn read_alone(
        &self,
        token: &Token,
        unwanted: &Types,
        limit: usize,
    ) -> Result<SourcePage, SourceError> {
        let page = self.store.read_log(token.position, unwanted, limit).await?;
        check(token, &page)?;
        Ok(page_of(token, page))
    }
}

#[async_trait]
impl MessageSource for LogSource {
    async fn read(&self, token: &Token, unwanted: &Types, limit: usize) -> Result<SourcePage, SourceError> {
        if self.with_ring(|ring| ring.starts_after(token)) {
            return self.read_alone(token, unwanted, limit).await;
        }
        self.read_shared(token, unwanted, limit).await
    }

    async fn token_at(&self, place: StartingPoint) -> Result<Token, SourceError> {
        let head = self.store.head().await?;
        match place {
            StartingPoint::Beginning => Ok(Token { log: head.log, position: Position::START, event: None }),
            StartingPoint::Head => Ok(Token { log: head.log, position: head.position, event: head.event }),
            StartingPoint::Time(time) => {
                let position = self.store.position_at(time).await?;
                let page = self.store.read_log(position, &Types::new(), 1).await?;
                Ok(Token { log: page.log, position, event: page.at_start })
            }
            StartingPoint::Position(position) => {
                let page = self.store.read_log(position, &Types::new(), 1).await?;
                if position > Position::START && page.at_start.is_none() {
                    let (from, to) = (Position::START, page.head);
                    return Err(SourceError::NoSuchPosition { wanted: position, from, to });
                }
                Ok(Token { log: page.log, position, event: page.at_start })
            }
        }
    }

    /// Asks the store, never what is kept of it.
    async fn knows(&self, token: &Token) -> Result<(), SourceError> {
        check(token, &self.store.read_log(token.position, &Types::new(), 1).await?)
    }

    async fn arrived(&self, token: &Token) {
        self.store.appended(token.position).await;
    }
}

/// A page is only worth something if the log still has at the token what it had when the token was made.
fn check(token: &Token, page: &LogPage) -> Result<(), SourceError> {
    token.check(page)
}

fn page_of(token: &Token, page: LogPage) -> SourcePage {
    let next = if page.scanned_to == token.position {
        *token
    } else {
        Token { log: page.log, position: page.scanned_to, event: page.at_end }
    };
    SourcePage { events: page.events, next, head: page.head }
}

/// The semaphore is never closed; should it be, the processor waits like for a store that is away.
fn closed(error: tokio::sync::AcquireError) -> SourceError {
    let source = cause_of(&error).into();
    SourceError::Store(StoreError::Unavailable { doing: "waiting for the shared reader", source })
}
