//! Logs and topics as if something of them had been lost, which a check has to find.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use application::messages::{ForeignRecord, Topic};
use application::ports::event_store::{LogId, Position, Recorded, Types};
use application::ports::message_source::{SourceError, SourcePage, StartingPoint, Token};
use application::ports::token_store::{ProcessorName, Row, RowKey};
use application::ports::topics::FollowedPartition;
use application::ports::{MessageSource, Topics};
use application::services::Services;
use application::verify::{Evidence, Follower, Report, Shown, Stores, VerifyError};
use async_trait::async_trait;
use uuid::Uuid;

use super::together::judged;

/// A log without the first event of a type.
pub(super) struct WithoutEvent<'a> {
    pub(super) evidence: Stores<'a>,
    pub(super) kind: &'static str,
}

#[async_trait]
impl Evidence for WithoutEvent<'_> {
    async fn services(&self) -> Result<Option<Services>, VerifyError> {
        self.evidence.services().await
    }

    async fn log_id(&self) -> Result<LogId, VerifyError> {
        self.evidence.log_id().await
    }

    async fn followers(&self) -> Result<Vec<Follower>, VerifyError> {
        self.evidence.followers().await
    }

    async fn head(&self) -> Result<Position, VerifyError> {
        self.evidence.head().await
    }

    async fn log(&self, after: Position) -> Result<Vec<Recorded>, VerifyError> {
        let mut page = self.evidence.log(after).await?;
        // The first page has it.
        if after == Position::START {
            let at = page.iter().position(|event| event.kind.as_str() == self.kind).expect("such an event");
            page.remove(at);
        }
        Ok(page)
    }

    async fn rows(
        &self,
        view: &ProcessorName,
        expected: &BTreeMap<RowKey, Row>,
        take: &mut (dyn FnMut(Row) + Send),
    ) -> Result<Shown, VerifyError> {
        self.evidence.rows(view, expected, take).await
    }
}

/// The topics as if the first message that is met on one of them had never been there.
struct WithoutMessage<'a> {
    topics: &'a dyn Topics,
    of: Topic,
    lost: Arc<Mutex<Option<Uuid>>>,
}

#[async_trait]
impl Topics for WithoutMessage<'_> {
    async fn partitions(&self) -> Result<Vec<(Topic, u32)>, SourceError> {
        self.topics.partitions().await
    }

    fn partition(&self, topic: Topic, number: u32) -> FollowedPartition {
        let followed = self.topics.partition(topic, number);
        if topic != self.of {
            return followed;
        }
        let (source, lost) = (Arc::clone(&followed.source), Arc::clone(&self.lost));
        FollowedPartition { source: Arc::new(SpoiltPartition { source, lost }), ..followed }
    }
}

/// What is found when one message of a topic has gone.
pub(super) async fn judged_without_one(logs: &[Stores<'_>], topics: &dyn Topics, of: Topic) -> Report {
    judged(logs, &WithoutMessage { topics, of, lost: Arc::default() }).await
}

/// A partition that shows one message nowhere, however often it was published.
struct SpoiltPartition {
    source: Arc<dyn MessageSource>,
    lost: Arc<Mutex<Option<Uuid>>>,
}

impl SpoiltPartition {
    fn is_shown(&self, recorded: &Recorded) -> bool {
        let record = ForeignRecord::of(recorded).unwrap().unwrap();
        let (_, id) = record.identity().unwrap();
        *self.lost.lock().unwrap().get_or_insert(id) != id
    }
}

#[async_trait]
impl MessageSource for SpoiltPartition {
    async fn read(&self, token: &Token, unwanted: &Types, limit: usize) -> Result<SourcePage, SourceError> {
        let mut page = self.source.read(token, unwanted, limit).await?;
        page.events.retain(|recorded| self.is_shown(recorded));
        Ok(page)
    }

    async fn token_at(&self, place: StartingPoint) -> Result<Token, SourceError> {
        self.source.token_at(place).await
    }

    async fn knows(&self, token: &Token) -> Result<(), SourceError> {
        self.source.knows(token).await
    }

    async fn arrived(&self, token: &Token) {
        self.source.arrived(token).await;
    }
}
