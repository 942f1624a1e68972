//! Rentals that have not ended.

use application::codec::rows::StoredName;
use application::ports::loan_view::{LoanRow, LoanState};
use application::ports::token_store::{Row, RowKey};
use domain::{BookNo, Date, MemberId, RentalId, Title};
use serde::Serialize;

use super::super::step_error::StepError;
use super::super::stored::{Fields, count, unreadable};
use super::{Read, read_all};
use crate::postgres::connection::{Database, Statement};

/// Those that are late and not marked, by rental.
pub(in super::super) async fn overdue(
    database: &Database,
    today: Date,
    after: Option<RentalId>,
    limit: usize,
) -> Result<Vec<LoanRow>, StepError> {
    let overdue = sqlx::query(include_str!("../../sql/token_store/overdue_loans.sql"))
        .bind(today.to_string())
        .bind(after.map(RentalId::uuid))
        .bind(count(limit));
    read_all(database, overdue, read).await
}

/// None when a later kind has been reached.
pub(super) fn after(generation: i64, after: Option<RowKey>, limit: i64) -> Option<(Statement, Read)> {
    let after = match after {
        None | Some(RowKey::Catalogue(_)) => None,
        Some(RowKey::Loan(id)) => Some(id.uuid()),
        Some(RowKey::BestSeller(..) | RowKey::Process(_)) => return None,
    };
    let rows = sqlx::query(include_str!("../../sql/token_store/loan_rows_after.sql"));
    let rows = rows.bind(generation).bind(after).bind(limit);
    Some((rows, |fields| read(fields).map(Row::Loan)))
}

#[derive(Serialize)]
pub(super) struct StoredLoan<'r> {
    id: String,
    member: &'r str,
    book: i64,
    title: &'r str,
    rented_on: String,
    due_on: String,
    overdue: bool,
    state: &'static str,
}

impl<'r> StoredLoan<'r> {
    pub(super) fn of(row: &'r LoanRow) -> Self {
        Self {
            id: row.rental_id.uuid().to_string(),
            member: row.member_id.as_str(),
            book: row.book_no.value(),
            title: row.title.as_str(),
            rented_on: row.rented_on.to_string(),
            due_on: row.due_on.to_string(),
            overdue: row.overdue,
            state: row.state.name(),
        }
    }
}

pub(super) fn read(fields: &Fields<'_>) -> Result<LoanRow, StepError> {
    Ok(LoanRow {
        rental_id: RentalId::new(fields.get("id")?),
        member_id: fields.parsed("member", MemberId::parse)?,
        book_no: BookNo::parse(fields.get("book")?).map_err(|error| unreadable("book", error))?,
        title: fields.parsed("title", Title::stored)?,
        rented_on: fields.date("rented_on")?,
        due_on: fields.date("due_on")?,
        overdue: fields.get("overdue")?,
        state: fields.parsed("state", LoanState::named)?,
    })
}
