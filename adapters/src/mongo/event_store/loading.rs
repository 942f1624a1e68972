//! Streams: a snapshot and the events after it, in one question.

use application::ports::event_store::{EventId, LoadFrom, Loaded, LogId, Snapshot, StreamName, Version};
use mongodb::bson::raw::RawDocument;
use mongodb::bson::{Document, doc};

use super::commit::EVENTS_MAX;
use super::fields::{number, place, stream_place, uuid};
use super::form::{LOGS, LogPlace, SNAPSHOTS};
use super::page::recorded;
use super::snapshots;
use crate::mongo::connection::{Failure, contradiction};

/// The longest piece that is counted from a snapshot on; far more than anybody asks for, and no sum overflows.
const SPAN_MAX: u64 = 1 << 40;

/// A piece of a stream; one that has a snapshot of no use is asked for twice.
pub(super) async fn load(
    log: &LogPlace,
    stream: &StreamName,
    from: LoadFrom,
    limit: usize,
) -> Result<Loaded, Failure> {
    let mut piece = read(log, stream, from, limit).await?;
    if let (LoadFrom::Snapshot, Some(snapshot)) = (from, piece.loaded.snapshot.take()) {
        let is_usable = snapshot.log == piece.log && piece.at_start == Some(snapshot.event);
        if is_usable {
            piece.loaded.snapshot = Some(snapshot);
        } else {
            let from_the_beginning = read(log, stream, LoadFrom::Version(Version::START), limit).await?;
            piece.loaded = Loaded { unusable: Some(Snapshot::FOREIGN), ..from_the_beginning.loaded };
        }
    }
    piece.loaded.without_gap(from).map_err(contradiction)
}

/// What was found, before the snapshot was judged.
struct FoundPiece {
    log: LogId,
    /// The event at the version from which the events go on.
    at_start: Option<EventId>,
    loaded: Loaded,
}

async fn read(
    log: &LogPlace,
    stream: &StreamName,
    from: LoadFrom,
    limit: usize,
) -> Result<FoundPiece, Failure> {
    let (pipeline, question) = (pipeline(log, stream, from, limit), log.clone());
    let asked = async move {
        let mut found = question.ask(pipeline).await?;
        let loaded = Loaded {
            snapshot: None,
            unusable: None,
            at_start: None,
            events: Vec::new(),
            head: Version::START,
        };
        let mut piece = FoundPiece { log: LogId::new(uuid(found.current(), "id")?), at_start: None, loaded };
        let mut start = if let LoadFrom::Version(version) = from { version } else { Version::START };
        while piece.loaded.events.len() < limit.max(1) && found.advance().await? {
            piece.take(found.current(), &mut start, limit)?;
        }
        if matches!(from, LoadFrom::Version(_)) {
            piece.loaded.at_start = piece.at_start;
        }
        Ok(piece)
    };
    log.connection.ask(asked).await
}

impl FoundPiece {
    /// The snapshot comes first, then the end of the stream, then its events.
    fn take(&mut self, document: &RawDocument, start: &mut Version, limit: usize) -> Result<(), Failure> {
        if document.get("state").map_err(contradiction)?.is_some() {
            let snapshot = snapshots::read(document)?;
            *start = snapshot.version;
            self.loaded.snapshot = Some(snapshot);
        } else if document.get("ev").map_err(contradiction)?.is_none() {
            self.loaded.head = stream_place(document, "e")?.1;
        } else {
            for event in recorded(document)? {
                if event.version == *start {
                    self.at_start = Some(event.id);
                } else if event.version > *start && self.loaded.events.len() < limit {
                    self.loaded.events.push(event);
                }
            }
        }
        Ok(())
    }
}

/// The snapshot, if one is wanted; the end of the stream; and its commits from the one on that holds the event at the
/// version to begin with, as far as the piece may reach: what is found beyond it would be sent for nothing.
fn pipeline(log: &LogPlace, stream: &StreamName, from: LoadFrom, limit: usize) -> Vec<Document> {
    let (all, end) = (place(stream, 0), place(stream, u64::MAX));
    let last = [
        doc! { "$match": { "e": { "$gte": all, "$lte": &end } } },
        doc! { "$sort": { "e": -1 } },
        doc! { "$limit": 1 },
        doc! { "$project": { "e": 1 } },
    ];
    let union = |name: &str, stages: &[Document]| doc! { "$unionWith": { "coll": name, "pipeline": stages } };
    let last = union(&log.commits, &last);
    let order = doc! { "$sort": { "e": 1 } };
    let span = (limit.max(1) as u64).saturating_add(EVENTS_MAX as u64);
    let LoadFrom::Version(version) = from else {
        let it = doc! { "$match": { "_id": stream.as_str() } };
        let events = from_the_snapshot(log, stream, span, order);
        return vec![union(SNAPSHOTS, &[it]), last, union(LOGS, &events)];
    };
    let until = place(stream, version.value().saturating_add(span));
    let after = doc! { "$match": { "e": { "$gte": place(stream, version.value()), "$lte": until } } };
    vec![last, union(&log.commits, &[after, order])]
}

/// Where to begin is found in the same question, and bounds the look-up like a constant.
fn from_the_snapshot(log: &LogPlace, stream: &StreamName, span: u64, order: Document) -> [Document; 5] {
    let it = doc! { "$match": { "_id": stream.as_str() } };
    let version =
        doc! { "from": SNAPSHOTS, "as": "snapshot", "pipeline": [it, { "$project": { "version": 1 } }] };
    let start = doc! { "$ifNull": [{ "$first": "$snapshot.version" }, 0_i64] };
    let until = doc! { "$add": [&start, number(span.min(SPAN_MAX))] };
    let place = |version: &str| doc! { "s": { "$literal": stream.as_str() }, "v": version };
    let piece = [doc! { "$gte": ["$e", place("$$start")] }, doc! { "$lte": ["$e", place("$$until")] }];
    let after = doc! { "$match": { "$expr": { "$and": piece.as_slice() } } };
    let bounds = doc! { "start": start, "until": until };
    let commits = doc! { "from": &log.commits, "let": bounds, "pipeline": [after, order], "as": "commit" };
    [
        doc! { "$match": log.end() },
        doc! { "$lookup": version },
        doc! { "$lookup": commits },
        doc! { "$unwind": "$commit" },
        doc! { "$replaceRoot": { "newRoot": "$commit" } },
    ]
}
