//! The rows of the views: a table a kind.

mod best_sellers;
mod catalogue;
mod loans;
mod processes;

use application::ports::token_store::{Row, RowKey};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::step_error::StepError;
use super::stored::Fields;

pub(super) use best_sellers::ranking;
pub(super) use catalogue::books;
pub(super) use loans::overdue;
pub(super) use processes::{due, process, processes};

/// In the order asked.
pub(super) async fn get(
    tables: &mut SqliteConnection,
    generation: i64,
    keys: &[RowKey],
) -> Result<Vec<Option<Row>>, StepError> {
    let mut found = Vec::with_capacity(keys.len());
    for key in keys {
        let row = match *key {
            RowKey::Catalogue(no) => catalogue::get(tables, generation, no).await?.map(Row::Catalogue),
            RowKey::Loan(id) => loans::get(tables, generation, id).await?.map(Row::Loan),
            RowKey::BestSeller(no, month) => {
                best_sellers::get(tables, generation, no, month).await?.map(Row::BestSeller)
            }
            RowKey::Process(id) => {
                processes::get(tables, generation, id).await?.map(|row| Row::Process(Box::new(row)))
            }
        };
        found.push(row);
    }
    Ok(found)
}

/// A row stands under its own key; none removes what is there.
pub(super) async fn put(
    tables: &mut SqliteConnection,
    generation: i64,
    rows: Vec<(RowKey, Option<Row>)>,
) -> Result<(), StepError> {
    for (key, row) in rows {
        match row {
            Some(Row::Catalogue(row)) => catalogue::put(tables, generation, &row).await?,
            Some(Row::Loan(row)) => loans::put(tables, generation, &row).await?,
            Some(Row::BestSeller(row)) => best_sellers::put(tables, generation, &row).await?,
            Some(Row::Process(row)) => processes::put(tables, generation, &row).await?,
            None => remove(tables, generation, key).await?,
        }
    }
    Ok(())
}

/// By key, of all kinds.
pub(super) async fn after(
    tables: &mut SqliteConnection,
    generation: i64,
    after: Option<RowKey>,
    limit: usize,
) -> Result<Vec<Row>, StepError> {
    let start = Start::after(after);
    let mut found = Vec::new();
    if let Some(after) = start.catalogue {
        let rows = catalogue::after(tables, generation, after, count(limit)).await?;
        found.extend(rows.into_iter().map(Row::Catalogue));
    }
    if let Some(after) = start.loans {
        let rows = loans::after(tables, generation, &after, count(limit - found.len())).await?;
        found.extend(rows.into_iter().map(Row::Loan));
    }
    if let Some((no, month)) = start.best_sellers {
        let left = count(limit - found.len());
        let rows = best_sellers::after(tables, generation, no, &month, left).await?;
        found.extend(rows.into_iter().map(Row::BestSeller));
    }
    let rows = processes::after(tables, generation, &start.processes, count(limit - found.len())).await?;
    found.extend(rows.into_iter().map(|row| Row::Process(Box::new(row))));
    Ok(found)
}

/// The stored key after which the rows of each kind are wanted; none when a later kind has been reached.
struct Start {
    catalogue: Option<i64>,
    loans: Option<Vec<u8>>,
    best_sellers: Option<(i64, String)>,
    processes: Vec<u8>,
}

impl Start {
    fn after(key: Option<RowKey>) -> Self {
        let mut start = Self {
            catalogue: Some(0),
            loans: Some(Vec::new()),
            best_sellers: Some((0, String::new())),
            processes: Vec::new(),
        };
        match key {
            None => return start,
            Some(RowKey::Catalogue(no)) => {
                start.catalogue = Some(no.value());
                return start;
            }
            Some(RowKey::Loan(id)) => start.loans = Some(id.uuid().as_bytes().to_vec()),
            Some(RowKey::BestSeller(no, month)) => {
                start.loans = None;
                start.best_sellers = Some((no.value(), month.to_string()));
            }
            Some(RowKey::Process(id)) => {
                (start.loans, start.best_sellers) = (None, None);
                start.processes = processes::key(id);
            }
        }
        start.catalogue = None;
        start
    }
}

async fn remove(tables: &mut SqliteConnection, generation: i64, key: RowKey) -> Result<(), StepError> {
    match key {
        RowKey::Catalogue(no) => catalogue::remove(tables, generation, no).await,
        RowKey::Loan(id) => loans::remove(tables, generation, id).await,
        RowKey::BestSeller(no, month) => best_sellers::remove(tables, generation, no, month).await,
        RowKey::Process(id) => processes::remove(tables, generation, id).await,
    }
}

/// The live generations that a question about one kind of rows has to ask.
async fn generations(tables: &mut SqliteConnection, sql: &'static str) -> Result<Vec<i64>, StepError> {
    Ok(sqlx::query_scalar(sql).fetch_all(tables).await?)
}

fn read_all<T>(
    rows: &[SqliteRow],
    read: fn(&Fields<'_>) -> Result<T, StepError>,
) -> Result<Vec<T>, StepError> {
    rows.iter().map(|row| read(&Fields(row))).collect()
}

pub(super) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
