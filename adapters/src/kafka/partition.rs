//! A partition of a topic as a source. What is fetched is kept for a while, so that several who follow it near its end
//! share one fetch; whoever is elsewhere moves the fetch there.

mod lane;
mod received;

use std::sync::Arc;
use std::time::Duration;

use application::messages::ForeignRecord;
use application::ports::event_store::{LogId, Position, Types};
use application::ports::message_source::{SourceError, SourcePage, StartingPoint, Token};
use application::ports::{BoxError, MessageSource};
use async_trait::async_trait;
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, interval, timeout};

use super::consumer::{Ends, KafkaConsumer};
use lane::Lane;

/// How long records that have to be there may take to come.
const COMING_MAX: Duration = Duration::from_secs(1);
/// The same when there are some already.
const MORE_MAX: Duration = Duration::from_millis(50);

/// A broker that has just come back does not know its partitions for a moment: so long it is asked again where a
/// processor begins.
const BEGINNING_MAX: Duration = Duration::from_secs(10);
/// How often.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// How long may be asked for what is shown to somebody, who would rather hear soon that nobody answers.
const SHOWN_MAX: Duration = Duration::from_millis(700);

/// A partition of a topic.
pub struct KafkaPartition {
    topic: String,
    /// The topic's name on the broker.
    name: String,
    number: i32,
    log: LogId,
    lane: Mutex<Lane>,
    /// Counts up when something came.
    news: watch::Sender<u64>,
    /// The last to go: it closes the client.
    consumer: Arc<KafkaConsumer>,
}

impl KafkaPartition {
    /// This partition; `identity` tells the topic from one of the same name that was made anew.
    pub(super) fn of(consumer: Arc<KafkaConsumer>, topic: &str, identity: &str, number: i32) -> Self {
        let log = ForeignRecord::log_of(consumer.cluster(), identity, number);
        let (topic, name) = (topic.to_owned(), consumer.settings.topic(topic));
        let (lane, news) = (Mutex::default(), watch::Sender::default());
        Self { topic, name, number, log, lane, news, consumer }
    }

    /// Its topic's name on the broker, and its number there.
    pub(super) fn address(&self) -> (&str, i32) {
        (&self.name, self.number)
    }

    pub(super) fn token(&self, position: Position) -> Token {
        Token { log: self.log, position, event: ForeignRecord::id_at(self.log, position) }
    }

    async fn ends(&self, doing: &'static str) -> Result<Ends, SourceError> {
        let ends = self.consumer.ends(&self.name, self.number).await;
        ends.map_err(|source| SourceError::Away { doing, source })
    }

