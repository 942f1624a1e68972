//! Titles of books that another process has.

use application::ports::title_view::TitleRow;
use application::ports::token_store::Row;
use domain::{BookNo, Title};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::super::step_error::StepError;
use super::{View, read_all};
use crate::stores::rows::{StoredTitle, title as read_title};

/// How they are kept.
pub(super) const VIEW: View = View {
    get: "SELECT no, title FROM title_row WHERE generation = ?1 AND no IN (SELECT value FROM json_each(?2))",
    put: "INSERT OR REPLACE INTO title_row (generation, no, title) \
          SELECT ?1, value ->> 0, value ->> 1 FROM json_each(?2)",
    remove: "DELETE FROM title_row WHERE generation = ?1 AND no IN (SELECT value FROM json_each(?2))",
    read: |fields| read_title(fields).map(Row::Title),
};

/// The title of a copy, whichever partition it was learned from.
pub(in super::super) async fn title(
    tables: &mut SqliteConnection,
    no: BookNo,
) -> Result<Option<Title>, StepError> {
    let rows = sqlx::query(
        "SELECT t.no, t.title FROM processor p \
         JOIN generation g ON g.processor = p.name AND g.number = p.live \
         JOIN title_row t ON t.generation = g.id AND t.no = ?1 LIMIT 1",
    );
    let rows = rows.bind(no.value()).fetch_all(tables).await?;
    Ok(read_all(&rows, read_title)?.pop().map(|row| row.title))
}

pub(super) async fn after(
    tables: &mut SqliteConnection,
    generation: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<TitleRow>, StepError> {
    let rows = "SELECT no, title FROM title_row WHERE generation = ?1 AND no > ?2 ORDER BY no LIMIT ?3 + 0";
    let rows = sqlx::query(rows).bind(generation).bind(after).bind(limit);
    read_all(&rows.fetch_all(tables).await?, read_title)
}

/// A row as its statement takes it.
pub(super) fn stored(row: &TitleRow) -> Value {
    let StoredTitle { no, title } = StoredTitle::of(row);
    json!([no, title])
}
