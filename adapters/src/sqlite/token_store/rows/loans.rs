//! Rentals that have not ended.

use application::ports::loan_view::{LoanQuery, LoanRow};
use application::ports::token_store::Row;
use domain::{Date, MemberId, RentalId};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::super::step_error::StepError;
use super::{View, count, generations, hex, read_all};
use crate::stores::rows::{StoredLoan, loan};

/// How they are kept.
pub(super) const VIEW: View = View {
    get: include_str!("../../sql/token_store/loan_row.sql"),
    put: include_str!("../../sql/token_store/put_loan_row.sql"),
    remove: include_str!("../../sql/token_store/drop_loan_row.sql"),
    read: |fields| loan(fields).map(Row::Loan),
};

/// Those that are late and not marked, by rental.
pub(in super::super) async fn overdue(
    tables: &mut SqliteConnection,
    today: Date,
    after: Option<RentalId>,
    limit: usize,
) -> Result<Vec<LoanRow>, StepError> {
    let mut found = Vec::new();
    let after = after.map_or_else(Vec::new, |after| after.uuid().as_bytes().to_vec());
    for generation in generations(tables, include_str!("../../sql/token_store/loan_generations.sql")).await? {
        let rows = sqlx::query(include_str!("../../sql/token_store/overdue_loans.sql"));
        let rows = rows.bind(generation).bind(today.to_string()).bind(after.as_slice()).bind(count(limit));
        found.extend(read_all(&rows.fetch_all(&mut *tables).await?, loan)?);
    }
    found.sort_by_key(|row| row.rental_id);
    found.truncate(limit);
    Ok(found)
}

/// Those that fit, by rental.
pub(in super::super) async fn loans(
    tables: &mut SqliteConnection,
    wanted: &LoanQuery,
    limit: usize,
) -> Result<Vec<LoanRow>, StepError> {
    let mut found = Vec::new();
    let after = wanted.after.map_or_else(Vec::new, |after| after.uuid().as_bytes().to_vec());
    for generation in generations(tables, include_str!("../../sql/token_store/loan_generations.sql")).await? {
        let rows = sqlx::query(include_str!("../../sql/token_store/loans.sql"))
            .bind(generation)
            .bind(after.as_slice())
            .bind(wanted.member_id.as_ref().map(MemberId::as_str))
            .bind(wanted.due_before.map(|day| day.to_string()))
            .bind(wanted.due_from.map(|day| day.to_string()))
            .bind(count(limit))
            .fetch_all(&mut *tables)
            .await?;
        found.extend(read_all(&rows, loan)?);
    }
    found.sort_by_key(|row| row.rental_id);
    found.truncate(limit);
    Ok(found)
}

pub(super) async fn after(
    tables: &mut SqliteConnection,
    generation: i64,
    after: &[u8],
    limit: i64,
) -> Result<Vec<LoanRow>, StepError> {
    let rows = sqlx::query(include_str!("../../sql/token_store/loan_rows_after.sql"));
    read_all(&rows.bind(generation).bind(after).bind(limit).fetch_all(tables).await?, loan)
}

/// A row as its statement takes it.
pub(super) fn stored(row: &LoanRow) -> Value {
    let id = hex(row.rental_id.uuid().as_bytes());
    let StoredLoan { member, book, title, rented_on, due_on, overdue, state, .. } = StoredLoan::of(row);
    json!([id, member, book, title, rented_on, due_on, i64::from(overdue), state])
}
