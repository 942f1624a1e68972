//! How often each copy was rented in a month.

use application::ports::best_seller_view::{BestSellerRow, Counted, Period};
use application::ports::token_store::{Row, RowKey};
use domain::{BookNo, Month, Title};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::step_error::StepError;
use super::super::stored::{Fields, count, unreadable};
use super::{Read, read_all};
use crate::postgres::connection::{Database, Statement};

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
    read_all(database, ranking, read_counted).await
}

/// None when a later kind has been reached.
pub(super) fn after(generation: i64, after: Option<RowKey>, limit: i64) -> Option<(Statement, Read)> {
    let (no, month) = match after {
        None | Some(RowKey::Catalogue(_) | RowKey::Loan(_)) => (0, String::new()),
        Some(RowKey::BestSeller(no, month)) => (no.value(), month.to_string()),
        Some(RowKey::Process(_)) => return None,
    };
    let rows = sqlx::query(include_str!("../../sql/token_store/best_seller_rows_after.sql"));
    let rows = rows.bind(generation).bind(no).bind(month).bind(limit);
    Some((rows, |fields| read(fields).map(Row::BestSeller)))
}

#[derive(Serialize)]
pub(super) struct StoredCount<'r> {
    no: i64,
    month: String,
    title: &'r str,
    count: u64,
}

impl<'r> StoredCount<'r> {
    pub(super) fn of(row: &'r BestSellerRow) -> Self {
        Self { no: row.no.value(), month: row.month.to_string(), title: row.title.as_str(), count: row.count }
    }
}

/// As `put_best_seller_rows` takes the key of a row that is gone.
pub(super) fn stored_key(no: BookNo, month: Month) -> Value {
    json!({ "no": no.value(), "month": month.to_string() })
}

pub(super) fn read(fields: &Fields<'_>) -> Result<BestSellerRow, StepError> {
    let Counted { no, title, count } = read_counted(fields)?;
    Ok(BestSellerRow { no, month: fields.parsed("month", str::parse)?, title, count })
}

fn read_counted(fields: &Fields<'_>) -> Result<Counted, StepError> {
    Ok(Counted {
        no: BookNo::parse(fields.get("no")?).map_err(|error| unreadable("no", error))?,
        title: fields.parsed("title", Title::stored)?,
        count: fields.number("count")?,
    })
}
