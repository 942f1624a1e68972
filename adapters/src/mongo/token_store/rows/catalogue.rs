//! Copies in the catalogue.

use application::codec::rows::StoredName;
use application::ports::catalogue_view::{BookQuery, CatalogueRow};
use application::ports::token_store::Row;
use domain::BookNo;
use mongodb::bson::{Document, doc};

use super::super::collections::index;
use super::super::step_error::StepError;
use super::super::stored::document;
use super::{RowCollection, ask};
use crate::mongo::connection::Connection;
use crate::stores::rows::{StoredBook, book};

/// How they are kept.
pub(super) const VIEW: RowCollection = RowCollection {
    collection: "catalogue_row",
    read: |fields| book(fields).map(Row::Catalogue),
    indexes: || vec![index("number", doc! { "_id.g": 1, "no": 1 }, None)],
};

/// Books that fit, by number.
pub(in super::super) async fn books(
    connection: &Connection,
    wanted: &BookQuery,
    limit: usize,
) -> Result<Vec<CatalogueRow>, StepError> {
    let after = wanted.after.map_or(0, BookNo::value);
    let mut fits = doc! { "no": { "$gt": after } };
    if let Some(status) = wanted.status {
        fits.insert("status", status.name());
    }
    if let Some(search) = &wanted.search {
        let search = search.to_lowercase();
        let holds = |field: &str| {
            // The place of a text in nothing is nothing, which is less than any number.
            doc! { "$gte": [{ "$indexOfBytes": [field, { "$literal": &search }] }, 0] }
        };
        fits.insert("$expr", doc! { "$or": [holds("$title_folded"), holds("$author_folded")] });
    }
    let pipeline = move |live: &[String]| {
        fits.insert("_id.g", doc! { "$in": live });
        vec![doc! { "$match": fits }, doc! { "$sort": { "no": 1 } }]
    };
    ask(connection, &VIEW, pipeline, limit, book).await
}

pub(super) fn stored(row: &CatalogueRow) -> Result<Document, StepError> {
    document(&StoredBook::of(row))
}
