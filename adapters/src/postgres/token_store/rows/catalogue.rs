//! Copies in the catalogue.

use application::codec::rows::StoredName;
use application::ports::catalogue_view::{BookQuery, CatalogueRow};
use application::ports::token_store::{Row, RowKey};
use domain::BookNo;

use super::super::step_error::StepError;
use super::super::stored::count;
use super::{Read, View, read_all};
use crate::postgres::connection::{Database, Statement};
use crate::stores::rows::book;

/// How they are kept.
pub(super) const VIEW: View = View {
    after,
    sweep: "with gone as ( \
                delete from catalogue_row where ctid = any (array(select ctid from catalogue_row where generation = $1 limit $2)) \
                returning 1 \
            ) \
            select count(*) as swept from gone",
};

/// Books that fit, by number.
pub(in super::super) async fn books(
    database: &Database,
    wanted: &BookQuery,
    limit: usize,
) -> Result<Vec<CatalogueRow>, StepError> {
    let books = sqlx::query(include_str!("../../sql/token_store/books.sql"))
        .bind(wanted.after.map_or(0, BookNo::value))
        .bind(wanted.status.map(StoredName::name))
        .bind(wanted.search.as_deref().map(str::to_lowercase))
        .bind(count(limit));
    read_all(database, books, book).await
}

/// None when a later kind has been reached.
fn after(generation: i64, after: Option<RowKey>, limit: i64) -> Option<(Statement, Read)> {
    let after = match after {
        None => 0,
        Some(RowKey::Catalogue(no)) => no.value(),
        Some(RowKey::Loan(_) | RowKey::BestSeller(..) | RowKey::Process(_) | RowKey::Title(_)) => {
            return None;
        }
    };
    let rows = sqlx::query(include_str!("../../sql/token_store/catalogue_rows_after.sql"));
    let rows = rows.bind(generation).bind(after).bind(limit);
    Some((rows, |fields| book(fields).map(Row::Catalogue)))
}
