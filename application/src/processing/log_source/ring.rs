//! The newest events of the log, kept in memory as long as they are few and small: a piece without gaps.

use std::collections::VecDeque;

use crate::ports::event_store::{LogPage, Position, Recorded, Types};
use crate::ports::message_source::{SourceError, SourcePage, Token};

/// The most events kept.
const EVENTS_MAX: usize = 4_096;
/// The most bytes of payload and metadata kept.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// A piece of the log without gaps, after `start`.
#[derive(Debug)]
pub(super) struct Ring {
    start: Option<Token>,
    events: VecDeque<Recorded>,
    bytes: usize,
    head: Position,
    reads: u64,
    /// The last read that found the end of this piece in the log, by its number.
    checked: u64,
}

impl Ring {
    pub(super) const fn empty() -> Self {
        Self { start: None, events: VecDeque::new(), bytes: 0, head: Position::START, reads: 0, checked: 0 }
    }

    /// What lies after a token, as far as it is here; none when the token does not lie in this piece.
    pub(super) fn serve(
        &self,
        token: &Token,
        unwanted: &Types,
        limit: usize,
    ) -> Result<Option<SourcePage>, SourceError> {
        let Some(start) = self.start else { return Ok(None) };
        if token.log != start.log {
            // Which of the two is right, the store has to say.
            return Ok(None);
        }
        let Some(skip) = self.place(start, token.position) else { return Ok(None) };
        self.check(start, token, skip)?;
        let scanned = self.events.iter().skip(skip).take(limit);
        let next = scanned.clone().last().map_or(*token, |last| place_of(start, last));
        let wanted = scanned.filter(|event| !unwanted.contains(&event.kind)).cloned();
        let events = wanted.collect();
        Ok(Some(SourcePage { events, next, head: self.head.max(next.position) }))
    }

    /// The same, if the log was read since `asked`. Also an empty page, when nothing lay beyond this piece then.
    pub(super) fn serve_checked(
        &self,
        token: &Token,
        unwanted: &Types,
        limit: usize,
        asked: u64,
    ) -> Result<Option<SourcePage>, SourceError> {
        if self.checked <= asked {
            return Ok(None);
        }
        let page = self.serve(token, unwanted, limit)?;
        Ok(page.filter(|page| page.next != *token || page.next.position >= self.head))
    }

    /// Where this piece ends, when a token may lie in it.
    pub(super) fn end_for(&self, token: &Token) -> Option<Token> {
        let start = self.start.filter(|start| start.log == token.log)?;
        self.place(start, token.position)?;
        self.end()
    }

    /// Whether so many events lie after a token in this piece.
    pub(super) fn has_after(&self, token: &Token, count: usize) -> bool {
        let skip = self.start.and_then(|start| self.place(start, token.position));
        skip.is_some_and(|skip| self.events.len() - skip >= count)
    }

    /// How many shared reads have begun.
    pub(super) const fn reads(&self) -> u64 {
        self.reads
    }

    /// The number of a read that begins now.
    pub(super) const fn begin_read(&mut self) -> u64 {
        self.reads += 1;
        self.reads
    }

    /// Whether a token lies before this piece, so that its processor lags.
    pub(super) fn starts_after(&self, token: &Token) -> bool {
        self.start.is_some_and(|start| start.log == token.log && token.position < start.position)
    }

    /// Lets go of everything kept.
    pub(super) fn forget(&mut self) {
        (self.start, self.bytes) = (None, 0);
        self.events.clear();
    }

    /// Takes in what a read found after a token. The piece goes on when the token is its end; else it begins anew
    /// there.
    pub(super) fn extend(&mut self, token: &Token, page: LogPage, number: u64) {
        if self.end() != Some(*token) {
            self.start = Some(*token);
            self.events.clear();
            self.bytes = 0;
        }
        (self.head, self.checked) = (page.head, number);
        for event in page.events {
            self.bytes += bytes_of(&event);
            self.events.push_back(event);
        }
        self.shrink();
    }

    fn shrink(&mut self) {
        while self.events.len() > EVENTS_MAX || (self.bytes > BYTES_MAX && self.events.len() > 1) {
            let (Some(start), Some(oldest)) = (self.start, self.events.pop_front()) else { return };
            self.bytes -= bytes_of(&oldest);
            self.start = Some(place_of(start, &oldest));
        }
    }

    fn end(&self) -> Option<Token> {
        let start = self.start?;
        Some(self.events.back().map_or(start, |last| place_of(start, last)))
    }

    /// How many events of this piece lie not after a position; none when it lies outside.
    fn place(&self, start: Token, position: Position) -> Option<usize> {
        let skip = position.value().checked_sub(start.position.value())?;
        let skip = usize::try_from(skip).ok()?;
        (skip <= self.events.len()).then_some(skip)
    }

    fn check(&self, start: Token, token: &Token, skip: usize) -> Result<(), SourceError> {
        let found = match skip.checked_sub(1) {
            None => start.event,
            Some(at) => self.events.get(at).map(|event| event.id),
        };
        if found == token.event {
            return Ok(());
        }
        let (position, expected) = (token.position, token.event);
        Err(SourceError::ForeignToken { position, expected, found })
    }
}

const fn place_of(start: Token, event: &Recorded) -> Token {
    Token { log: start.log, position: event.position, event: Some(event.id) }
}

fn bytes_of(event: &Recorded) -> usize {
    event.payload.len() + event.metadata.len()
}
