//! How often each copy was rented in a month.

use application::ports::best_seller_view::{Counted, Period};
use application::ports::token_store::{Row, RowKey};
use domain::{BookNo, Month};
use serde_json::{Value, json};

use super::super::step_error::StepError;
use super::super::stored::count;
use super::{Read, View, read_all};
use crate::postgres::connection::{Database, Statement};
use crate::stores::rows::{best_seller, counted};

/// How they are kept.
pub(super) const VIEW: View = View {
    after,
    sweep: "with gone as ( \
                delete from best_seller_row where ctid = any (array(select ctid from best_seller_row where generation = $1 limit $2)) \
                returning 1 \
            ) \
            select count(*) as swept from gone",
};

/// Those with a count above zero, by count downwards and then by number.
pub(in super::super) async fn ranking(
    database: &Database,
    period: Period,
    limit: usize,
) -> Result<Vec<Counted>, StepError> {
    let limit = count(limit);
    let ranking = match period {
        Period::Month(month) => sqlx::query(include_str!("../../sql/token_store/ranking_of_month.sql"))
            .bind(limit)
            .bind(month.to_string()),
        Period::All => sqlx::query(include_str!("../../sql/token_store/ranking_of_all.sql")).bind(limit),
    };
    read_all(database, ranking, counted).await
}

/// None when a later kind has been reached.
fn after(generation: i64, after: Option<RowKey>, limit: i64) -> Option<(Statement, Read)> {
    let (no, month) = match after {
        None | Some(RowKey::Catalogue(_) | RowKey::Loan(_)) => (0, String::new()),
        Some(RowKey::BestSeller(no, month)) => (no.value(), month.to_string()),
        Some(RowKey::Process(_) | RowKey::Title(_)) => return None,
    };
    let rows = sqlx::query(include_str!("../../sql/token_store/best_seller_rows_after.sql"));
    let rows = rows.bind(generation).bind(no).bind(month).bind(limit);
    Some((rows, |fields| best_seller(fields).map(Row::BestSeller)))
}

/// As `put_best_seller_rows` takes the key of a row that is gone.
pub(super) fn stored_key(no: BookNo, month: Month) -> Value {
    json!({ "no": no.value(), "month": month.to_string() })
}
