//! A segment as it stands in its table: how far it is, and who works on it.

use std::time::Duration;

use application::codec::rows::time_text;
use application::ports::event_store::{EventId, LogId, Position};
use application::ports::message_source::Token;
use application::ports::processor_admin::SegmentState;
use application::ports::token_store::{Claim, Generation, NodeId, ProcessorName, Segment, TokenError};
use jiff::Timestamp;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::step_error::StepError;
use super::stored::Fields;

/// How far a segment is and who works on it.
#[derive(Clone)]
pub(super) struct SegmentRow {
    pub(super) generation: i64,
    pub(super) segment: Segment,
    pub(super) epoch: u64,
    pub(super) lease: Option<Lease>,
    pub(super) token: Token,
    pub(super) commits: u64,
    pub(super) committed_under: u64,
}

/// Something that ends by itself: a heartbeat or a claim.
#[derive(Clone)]
pub(super) struct Lease {
    pub(super) node: NodeId,
    until: Timestamp,
    ttl: Duration,
}

impl SegmentRow {
    pub(super) const fn at(generation: i64, segment: Segment, token: Token) -> Self {
        Self { generation, segment, epoch: 0, lease: None, token, commits: 0, committed_under: 0 }
    }

    pub(super) async fn load(
        tables: &mut SqliteConnection,
        processor: &ProcessorName,
        generation: Generation,
        segment: Segment,
    ) -> Result<Option<Self>, StepError> {
        let found = sqlx::query(include_str!("../sql/token_store/segment.sql"))
            .bind(processor.as_str())
            .bind(generation.0.cast_signed())
            .bind(i64::from(segment.id))
            .bind(i64::from(segment.mask))
            .fetch_optional(tables)
            .await?;
        found.map(|row| Self::read(&row)).transpose()
    }

    /// All of a generation, by segment.
    pub(super) async fn load_all(
        tables: &mut SqliteConnection,
        generation: i64,
    ) -> Result<Vec<Self>, StepError> {
        let all = sqlx::query(include_str!("../sql/token_store/segments.sql")).bind(generation);
        all.fetch_all(tables).await?.iter().map(Self::read).collect()
    }

    pub(super) async fn save(&self, tables: &mut SqliteConnection) -> Result<(), StepError> {
        let lease = self.lease.as_ref();
        sqlx::query(include_str!("../sql/token_store/put_segment.sql"))
            .bind(self.generation)
            .bind(i64::from(self.segment.id))
            .bind(i64::from(self.segment.mask))
            .bind(self.epoch.cast_signed())
            .bind(lease.map(Lease::node_bytes))
            .bind(lease.map(Lease::until_text))
            .bind(lease.map(Lease::ttl_ns))
            .bind(self.commits.cast_signed())
            .bind(self.committed_under.cast_signed())
            .bind(self.token.log.uuid().as_bytes().to_vec())
            .bind(self.token.position.value().cast_signed())
            .bind(self.token.event.map(|event| event.uuid().as_bytes().to_vec()))
            .execute(tables)
            .await?;
        Ok(())
    }

    pub(super) async fn remove(&self, tables: &mut SqliteConnection) -> Result<(), StepError> {
        sqlx::query(include_str!("../sql/token_store/drop_segment.sql"))
            .bind(self.generation)
            .bind(i64::from(self.segment.id))
            .bind(i64::from(self.segment.mask))
            .execute(tables)
            .await?;
        Ok(())
    }

    pub(super) fn is_held_by(&self, claim: &Claim, now: Timestamp) -> bool {
        let lease = self.lease.as_ref().filter(|lease| lease.node == claim.node && lease.lasts(now));
        lease.is_some() && self.epoch == claim.epoch
    }

    pub(super) fn check_free(&self, wanted: &Claim, now: Timestamp) -> Result<(), TokenError> {
        let held = self.lease.as_ref().filter(|lease| lease.node != wanted.node && lease.binds_others(now));
        let Some(lease) = held else { return Ok(()) };
        Err(TokenError::Held {
            processor: wanted.processor.clone(),
            segment: wanted.segment,
            owner: lease.node,
            until: lease.until,
        })
    }

    pub(super) fn shown(&self, generation: Generation, now: Timestamp) -> SegmentState {
        let lease = self.lease.as_ref().filter(|lease| lease.binds_others(now));
        SegmentState {
            generation,
            segment: self.segment,
            epoch: self.epoch,
            owner: lease.map(|lease| (lease.node, lease.until)),
            token: self.token,
        }
    }

    fn read(row: &SqliteRow) -> Result<Self, StepError> {
        let fields = Fields(row);
        Ok(Self {
            generation: fields.get("generation")?,
            segment: Segment { id: fields.small_number("id")?, mask: fields.small_number("mask")? },
            epoch: fields.number("epoch")?,
            lease: Lease::read(&fields)?,
            token: Token {
                log: LogId::new(fields.id("token_log")?),
                position: Position::new(fields.number("token_position")?),
                event: fields.id_or_none("token_event")?.map(EventId::new),
            },
            commits: fields.number("commits")?,
            committed_under: fields.number("committed_under")?,
        })
    }
}

impl Lease {
    pub(super) fn new(node: NodeId, ttl: Duration, now: Timestamp) -> Self {
        Self { node, until: after(now, ttl), ttl }
    }

    /// Whether its owner may still act on it.
    fn lasts(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// Whether others have to respect it. One that ends later than it ever could was made before the clock jumped back;
    /// respecting it would lock everybody out for as long as the jump was wide.
    pub(super) fn binds_others(&self, now: Timestamp) -> bool {
        self.lasts(now) && self.until <= after(after(now, self.ttl), self.ttl)
    }

    pub(super) fn node_bytes(&self) -> Vec<u8> {
        self.node.uuid().as_bytes().to_vec()
    }

    pub(super) fn until_text(&self) -> String {
        time_text(self.until)
    }

    /// At most 292 years.
    pub(super) fn ttl_ns(&self) -> i64 {
        i64::try_from(self.ttl.as_nanos()).unwrap_or(i64::MAX)
    }

    fn read(fields: &Fields<'_>) -> Result<Option<Self>, StepError> {
        let Some(node) = fields.id_or_none("owner")? else { return Ok(None) };
        let (until, ttl) = (fields.time("until")?, Duration::from_nanos(fields.number("ttl_ns")?));
        Ok(Some(Self { node: NodeId::new(node), until, ttl }))
    }
}

/// The heartbeat of a node.
pub(super) fn node_lease(row: &SqliteRow) -> Result<Lease, StepError> {
    let fields = Fields(row);
    let (until, ttl) = (fields.time("until")?, Duration::from_nanos(fields.number("ttl_ns")?));
    Ok(Lease { node: NodeId::new(fields.id("owner")?), until, ttl })
}

fn after(now: Timestamp, ttl: Duration) -> Timestamp {
    now.saturating_add(ttl).unwrap_or(Timestamp::MAX)
}
