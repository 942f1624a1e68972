//! Snapshots, which save reading streams from their beginning.

use application::ports::event_store::{EventId, LoadFrom, LogId, Snapshot, StreamName, Version};
use bytes::Bytes;
use mongodb::bson::raw::{RawDocument, RawDocumentBuf, cstr};
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, doc};

use super::fields::{binary, number, position, unsigned, uuid};
use super::form::LogPlace;
use super::loading;
use crate::mongo::connection::{Failure, contradiction, is_duplicate};

/// Keeps `snapshot`, unless a later one that can be used is there.
pub(super) async fn keep(log: &LogPlace, stream: &StreamName, snapshot: &Snapshot) -> Result<(), Failure> {
    if put(log, stream, snapshot, number(snapshot.version.value())).await? {
        return Ok(());
    }
    // A later one is there, and may be of another log.
    let found = loading::load(log, stream, LoadFrom::Snapshot, 1).await?;
    if found.unusable.is_some() {
        put(log, stream, snapshot, i64::MAX).await?;
    }
    Ok(())
}

/// In place of one of this version at most. Answers whether there was none of a later one.
async fn put(log: &LogPlace, stream: &StreamName, snapshot: &Snapshot, most: i64) -> Result<bool, Failure> {
    let it = doc! { "_id": stream.as_str(), "version": { "$lte": most } };
    let (snapshots, document) = (log.snapshots(), document(stream, snapshot));
    let put = async move {
        match snapshots.replace_one(it, document).upsert(true).await {
            Err(error) if is_duplicate(&error) => Ok(false),
            put => put.map(|_| true),
        }
    };
    log.connection.change(put).await
}

fn document(stream: &StreamName, snapshot: &Snapshot) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), stream.as_str());
    document.append(cstr!("version"), number(snapshot.version.value()));
    document.append(cstr!("position"), number(snapshot.position.value()));
    document.append(cstr!("event"), binary(snapshot.event.uuid()));
    document.append(cstr!("log"), binary(snapshot.log.uuid()));
    document.append(cstr!("schema"), snapshot.schema.cast_signed());
    let state = Binary { subtype: BinarySubtype::Generic, bytes: snapshot.state.to_vec() };
    document.append(cstr!("state"), state);
    document
}

pub(super) fn read(document: &RawDocument) -> Result<Snapshot, Failure> {
    let number = |key: &str| document.get_i64(key).map_err(contradiction);
    Ok(Snapshot {
        version: Version::new(unsigned(number("version")?)?),
        position: position(document, "position")?,
        event: EventId::new(uuid(document, "event")?),
        log: LogId::new(uuid(document, "log")?),
        schema: number("schema")?.cast_unsigned(),
        state: Bytes::copy_from_slice(document.get_binary("state").map_err(contradiction)?.bytes),
    })
}
