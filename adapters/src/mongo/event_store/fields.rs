//! Values as they stand in documents, and back.

use application::ports::event_store::{Position, StreamName, Version};
use mongodb::bson::raw::{RawBsonRef, RawDocument, RawDocumentBuf, cstr};
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Document, doc};
use uuid::Uuid;

use crate::mongo::connection::{Failure, contradiction};

/// A number as the database counts: what lies beyond its range is beyond everything that is stored.
pub(super) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A number that is never negative.
pub(super) fn unsigned(stored: i64) -> Result<u64, Failure> {
    u64::try_from(stored).map_err(contradiction)
}

pub(super) fn binary(id: Uuid) -> Binary {
    Binary { subtype: BinarySubtype::Uuid, bytes: id.as_bytes().to_vec() }
}

/// A version of a stream, as keys name it. Keys of one stream stand together, in the order of versions.
pub(super) fn place(stream: &StreamName, version: u64) -> Document {
    doc! { "s": stream.as_str(), "v": number(version) }
}

/// The same for a document that is written.
pub(super) fn raw_place(stream: &StreamName, version: Version) -> RawDocumentBuf {
    let mut place = RawDocumentBuf::new();
    place.append(cstr!("s"), stream.as_str());
    place.append(cstr!("v"), number(version.value()));
    place
}

pub(super) fn id_in(value: RawBsonRef<'_>) -> Option<Uuid> {
    Uuid::from_slice(value.as_binary()?.bytes).ok()
}

pub(super) fn uuid(document: &RawDocument, key: &str) -> Result<Uuid, Failure> {
    let found = document.get(key).map_err(contradiction)?.and_then(id_in);
    found.ok_or_else(|| contradiction(format!("a document has no id `{key}`")))
}

pub(super) fn position(document: &RawDocument, key: &str) -> Result<Position, Failure> {
    unsigned(document.get_i64(key).map_err(contradiction)?).map(Position::new)
}

/// A stream and a version of it.
pub(super) fn stream_place(document: &RawDocument, key: &str) -> Result<(StreamName, Version), Failure> {
    let place = document.get_document(key).map_err(contradiction)?;
    let name = place.get_str("s").map_err(contradiction)?;
    let version = unsigned(place.get_i64("v").map_err(contradiction)?)?;
    let no_name = || contradiction(format!("`{name}` is no name of a stream"));
    Ok((StreamName::parse(name).ok_or_else(no_name)?, Version::new(version)))
}