    /// The same, asked again for a while.
    async fn ends_at_last(&self, doing: &'static str) -> Result<Ends, SourceError> {
        let until = Instant::now() + BEGINNING_MAX;
        let mut again = interval(ASK_EVERY);
        loop {
            again.tick().await;
            match self.ends(doing).await {
                Err(error) if Instant::now() < until => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "a partition is asked again");
                }
                answer => return answer,
            }
        }
    }

    /// The same for somebody who is shown it.
    async fn ends_soon(&self, doing: &'static str) -> Result<Ends, SourceError> {
        timeout(SHOWN_MAX, self.ends(doing)).await.unwrap_or_else(|_elapsed| {
            let source =
                format!("no answer of {} within {SHOWN_MAX:?}", self.consumer.settings.brokers).into();
            Err(SourceError::Away { doing, source })
        })
    }

    /// Whoever reads just now asks for itself.
    fn learn(&self, ends: Ends) {
        if let Ok(mut lane) = self.lane.try_lock() {
            lane.learn(ends);
        }
    }

    /// That a token may be one of this partition.
    fn is_own(&self, token: &Token) -> Result<(), SourceError> {
        if token.log != self.log {
            return Err(SourceError::ForeignLog { expected: token.log, found: self.log });
        }
        let found = self.token(token.position).event;
        if token.event != found {
            return Err(SourceError::ForeignToken { position: token.position, expected: token.event, found });
        }
        Ok(())
    }

    /// That the partition goes on from a token.
    fn check(token: &Token, Ends { start, end }: Ends) -> Result<(), SourceError> {
        let from = token.position;
        if from > Position::new(end) {
            return Err(SourceError::ForeignToken { position: from, expected: token.event, found: None });
        }
        if from < Position::new(start) {
            return Err(SourceError::Gone { from, to: Position::new(start) });
        }
        Ok(())
    }

    /// Sees to it that what lies after a token, up to `limit` records, has come as far as it is there.
    async fn reach(&self, lane: &mut Lane, token: &Token, limit: usize) -> Result<(), SourceError> {
        let at = token.position.value();
        if !lane.covers(at, self.consumer.strays()) {
            let ends = self.ends("finding the place to read a topic from").await?;
            Self::check(token, ends)?;
            self.place(lane, at, ends).await?;
        }
        self.take(lane, at, limit)?;
        if lane.after(at) == 0 {
            let ends = self.ends("asking how far a topic goes").await?;
            lane.learn(ends);
            Self::check(token, ends)?;
        }
        let wait = if lane.after(at) == 0 { COMING_MAX } else { MORE_MAX };
        // Those that are late are found by the next read.
        timeout(wait, self.come(lane, at, limit)).await.unwrap_or(Ok(()))?;
        lane.looked_at(at);
        Ok(())
    }

    async fn come(&self, lane: &mut Lane, at: u64, limit: usize) -> Result<(), SourceError> {
        let mut news = self.news.subscribe();
        loop {
            news.borrow_and_update();
            self.take(lane, at, limit)?;
            // It would mean that the sender is gone, and it lives as long as this.
            if !lane.expects_more(at, limit) || news.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    async fn place(&self, lane: &mut Lane, at: u64, ends: Ends) -> Result<(), SourceError> {
        self.place_at(lane, at)
            .await
            .map_err(|source| SourceError::Away { doing: "going to a place in a topic", source })?;
        lane.begin(at, ends, self.consumer.strays());
        Ok(())
    }

    async fn place_at(&self, lane: &mut Lane, at: u64) -> Result<(), BoxError> {
        let offset = i64::try_from(at)?;
        if lane.has_queue() {
            if self.consumer.seek(&self.name, self.number, offset).await.is_ok() {
                return Ok(());
            }
            // One that has lost its place for good is fetched anew.
            lane.lose_queue();
        }
        let news = self.news.clone();
        let ring = move || news.send_modify(|count| *count = count.wrapping_add(1));
        lane.keep_queue(self.consumer.follow(&self.name, self.number, offset, ring).await?);
        Ok(())
    }

    fn take(&self, lane: &mut Lane, at: u64, limit: usize) -> Result<(), SourceError> {
        lane.take(&self.topic, self.log, at, limit)
            .map_err(|source| SourceError::Away { doing: "reading a topic", source })
    }

    /// Whether there is something to read after a token, as far as it has come.
    async fn has_after(&self, token: &Token) -> Result<bool, SourceError> {
        let at = token.position.value();
        let mut lane = self.lane.lock().await;
        if !lane.is_placed() {
            self.is_own(token)?;
            let ends = self.ends("finding the place to follow a topic from").await?;
            Self::check(token, ends)?;
            self.place(&mut lane, at, ends).await?;
        }
        if lane.begins_after(at) {
            return Ok(true);
        }
        if lane.ends_before(at) {
            return Ok(false);
        }
        self.take(&mut lane, at, 1)?;
        Ok(lane.after(at) > 0)
    }
}

#[async_trait]
impl MessageSource for KafkaPartition {
    async fn read(&self, token: &Token, unwanted: &Types, limit: usize) -> Result<SourcePage, SourceError> {
        self.is_own(token)?;
        let mut lane = self.lane.lock().await;
        let reached = self.reach(&mut lane, token, limit.max(1)).await;
        if let Err(SourceError::Away { .. }) = reached {
            lane.lose_place();
        }
        reached?;
        let scanned = lane.page(token.position, limit.max(1));
        let next = scanned.last().map_or(*token, |last| self.token(last.position));
        let events = scanned.into_iter().filter(|event| !unwanted.contains(&event.kind)).collect();
        Ok(SourcePage { events, next, head: Position::new(lane.end()) })
    }

    async fn token_at(&self, place: StartingPoint) -> Result<Token, SourceError> {
        const DOING: &str = "asking where a topic begins and ends";
        let (ends, offset) = match place {
            StartingPoint::Beginning => {
                let ends = self.ends_at_last(DOING).await?;
                (ends, ends.start)
            }
            StartingPoint::Head => {
                let ends = self.ends_soon(DOING).await?;
                (ends, ends.end)
            }
            StartingPoint::Time(time) => {
                let ends = self.ends(DOING).await?;
                let since = self.consumer.first_since(&self.name, self.number, time).await;
                let since = since.map_err(|source| SourceError::Away { doing: DOING, source })?;
                (ends, since.unwrap_or(ends.end))
            }
            StartingPoint::Position(wanted) => {
                let ends = self.ends(DOING).await?;
                let (from, to) = (Position::new(ends.start), Position::new(ends.end));
                if wanted < from || wanted > to {
                    return Err(SourceError::NoSuchPosition { wanted, from, to });
                }
                (ends, wanted.value())
            }
        };
        self.learn(ends);
        Ok(self.token(Position::new(offset)))
    }

    async fn knows(&self, token: &Token) -> Result<(), SourceError> {
        self.is_own(token)?;
        let ends = self.ends_soon("asking whether a topic goes on from a token").await?;
        self.learn(ends);
        Self::check(token, ends)
    }

    async fn arrived(&self, token: &Token) {
        let mut news = self.news.subscribe();
        loop {
            news.borrow_and_update();
            // Whoever waits learns from the next read what is wrong.
            if self.has_after(token).await.unwrap_or(true) || news.changed().await.is_err() {
                return;
            }
        }
    }
}
