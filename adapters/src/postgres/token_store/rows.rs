//! The rows of the views: a table a kind.

mod best_sellers;
mod catalogue;
mod changes;
mod keys;
mod loans;
mod processes;
mod titles;

use std::collections::HashMap;

use application::ports::token_store::{Claim, ProcessorName, Row, RowKey};
use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use super::claims::under;
use super::step_error::StepError;
use super::stored::{Fields, count};
use crate::postgres::connection::{Database, Statement};
use crate::stores::rows as stored;
use keys::Keys;

pub(super) use best_sellers::ranking;
pub(super) use catalogue::books;
pub(super) use changes::changes;
pub(super) use loans::{loans, overdue};
pub(super) use processes::{due, process, processes};
pub(super) use titles::title;

/// The rows of a claim with these keys; none when the claim is not good. Keys are expected to be of one kind, which
/// takes one round trip; the last of several says whether the claim was good all the time.
pub(super) async fn held(
    database: &Database,
    claim: &Claim,
    keys: &[RowKey],
) -> Result<Option<HashMap<RowKey, Row>>, StepError> {
    let mut found = HashMap::with_capacity(keys.len());
    if keys.is_empty() {
        let held = database.fetch(under(claim, include_str!("../sql/token_store/held.sql"))).await?;
        return Ok((!held.is_empty()).then_some(found));
    }
    for (statement, read) in questions(claim, Keys::of(keys)) {
        let rows = database.fetch(statement).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        for row in rows.iter().filter(|row| is_there(row)) {
            let row = read(&Fields::of(row))?;
            found.insert(row.key(), row);
        }
    }
    Ok(Some(found))
}

/// How the rows of one view are kept.
pub(super) struct View {
    /// Rows of a generation by key, after a key, at most so many; none when a later view has been reached.
    after: fn(i64, Option<RowKey>, i64) -> Option<Question>,
    /// Removes some rows of a generation.
    pub(super) sweep: &'static str,
}

/// In the order of their keys.
pub(super) const VIEWS: [View; 5] =
    [catalogue::VIEW, loans::VIEW, best_sellers::VIEW, processes::VIEW, titles::VIEW];

/// A statement, and how its rows are read.
type Question = (Statement, Read);
type Read = fn(&Fields<'_>) -> Result<Row, StepError>;

fn questions(claim: &Claim, keys: Keys) -> Vec<(Statement, Read)> {
    let mut asked: Vec<(Statement, Read)> = Vec::new();
    if !keys.books.is_empty() {
        let rows = under(claim, include_str!("../sql/token_store/catalogue_rows.sql")).bind(keys.books);
        asked.push((rows, |fields| stored::book(fields).map(Row::Catalogue)));
    }
    if !keys.loans.is_empty() {
        let rows = under(claim, include_str!("../sql/token_store/loan_rows.sql")).bind(keys.loans);
        asked.push((rows, |fields| stored::loan(fields).map(Row::Loan)));
    }
    if !keys.counts.is_empty() {
        let rows = under(claim, include_str!("../sql/token_store/best_seller_rows.sql"));
        let rows = rows.bind(keys.counts).bind(keys.months);
        asked.push((rows, |fields| stored::best_seller(fields).map(Row::BestSeller)));
    }
    if !keys.processes.is_empty() {
        let rows = under(claim, include_str!("../sql/token_store/process_rows.sql")).bind(keys.processes);
        asked.push((rows, |fields| stored::process(fields).map(|row| Row::Process(Box::new(row)))));
    }
    if !keys.titles.is_empty() {
        asked.push((titles::held(claim, keys.titles), |fields| stored::title(fields).map(Row::Title)));
    }
    asked
}

/// Rows of the live generation by key, of all kinds; none for a name that was never registered.
pub(super) async fn live_after(
    tables: &mut PgConnection,
    processor: &ProcessorName,
    after: Option<RowKey>,
    limit: usize,
) -> Result<Vec<Row>, StepError> {
    let live =
        sqlx::query(include_str!("../sql/token_store/live_generation_of.sql")).bind(processor.as_str());
    let Some(live) = live.fetch_optional(&mut *tables).await? else { return Ok(Vec::new()) };
    let live = Fields::of(&live).get("id")?;
    let mut found = Vec::new();
    for View { after: rows_after, .. } in VIEWS {
        if let Some((statement, read)) = rows_after(live, after, count(limit - found.len())) {
            for row in statement.fetch_all(&mut *tables).await? {
                found.push(read(&Fields::of(&row))?);
            }
        }
    }
    Ok(found)
}

/// The answer to a question about one kind of rows.
async fn read_all<T>(
    database: &Database,
    question: Statement,
    read: fn(&Fields<'_>) -> Result<T, StepError>,
) -> Result<Vec<T>, StepError> {
    database.fetch(question).await?.iter().map(|row| read(&Fields::of(row))).collect()
}

/// A claim that is good and has no row with a key answers a row of nothing.
fn is_there(row: &PgRow) -> bool {
    use sqlx::{Row as _, ValueRef as _};
    row.try_get_raw(0).is_ok_and(|value| !value.is_null())
}
