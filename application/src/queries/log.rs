//! Reading the log itself, forwards and backwards, with a filter and a bound on what is looked at.

use super::{EventPage, EventQuery, Queries, QueryError, SCAN_MAX};
use crate::codec::Metadata;
use crate::ports::event_store::{LogId, LogPage, Position, Recorded, Types};
use crate::ports::message_source::Token;

impl Queries {
    /// The log after a position; looks at [`SCAN_MAX`] positions at most. It goes on after `next`, which is none when
    /// the log's end was reached.
    ///
    /// # Errors
    /// [`QueryError::BeyondHead`] when the log does not reach that position; [`QueryError::Store`].
    pub async fn events_after(
        &self,
        after: Position,
        wanted: &EventQuery,
        limit: usize,
    ) -> Result<EventPage, QueryError> {
        let mut scan = Scan::new(wanted, limit);
        let mut after = after;
        loop {
            let turn = self.turn_for(wanted).await;
            let page = self.ports.store.read_log(after, &Types::new(), scan.step()).await?;
            drop(turn);
            let (log, head) = (page.log, page.head);
            if after > head {
                return Err(QueryError::BeyondHead { position: after, head });
            }
            if page.scanned_to == after {
                return Ok(scan.ended(log));
            }
            after = page.scanned_to;
            if let Some(full) = scan.took(page) {
                return Ok(full.ending_at(head));
            }
            if after >= head {
                return Ok(scan.ended(log));
            }
        }
    }

    /// The log before a position, newest first; none starts at the end. Looks at [`SCAN_MAX`] positions at most.
    ///
    /// # Errors
    /// [`QueryError::BeyondHead`] when the log does not reach to right before that position; [`QueryError::Store`].
    pub async fn events_before(
        &self,
        before: Option<Position>,
        wanted: &EventQuery,
        limit: usize,
    ) -> Result<EventPage, QueryError> {
        let head = self.ports.store.head().await?;
        let end = head.position.plus(1);
        let mut before = before.unwrap_or(end);
        if before > end {
            return Err(QueryError::BeyondHead { position: before, head: head.position });
        }
        let mut scan = Scan::new(wanted, limit);
        while before > Position::new(1) {
            let turn = self.turn_for(wanted).await;
            let page = self.ports.store.read_log_backward(before, scan.step()).await?;
            drop(turn);
            if page.events.is_empty() {
                break;
            }
            before = page.scanned_to;
            if let Some(full) = scan.took(page) {
                return Ok(full.ending_at(Position::new(1)));
            }
        }
        Ok(scan.ended(head.log))
    }

    /// The event at a position, and the log it stands in.
    ///
    /// # Errors
    /// [`QueryError::Store`].
    pub async fn event(&self, position: Position) -> Result<Option<(LogId, Recorded)>, QueryError> {
        let Some(before) = position.value().checked_sub(1) else { return Ok(None) };
        let page = self.ports.store.read_log(Position::new(before), &Types::new(), 1).await?;
        let found = page.events.into_iter().next().filter(|event| event.position == position);
        Ok(found.map(|event| (page.log, event)))
    }

    /// A position as a token, which says besides which log it is of and which event stands there; none when the log
    /// does not reach so far.
    ///
    /// # Errors
    /// [`QueryError::Store`].
    pub async fn token_at(&self, position: Position) -> Result<Option<Token>, QueryError> {
        let page = self.ports.store.read_log(position, &Types::new(), 1).await?;
        let reached = position == Position::START || page.at_start.is_some();
        Ok(reached.then_some(Token { log: page.log, position, event: page.at_start }))
    }
}

impl EventPage {
    /// The same, in a read that ends at this position: there is nowhere to go on from it.
    fn ending_at(self, end: Position) -> Self {
        Self { next: self.next.filter(|next| next.position != end), ..self }
    }
}

/// A scan under way: what it found, and how much it may still look at.
struct Scan<'a> {
    wanted: &'a EventQuery,
    limit: usize,
    left: usize,
    found: Vec<Recorded>,
}

impl<'a> Scan<'a> {
    const fn new(wanted: &'a EventQuery, limit: usize) -> Self {
        Self { wanted, limit, left: SCAN_MAX, found: Vec::new() }
    }

    /// How many positions to look at next: no more than wanted when everything is wanted.
    fn step(&self) -> usize {
        let everything = *self.wanted == EventQuery::default();
        let most = if everything { self.limit - self.found.len() } else { 1_000 };
        most.min(self.left).max(1)
    }

    /// Takes what fits of a page; the whole answer when it is full or has looked far enough.
    fn took(&mut self, page: LogPage) -> Option<EventPage> {
        let LogPage { log, events, scanned_to, at_end, .. } = page;
        let looked = events.len();
        for event in events {
            if !fits(self.wanted, &event) {
                continue;
            }
            let place = Token { log, position: event.position, event: Some(event.id) };
            self.found.push(event);
            if self.found.len() == self.limit {
                return Some(self.full(place));
            }
        }
        self.left = self.left.saturating_sub(looked.max(1));
        (self.left == 0).then(|| self.full(Token { log, position: scanned_to, event: at_end }))
    }

    fn full(&mut self, next: Token) -> EventPage {
        EventPage { log: next.log, events: std::mem::take(&mut self.found), next: Some(next) }
    }

    fn ended(&mut self, log: LogId) -> EventPage {
        EventPage { log, events: std::mem::take(&mut self.found), next: None }
    }
}

/// Whether an event is wanted.
pub(crate) fn fits(wanted: &EventQuery, event: &Recorded) -> bool {
    let kind = wanted.kind.as_ref().is_none_or(|kind| *kind == event.kind);
    let stream = wanted.stream.as_ref().is_none_or(|stream| *stream == event.stream);
    // Metadata that cannot be read belongs to no attempt; the event still shows without this filter.
    let correlation = wanted.correlation.is_none_or(|process| {
        Metadata::decode(event).is_ok_and(|metadata| metadata.correlation == Some(process))
    });
    kind && stream && correlation
}
