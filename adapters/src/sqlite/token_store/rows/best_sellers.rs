//! How often each copy was rented in a month.

use std::cmp::Reverse;

use application::ports::best_seller_view::{BestSellerRow, Counted, Period};
use domain::{BookNo, Month, Title};
use sqlx::SqliteConnection;

use super::super::step_error::StepError;
use super::super::stored::{Fields, unreadable};
use super::{count, generations, read_all};

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
        found.extend(read_all(&ranks.bind(count(limit)).fetch_all(&mut *tables).await?, read_counted)?);
    }
    found.sort_by_key(|counted| (Reverse(counted.count), counted.no));
    found.truncate(limit);
    Ok(found)
}

pub(super) async fn get(
    tables: &mut SqliteConnection,
    generation: i64,
    no: BookNo,
    month: Month,
) -> Result<Option<BestSellerRow>, StepError> {
    let found = sqlx::query(include_str!("../../sql/token_store/best_seller_row.sql")).bind(generation);
    let found = found.bind(no.value()).bind(month.to_string()).fetch_optional(tables).await?;
    found.map(|row| read(&Fields(&row))).transpose()
}

pub(super) async fn after(
    tables: &mut SqliteConnection,
    generation: i64,
    no: i64,
    month: &str,
    limit: i64,
) -> Result<Vec<BestSellerRow>, StepError> {
    let rows = sqlx::query(include_str!("../../sql/token_store/best_seller_rows_after.sql"));
    read_all(&rows.bind(generation).bind(no).bind(month).bind(limit).fetch_all(tables).await?, read)
}

pub(super) async fn put(
    tables: &mut SqliteConnection,
    generation: i64,
    row: &BestSellerRow,
) -> Result<(), StepError> {
    sqlx::query(include_str!("../../sql/token_store/put_best_seller_row.sql"))
        .bind(generation)
        .bind(row.no.value())
        .bind(row.month.to_string())
        .bind(row.title.as_str())
        .bind(row.count.cast_signed())
        .execute(tables)
        .await?;
    Ok(())
}

pub(super) async fn remove(
    tables: &mut SqliteConnection,
    generation: i64,
    no: BookNo,
    month: Month,
) -> Result<(), StepError> {
    let gone = sqlx::query(include_str!("../../sql/token_store/drop_best_seller_row.sql")).bind(generation);
    gone.bind(no.value()).bind(month.to_string()).execute(tables).await?;
    Ok(())
}

fn read(fields: &Fields<'_>) -> Result<BestSellerRow, StepError> {
    Ok(BestSellerRow {
        no: BookNo::parse(fields.get("no")?).map_err(|error| unreadable("no", error))?,
        month: fields.parsed("month", str::parse)?,
        title: fields.parsed("title", Title::stored)?,
        count: fields.number("count")?,
    })
}

fn read_counted(fields: &Fields<'_>) -> Result<Counted, StepError> {
    Ok(Counted {
        no: BookNo::parse(fields.get("no")?).map_err(|error| unreadable("no", error))?,
        title: fields.parsed("title", Title::stored)?,
        count: fields.number("count")?,
    })
}
