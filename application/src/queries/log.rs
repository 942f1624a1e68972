//! Reading the log itself, forwards and backwards, with a filter and a bound on what is looked at.

use super::{EventPage, EventQuery, Queries, QueryError, SCAN_MAX};
use crate::codec::Metadata;
use crate::ports::event_store::{LogPage, Position, Recorded, Types};

impl Queries {
    /// The log after a position; looks at [`SCAN_MAX`] positions at most. There is more to read, perhaps later, after
    /// `next`; it is none when the log's end was reached.
    ///
    /// # Errors
    /// [`QueryError::Store`].
    pub async fn events_after(
        &self,
        after: Position,
        wanted: &EventQuery,
        limit: usize,
    ) -> Result<EventPage, QueryError> {
        let mut scan = Scan::new(wanted, limit);
        let mut after = after;
        loop {
            let page = self.store.read_log(after, &Types::new(), scan.step()).await?;
            if page.scanned_to == after {
                return Ok(scan.ended());
            }
            after = page.scanned_to;
            let at_end = after >= page.head;
            if let Some(full) = scan.took(page, after) {
                return Ok(full);
            }
            if at_end {
                return Ok(scan.ended());
            }
        }
    }

    /// The log before a position, newest first; none starts at the end. Looks at [`SCAN_MAX`] positions at most.
    ///
    /// # Errors
    /// [`QueryError::Store`].
    pub async fn events_before(
        &self,
        before: Option<Position>,
        wanted: &EventQuery,
        limit: usize,
    ) -> Result<EventPage, QueryError> {
        let mut before = match before {
            Some(before) => before,
            None => self.store.head().await?.position.plus(1),
        };
        let mut scan = Scan::new(wanted, limit);
        while before > Position::new(1) {
            let page = self.store.read_log_backward(before, scan.step()).await?;
            if page.events.is_empty() {
                break;
            }
            before = page.scanned_to;
            if let Some(full) = scan.took(page, before) {
                return Ok(full);
            }
        }
        Ok(scan.ended())
    }

    /// The event at a position.
    ///
    /// # Errors
    /// [`QueryError::Store`].
    pub async fn event(&self, position: Position) -> Result<Option<Recorded>, QueryError> {
        let Some(before) = position.value().checked_sub(1) else { return Ok(None) };
        let page = self.store.read_log(Position::new(before), &Types::new(), 1).await?;
        Ok(page.events.into_iter().next().filter(|event| event.position == position))
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

    /// Takes what fits of a page that ends at `end`; the whole answer when it is full or has looked far enough.
    fn took(&mut self, page: LogPage, end: Position) -> Option<EventPage> {
        let looked = page.events.len();
        for event in page.events {
            if !fits(self.wanted, &event) {
                continue;
            }
            let position = event.position;
            self.found.push(event);
            if self.found.len() == self.limit {
                return Some(self.full(position));
            }
        }
        self.left = self.left.saturating_sub(looked.max(1));
        (self.left == 0).then(|| self.full(end))
    }

    fn full(&mut self, next: Position) -> EventPage {
        EventPage { events: std::mem::take(&mut self.found), next: Some(next) }
    }

    fn ended(&mut self) -> EventPage {
        EventPage { events: std::mem::take(&mut self.found), next: None }
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
