//! Copies in the catalogue.

use application::codec::rows::StoredName;
use application::ports::catalogue_view::{BookQuery, CatalogueRow};
use application::ports::token_store::Row;
use domain::BookNo;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::super::step_error::StepError;
use super::{View, count, generations, hex, read_all};
use crate::stores::rows::{StoredBook, book};

/// How they are kept.
pub(super) const VIEW: View = View {
    get: include_str!("../../sql/token_store/catalogue_row.sql"),
    put: include_str!("../../sql/token_store/put_catalogue_row.sql"),
    remove: include_str!("../../sql/token_store/drop_catalogue_row.sql"),
    read: |fields| book(fields).map(Row::Catalogue),
};

/// Books that fit, by number.
pub(in super::super) async fn books(
    tables: &mut SqliteConnection,
    wanted: &BookQuery,
    limit: usize,
) -> Result<Vec<CatalogueRow>, StepError> {
    let mut found = Vec::new();
    let search = wanted.search.as_deref().map(str::to_lowercase);
    for generation in
        generations(tables, include_str!("../../sql/token_store/catalogue_generations.sql")).await?
    {
        let rows = sqlx::query(include_str!("../../sql/token_store/books.sql"))
            .bind(generation)
            .bind(wanted.after.map_or(0, BookNo::value))
            .bind(wanted.status.map(StoredName::name))
            .bind(search.as_deref())
            .bind(count(limit))
            .fetch_all(&mut *tables)
            .await?;
        found.extend(read_all(&rows, book)?);
    }
    found.sort_by_key(|row| row.no);
    found.truncate(limit);
    Ok(found)
}

pub(super) async fn after(
    tables: &mut SqliteConnection,
    generation: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<CatalogueRow>, StepError> {
    let rows = sqlx::query(include_str!("../../sql/token_store/catalogue_rows_after.sql"));
    read_all(&rows.bind(generation).bind(after).bind(limit).fetch_all(tables).await?, book)
}

/// A row as its statement takes it.
pub(super) fn stored(row: &CatalogueRow) -> Value {
    let StoredBook { no, title, author, status, title_folded, author_folded, .. } = StoredBook::of(row);
    let holder = row.holder.map(|holder| hex(holder.uuid().as_bytes()));
    json!([no, title, author, status, holder, title_folded, author_folded])
}
