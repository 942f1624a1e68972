//! The collections of the token store, and by what their documents are found.
//!
//! What belongs to a generation names it as `g`, made of its number and its processor's name. Ids are text. The times
//! of letters and attempts are text, `2026-01-31T12:00:00.000000000Z`, so that they sort and lose nothing; days are
//! text, `2026-01-31`; claims and heartbeats end by the server's clock, at dates. Texts are compared byte by byte.

use mongodb::IndexModel;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::IndexOptions;

use super::dead_letters::{ORDER, REJECTED, blocking};
use super::rows::VIEWS;
use crate::mongo::opening::{CollectionSpec, PartSpec};

/// Who lives, until when.
pub(super) const NODE: &str = "node";
/// Which generations there are, whether it shall run, how often operators have said something (`said`), and which
/// generations nobody has swept yet (`ended`).
pub(super) const PROCESSOR: &str = "processor";
/// The token and the epoch of each segment.
pub(super) const SEGMENT: &str = "segment";
/// Who holds a segment under an epoch, until when.
pub(super) const LEASE: &str = "lease";
/// Letters; `kind` is 0 for parked, 1 for abandoned, 2 for rejected.
pub(super) const LETTER: &str = "letter";
/// What was said for good about single events; without a payload it is skipped.
pub(super) const OVERRIDE: &str = "event_override";

/// The token store.
pub(super) const TOKENS: PartSpec =
    PartSpec { part: "tokens", holds: "the token store", version: 1, collections: all };

/// Fields that a document has to have, with their types.
type Required<'f> = &'f [(&'f str, &'f str)];

fn all() -> Vec<CollectionSpec> {
    let segment = [("g", "string"), ("epoch", "long"), ("commits", "long"), ("token_position", "long")];
    let letter =
        [("g", "string"), ("sequence", "string"), ("position", "number"), ("letter_revision", "long")];
    let mut all = vec![
        collection(NODE, &[("until", "date"), ("ttl_ms", "long")], vec![]),
        collection(PROCESSOR, &[("live", "long"), ("newest", "long"), ("said", "long")], vec![]),
        collection(SEGMENT, &segment, vec![index("generation", doc! { "g": 1 }, None)]),
        collection(LEASE, &[("g", "string"), ("epoch", "long"), ("until", "date")], vec![]),
        collection(LETTER, &letter, of_letters()),
        collection(OVERRIDE, &[("event", "string")], vec![index("processor", doc! { "processor": 1 }, None)]),
    ];
    all.extend(VIEWS.map(|view| collection(view.collection, &[("_id", "object")], (view.indexes)())));
    all
}

fn of_letters() -> Vec<IndexModel> {
    let blocked = doc! { "g": 1, "sequence": 1, "position": 1, "id": 1, "kind": 1 };
    let rejected = doc! { "g": 1, "first_at": 1, "position": 1, "id": 1 };
    let order = ORDER.iter().map(|field| ((*field).to_owned(), Bson::Int32(1)));
    vec![
        index("blocking", blocked, Some(doc! { "kind": blocking() })),
        index("rejected", rejected, Some(doc! { "kind": REJECTED })),
        index("kind", doc! { "g": 1, "kind": 1 }, None),
        index("order", order.collect(), None),
    ]
}

fn collection(name: &str, required: Required<'_>, indexes: Vec<IndexModel>) -> CollectionSpec {
    let names: Vec<_> = required.iter().map(|(field, _)| *field).collect();
    let types: Document = required
        .iter()
        .map(|(field, kind)| ((*field).to_owned(), doc! { "bsonType": *kind }.into()))
        .collect();
    CollectionSpec {
        name: name.to_owned(),
        validator: doc! { "$jsonSchema": { "required": names, "properties": types } },
        indexes,
        actions: &["find", "insert", "update", "remove"],
    }
}

/// An index of all documents, or of those that `only` says.
pub(super) fn index(name: &str, keys: Document, only: Option<Document>) -> IndexModel {
    let options = IndexOptions::builder().name(name.to_owned()).partial_filter_expression(only).build();
    IndexModel::builder().keys(keys).options(options).build()
}
