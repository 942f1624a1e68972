//! A partition of a topic as a source: its log is the partition, and its positions the offsets and one.

use application::messages::ForeignRecord;
use application::ports::MessageSource;
use application::ports::event_store::{LogId, Position, StoreError, Types};
use application::ports::message_source::{SourceError, SourcePage, StartingPoint, Token};
use async_trait::async_trait;

use super::{Kept, MemoryBroker};

/// A partition of a topic.
pub struct MemoryPartition {
    broker: MemoryBroker,
    topic: String,
    number: i32,
    log: LogId,
}

impl MemoryPartition {
    pub(super) fn of(broker: MemoryBroker, topic: &str, number: i32) -> Self {
        let log = ForeignRecord::log_of(&broker.0.cluster.to_string(), topic, number);
        Self { broker, topic: topic.to_owned(), number, log }
    }

    fn ask<T>(&self, ask: impl FnOnce(&Kept) -> Result<T, SourceError>) -> Result<T, SourceError> {
        let topics = self.broker.lock();
        let partitions = topics.partitions.get(&self.topic).map(Vec::as_slice).unwrap_or_default();
        let kept = usize::try_from(self.number).ok().and_then(|number| partitions.get(number));
        ask(kept.ok_or_else(|| {
            let source = format!("partition {} of `{}` is not there", self.number, self.topic).into();
            StoreError::Unavailable { doing: "reading a topic", source }
        })?)
    }

    fn token(&self, position: Position) -> Token {
        Token { log: self.log, position, event: ForeignRecord::id_at(self.log, position) }
    }

    /// That the partition goes on from a token.
    fn check(&self, kept: &Kept, token: &Token) -> Result<(), SourceError> {
        if token.log != self.log {
            return Err(SourceError::ForeignLog { expected: token.log, found: self.log });
        }
        let (from, start, end) = (token.position, Position::new(kept.start), Position::new(kept.end()));
        let own = self.token(from).event.filter(|_| from <= end);
        if own != token.event || from > end {
            return Err(SourceError::ForeignToken { position: from, expected: token.event, found: own });
        }
        if from < start { Err(SourceError::Gone { from, to: start }) } else { Ok(()) }
    }

    fn page(
        &self,
        kept: &Kept,
        token: &Token,
        unwanted: &Types,
        limit: usize,
    ) -> Result<SourcePage, SourceError> {
        self.check(kept, token)?;
        let passed = usize::try_from(token.position.value() - kept.start).unwrap_or(usize::MAX);
        let scanned: Vec<_> = kept.records.iter().skip(passed).take(limit.max(1)).collect();
        let next = scanned.last().map_or(*token, |last| self.token(last.position()));
        let events = scanned.into_iter().map(|record| record.recorded(self.log));
        let events = events.filter(|event| !unwanted.contains(&event.kind)).collect();
        Ok(SourcePage { events, next, head: Position::new(kept.end()) })
    }
}

#[async_trait]
impl MessageSource for MemoryPartition {
    async fn read(&self, token: &Token, unwanted: &Types, limit: usize) -> Result<SourcePage, SourceError> {
        self.ask(|kept| self.page(kept, token, unwanted, limit))
    }

    async fn token_at(&self, place: StartingPoint) -> Result<Token, SourceError> {
        self.ask(|kept| {
            let offset = match place {
                StartingPoint::Beginning => kept.start,
                StartingPoint::Head => kept.end(),
                StartingPoint::Time(time) => {
                    let before = kept.records.iter().take_while(|record| record.time < time).count();
                    kept.start + before as u64
                }
                StartingPoint::Position(wanted) => {
                    let (from, to) = (Position::new(kept.start), Position::new(kept.end()));
                    if wanted < from || wanted > to {
                        return Err(SourceError::NoSuchPosition { wanted, from, to });
                    }
                    wanted.value()
                }
            };
            Ok(self.token(Position::new(offset)))
        })
    }

    async fn knows(&self, token: &Token) -> Result<(), SourceError> {
        self.ask(|kept| self.check(kept, token))
    }

    async fn arrived(&self, token: &Token) {
        let mut taken = self.broker.0.taken.subscribe();
        let is_there = || self.ask(|kept| Ok(kept.end() > token.position.value()));
        // A partition that is gone wakes its reader, who learns why from the next read.
        let is_news = || is_there().unwrap_or(true);
        // An error would mean that the sender is gone, and it lives as long as the broker.
        let _ = taken.wait_for(|_| is_news()).await;
    }
}
