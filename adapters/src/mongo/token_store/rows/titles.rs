//! Titles of books that another process has.

use application::ports::title_view::TitleRow;
use application::ports::token_store::Row;
use domain::{BookNo, Title};
use mongodb::bson::{Document, doc};

use super::super::step_error::StepError;
use super::super::stored::document;
use super::{RowCollection, ask, id};
use crate::mongo::connection::Connection;
use crate::stores::rows::{StoredTitle, title as read_title};

/// How they are kept.
pub(super) const VIEW: RowCollection = RowCollection {
    collection: "title_row",
    read: |fields| read_title(fields).map(Row::Title),
    indexes: Vec::new,
};

/// The title of a copy, whichever partition it was learned from.
pub(in super::super) async fn title(connection: &Connection, no: BookNo) -> Result<Option<Title>, StepError> {
    let pipeline = move |live: &[String]| {
        let ids: Vec<_> = live.iter().map(|generation| id(generation, no.value().into())).collect();
        vec![doc! { "$match": { "_id": { "$in": ids } } }]
    };
    Ok(ask(connection, &VIEW, pipeline, 1, read_title).await?.pop().map(|row| row.title))
}

pub(super) fn stored(row: &TitleRow) -> Result<Document, StepError> {
    document(&StoredTitle::of(row))
}
