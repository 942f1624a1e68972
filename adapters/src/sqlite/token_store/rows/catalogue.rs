//! Copies in the catalogue.

use application::codec::rows::StoredName;
use application::ports::catalogue_view::{BookQuery, CatalogueRow};
use application::ports::token_store::Row;
use domain::book::BookStatus;
use domain::{Author, BookNo, RentalId, Title};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::super::step_error::StepError;
use super::super::stored::{Fields, unreadable};
use super::{View, count, generations, hex, read_all};

/// How they are kept.
pub(super) const VIEW: View = View {
    get: include_str!("../../sql/token_store/catalogue_row.sql"),
    put: include_str!("../../sql/token_store/put_catalogue_row.sql"),
    remove: include_str!("../../sql/token_store/drop_catalogue_row.sql"),
    read: |fields| read(fields).map(Row::Catalogue),
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
        found.extend(read_all(&rows, read)?);
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
    read_all(&rows.bind(generation).bind(after).bind(limit).fetch_all(tables).await?, read)
}

/// A row as its statement takes it. Title and author are also kept in lower case, which the database could do for ASCII
/// only.
pub(super) fn stored(row: &CatalogueRow) -> Value {
    let author = row.author.as_ref().map(Author::as_str);
    let holder = row.holder.map(|holder| hex(holder.uuid().as_bytes()));
    let folded = (row.title.as_str().to_lowercase(), author.map(str::to_lowercase));
    json!([row.no.value(), row.title.as_str(), author, row.status.name(), holder, folded.0, folded.1])
}

fn read(fields: &Fields<'_>) -> Result<CatalogueRow, StepError> {
    Ok(CatalogueRow {
        no: BookNo::parse(fields.get("no")?).map_err(|error| unreadable("no", error))?,
        title: fields.parsed("title", Title::stored)?,
        author: fields.parsed_or_none("author", Author::stored)?,
        status: fields.parsed("status", BookStatus::named)?,
        holder: fields.id_or_none("holder")?.map(RentalId::new),
    })
}
