//! Segments as they stand in their documents. What a claim is proved by, its epoch, stands in the segment's own, which
//! each commit changes; how long it lasts stands in another, its lease, so that a beat never meets a commit. A lease
//! counts as long as the segment has its epoch.

use std::time::Duration;

use application::ports::processor_admin::SegmentState;
use application::ports::token_store::{Claim, Generation, NodeId, ProcessorName, Segment};
use jiff::Timestamp;
use mongodb::bson::{Bson, Document, doc};

use super::collections::{LEASE, SEGMENT};
use super::step_error::{StepError, WorkError};
use super::stored::{Fields, claimed_key, generation_key, segment_key};
use super::tables::Tables;
use crate::stores::lease::Lease;
use crate::stores::processors::token;
use crate::stores::segments::StoredSegment;

/// The longest time in milliseconds that anything is kept for: a hundred years, so that sums of it are times still.
const TTL_MS_MAX: i64 = 100 * 366 * 24 * 60 * 60 * 1_000;

/// A segment, and the server's time when it was found.
pub(super) struct FoundSegment {
    pub(super) key: String,
    pub(super) processor: ProcessorName,
    pub(super) number: Generation,
    pub(super) place: StoredSegment,
    pub(super) now: Timestamp,
}

/// By processor, generation and segment.
pub(super) async fn find(tables: &mut Tables<'_>, wanted: Document) -> Result<Vec<FoundSegment>, WorkError> {
    let lease = doc! { "from": LEASE, "localField": "_id", "foreignField": "_id", "as": "lease" };
    let pipeline = [
        doc! { "$match": wanted },
        doc! { "$sort": { "processor": 1, "number": 1, "id": 1, "mask": 1 } },
        doc! { "$lookup": lease },
        doc! { "$set": { "lease": { "$first": "$lease" }, "now": "$$NOW" } },
    ];
    let found = tables.aggregate(SEGMENT, pipeline).await?;
    found.iter().map(|document| Ok(FoundSegment::read(document)?)).collect()
}

/// The segment of a claim; none when it is not there.
pub(super) async fn claimed(
    tables: &mut Tables<'_>,
    claim: &Claim,
) -> Result<Option<FoundSegment>, WorkError> {
    Ok(find(tables, doc! { "_id": claimed_key(claim) }).await?.pop())
}

/// Puts segments that nobody holds.
pub(super) async fn put(
    tables: &mut Tables<'_>,
    processor: &ProcessorName,
    number: Generation,
    places: &[StoredSegment],
) -> Result<(), WorkError> {
    let stored = places.iter().map(|place| {
        let key = segment_key(processor, number, place.segment);
        (key.into(), Some(document(processor, number, place)))
    });
    tables.put(SEGMENT, stored.collect()).await
}

pub(super) async fn remove(
    tables: &mut Tables<'_>,
    processor: &ProcessorName,
    number: Generation,
    segments: &[Segment],
) -> Result<(), WorkError> {
    let gone: Vec<_> = segments.iter().map(|&segment| segment_key(processor, number, segment)).collect();
    tables.remove(SEGMENT, doc! { "_id": { "$in": gone } }).await?;
    Ok(())
}

/// Until when something lasts that is kept for `ttl` from now, as an update takes it.
pub(super) fn lasting(ttl: Duration) -> Document {
    let ttl_ms = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX).min(TTL_MS_MAX);
    doc! { "until": { "$add": ["$$NOW", ttl_ms] }, "ttl_ms": ttl_ms }
}

/// A heartbeat or a claim.
pub(super) fn lease(fields: &Fields<'_>, node: &'static str) -> Result<Lease, StepError> {
    let ttl = Duration::from_millis(fields.number("ttl_ms")?);
    Ok(Lease { node: NodeId::new(fields.id(node)?), until: fields.server_time("until")?, ttl })
}

impl FoundSegment {
    pub(super) fn shown(&self) -> SegmentState {
        self.place.shown(self.number, self.now)
    }

    fn read(document: &Document) -> Result<Self, StepError> {
        let fields = Fields::of(document);
        let epoch = fields.number("epoch")?;
        Ok(Self {
            key: fields.text("_id")?.to_owned(),
            processor: ProcessorName::stored(fields.text("processor")?.to_owned()),
            number: Generation(fields.number("number")?),
            now: fields.server_time("now")?,
            place: StoredSegment {
                segment: Segment { id: fields.small_number("id")?, mask: fields.small_number("mask")? },
                epoch,
                lease: document
                    .get("lease")
                    .and_then(Bson::as_document)
                    .map_or(Ok(None), |of| held(of, epoch))?,
                token: token(&fields)?,
                commits: fields.number("commits")?,
                committed_under: fields.number("committed_under")?,
            },
        })
    }
}

/// None of a lease that was given back, or that was on an earlier epoch.
fn held(document: &Document, epoch: u64) -> Result<Option<Lease>, StepError> {
    let fields = Fields::of(document);
    if fields.text_or_none("owner")?.is_none() || fields.number("epoch")? != epoch {
        return Ok(None);
    }
    lease(&fields, "owner").map(Some)
}

fn document(processor: &ProcessorName, number: Generation, place: &StoredSegment) -> Document {
    doc! {
        "g": generation_key(processor, number),
        "processor": processor.as_str(),
        "number": number.0.cast_signed(),
        "id": i64::from(place.segment.id),
        "mask": i64::from(place.segment.mask),
        "epoch": place.epoch.cast_signed(),
        "commits": place.commits.cast_signed(),
        "committed_under": place.committed_under.cast_signed(),
        "token_log": place.token.log.uuid().to_string(),
        "token_position": place.token.position.value().cast_signed(),
        "token_event": place.token.event.map(|event| event.uuid().to_string()),
    }
}
