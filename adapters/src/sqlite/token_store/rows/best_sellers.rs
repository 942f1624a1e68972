//! How often each copy was rented in a month.

use std::cmp::Reverse;

use application::ports::best_seller_view::{BestSellerRow, Counted, Period};
use application::ports::token_store::Row;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::super::step_error::StepError;
use super::{View, count, generations, read_all};
use crate::stores::rows::{StoredCount, best_seller, counted};

/// How they are kept.
pub(super) const VIEW: View = View {
    get: include_str!("../../sql/token_store/best_seller_row.sql"),
    put: include_str!("../../sql/token_store/put_best_seller_row.sql"),
    remove: include_str!("../../sql/token_store/drop_best_seller_row.sql"),
    read: |fields| best_seller(fields).map(Row::BestSeller),
};

/// Those with a count above zero, by count downwards and then by number.
pub(in super::super) async fn ranking(
    tables: &mut SqliteConnection,
    period: Period,
    limit: usize,
) -> Result<Vec<Counted>, StepError> {
    let mut found = Vec::new();
    for generation in
        generations(tables, include_str!("../../sql/token_store/best_seller_generations.sql")).await?
    {
        let ranks = match period {
            Period::Month(month) => sqlx::query(include_str!("../../sql/token_store/ranking_of_month.sql"))
                .bind(generation)
                .bind(month.to_string()),
            Period::All => {
                sqlx::query(include_str!("../../sql/token_store/ranking_of_all.sql")).bind(generation)
            }
        };
        found.extend(read_all(&ranks.bind(count(limit)).fetch_all(&mut *tables).await?, counted)?);
    }
    found.sort_by_key(|counted| (Reverse(counted.count), counted.no));
    found.truncate(limit);
    Ok(found)
}

pub(super) async fn after(
    tables: &mut SqliteConnection,
    generation: i64,
    no: i64,
    month: &str,
    limit: i64,
) -> Result<Vec<BestSellerRow>, StepError> {
    let rows = sqlx::query(include_str!("../../sql/token_store/best_seller_rows_after.sql"));
    read_all(&rows.bind(generation).bind(no).bind(month).bind(limit).fetch_all(tables).await?, best_seller)
}

/// A row as its statement takes it.
pub(super) fn stored(row: &BestSellerRow) -> Value {
    let StoredCount { no, month, title, count } = StoredCount::of(row);
    json!([no, month, title, count])
}
