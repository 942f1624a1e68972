//! Copies in the catalogue.

use application::codec::rows::StoredName;
use application::ports::catalogue_view::{BookQuery, CatalogueRow};
use application::ports::token_store::{Row, RowKey};
use domain::book::BookStatus;
use domain::{Author, BookNo, RentalId, Title};
use serde::Serialize;

use super::super::step_error::StepError;
use super::super::stored::{Fields, count, unreadable};
use super::{Read, read_all};
use crate::postgres::connection::{Database, Statement};

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
    read_all(database, books, read).await
}

/// None when a later kind has been reached.
pub(super) fn after(generation: i64, after: Option<RowKey>, limit: i64) -> Option<(Statement, Read)> {
    let after = match after {
        None => 0,
        Some(RowKey::Catalogue(no)) => no.value(),
        Some(RowKey::Loan(_) | RowKey::BestSeller(..) | RowKey::Process(_)) => return None,
    };
    let rows = sqlx::query(include_str!("../../sql/token_store/catalogue_rows_after.sql"));
    let rows = rows.bind(generation).bind(after).bind(limit);
    Some((rows, |fields| read(fields).map(Row::Catalogue)))
}

/// Title and author are also kept in lower case, by the same rules whatever the server's language.
#[derive(Serialize)]
pub(super) struct StoredBook<'r> {
    no: i64,
    title: &'r str,
    author: Option<&'r str>,
    status: &'static str,
    holder: Option<String>,
    title_folded: String,
    author_folded: Option<String>,
}

impl<'r> StoredBook<'r> {
    pub(super) fn of(row: &'r CatalogueRow) -> Self {
        let author = row.author.as_ref().map(Author::as_str);
        Self {
            no: row.no.value(),
            title: row.title.as_str(),
            author,
            status: row.status.name(),
            holder: row.holder.map(|holder| holder.uuid().to_string()),
            title_folded: row.title.as_str().to_lowercase(),
            author_folded: author.map(str::to_lowercase),
        }
    }
}

pub(super) fn read(fields: &Fields<'_>) -> Result<CatalogueRow, StepError> {
    Ok(CatalogueRow {
        no: BookNo::parse(fields.get("no")?).map_err(|error| unreadable("no", error))?,
        title: fields.parsed("title", Title::stored)?,
        author: fields.parsed_or_none("author", Author::stored)?,
        status: fields.parsed("status", BookStatus::named)?,
        holder: fields.get::<Option<_>>("holder")?.map(RentalId::new),
    })
}
