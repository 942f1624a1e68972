//! Rentals that have not ended.

use application::ports::loan_view::{LoanQuery, LoanRow};
use application::ports::token_store::{Row, RowKey};
use domain::{Date, RentalId};

use super::super::step_error::StepError;
use super::super::stored::count;
use super::{Read, View, read_all};
use crate::postgres::connection::{Database, Statement};
use crate::stores::rows::loan;

/// How they are kept.
pub(super) const VIEW: View = View {
    after,
    sweep: "with gone as ( \
                delete from loan_row where ctid = any (array(select ctid from loan_row where generation = $1 limit $2)) \
                returning 1 \
            ) \
            select count(*) as swept from gone",
};

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
    read_all(database, overdue, loan).await
}

/// Those that fit, by rental.
pub(in super::super) async fn loans(
    database: &Database,
    wanted: &LoanQuery,
    limit: usize,
) -> Result<Vec<LoanRow>, StepError> {
    let loans = sqlx::query(include_str!("../../sql/token_store/loans.sql"))
        .bind(wanted.after.map(RentalId::uuid))
        .bind(wanted.member_id.as_ref().map(|member| member.as_str().to_owned()))
        .bind(wanted.due_before.map(|day| day.to_string()))
        .bind(wanted.due_from.map(|day| day.to_string()))
        .bind(count(limit));
    read_all(database, loans, loan).await
}

/// None when a later kind has been reached.
fn after(generation: i64, after: Option<RowKey>, limit: i64) -> Option<(Statement, Read)> {
    let after = match after {
        None | Some(RowKey::Catalogue(_)) => None,
        Some(RowKey::Loan(id)) => Some(id.uuid()),
        Some(RowKey::BestSeller(..) | RowKey::Process(_) | RowKey::Title(_)) => return None,
    };
    let rows = sqlx::query(include_str!("../../sql/token_store/loan_rows_after.sql"));
    let rows = rows.bind(generation).bind(after).bind(limit);
    Some((rows, |fields| loan(fields).map(Row::Loan)))
}
