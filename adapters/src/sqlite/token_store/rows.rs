//! The rows of the views: a table a kind.

mod best_sellers;
mod catalogue;
mod loans;
mod processes;
mod titles;

use std::collections::HashMap;

use application::codec::rows::process_key;
use application::ports::token_store::{Row, RowKey};
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::step_error::StepError;
use super::stored::{Fields, count, unreadable};

pub(super) use best_sellers::ranking;
pub(super) use catalogue::books;
pub(super) use loans::{loans, overdue};
pub(super) use processes::{due, process, processes};
pub(super) use titles::title;

/// How the rows of one view are kept. Each statement takes the generation and a list as JSON, and is one for many rows:
/// between this thread and that of the connection, going to and fro costs more than a row.
struct View {
    /// Finds rows by their keys.
    get: &'static str,
    /// Puts rows in place of those with the same keys.
    put: &'static str,
    /// Removes rows by their keys.
    remove: &'static str,
    /// What stands in a row.
    read: fn(&Fields<'_>) -> Result<Row, StepError>,
}

/// In the order asked.
pub(super) async fn get(
    tables: &mut SqliteConnection,
    generation: i64,
    keys: &[RowKey],
) -> Result<Vec<Option<Row>>, StepError> {
    let mut wanted = ByView::default();
    for key in keys {
        wanted.of(*key).push(stored_key(*key));
    }
    let mut found = HashMap::with_capacity(keys.len());
    for (view, keys) in wanted.lists() {
        let rows = sqlx::query(view.get).bind(generation).bind(json(keys)?).fetch_all(&mut *tables);
        for row in read_all(&rows.await?, view.read)? {
            found.insert(row.key(), row);
        }
    }
    Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
}

/// A row stands under its own key, of which there is one change at most; none removes what is there.
pub(super) async fn put(
    tables: &mut SqliteConnection,
    generation: i64,
    rows: Vec<(RowKey, Option<Row>)>,
) -> Result<(), StepError> {
    let (mut kept, mut gone) = (ByView::default(), ByView::default());
    for (key, row) in &rows {
        match row {
            Some(row) => kept.of(*key).push(stored(row)?),
            None => gone.of(*key).push(stored_key(*key)),
        }
    }
    for (view, rows) in kept.lists() {
        sqlx::query(view.put).bind(generation).bind(json(rows)?).execute(&mut *tables).await?;
    }
    for (view, keys) in gone.lists() {
        sqlx::query(view.remove).bind(generation).bind(json(keys)?).execute(&mut *tables).await?;
    }
    Ok(())
}

/// Rows or keys, as the statements take them, apart by view.
#[derive(Default)]
struct ByView {
    catalogue: Vec<Value>,
    loans: Vec<Value>,
    best_sellers: Vec<Value>,
    processes: Vec<Value>,
    titles: Vec<Value>,
}

impl ByView {
    const fn of(&mut self, key: RowKey) -> &mut Vec<Value> {
        match key {
            RowKey::Catalogue(_) => &mut self.catalogue,
            RowKey::Loan(_) => &mut self.loans,
            RowKey::BestSeller(..) => &mut self.best_sellers,
            RowKey::Process(_) => &mut self.processes,
            RowKey::Title(_) => &mut self.titles,
        }
    }

    /// Those that are not empty.
    fn lists(&self) -> impl Iterator<Item = (View, &Vec<Value>)> {
        let all = [
            (catalogue::VIEW, &self.catalogue),
            (loans::VIEW, &self.loans),
            (best_sellers::VIEW, &self.best_sellers),
            (processes::VIEW, &self.processes),
            (titles::VIEW, &self.titles),
        ];
        all.into_iter().filter(|(_, list)| !list.is_empty())
    }
}

fn stored(row: &Row) -> Result<Value, StepError> {
    match row {
        Row::Catalogue(row) => Ok(catalogue::stored(row)),
        Row::Loan(row) => Ok(loans::stored(row)),
        Row::BestSeller(row) => Ok(best_sellers::stored(row)),
        Row::Process(row) => processes::stored(row),
        Row::Title(row) => Ok(titles::stored(row)),
    }
}

fn stored_key(key: RowKey) -> Value {
    match key {
        RowKey::Catalogue(no) | RowKey::Title(no) => no.value().into(),
        RowKey::Loan(id) => hex(id.uuid().as_bytes()),
        RowKey::BestSeller(no, month) => json!([no.value(), month.to_string()]),
        RowKey::Process(id) => hex(&process_key(id)),
    }
}

fn json(list: &[Value]) -> Result<String, StepError> {
    serde_json::to_string(list).map_err(|error| unreadable("rows", error))
}

/// Bytes for JSON, which has none.
fn hex(bytes: &[u8]) -> Value {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
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
    if let Some(after) = start.processes {
        let rows = processes::after(tables, generation, &after, count(limit - found.len())).await?;
        found.extend(rows.into_iter().map(|row| Row::Process(Box::new(row))));
    }
    let rows = titles::after(tables, generation, start.titles, count(limit - found.len())).await?;
    found.extend(rows.into_iter().map(Row::Title));
    Ok(found)
}

/// The stored key after which the rows of each kind are wanted; none when a later kind has been reached.
struct Start {
    catalogue: Option<i64>,
    loans: Option<Vec<u8>>,
    best_sellers: Option<(i64, String)>,
    processes: Option<Vec<u8>>,
    titles: i64,
}

impl Start {
    fn after(key: Option<RowKey>) -> Self {
        let mut start = Self {
            catalogue: Some(0),
            loans: Some(Vec::new()),
            best_sellers: Some((0, String::new())),
            processes: Some(Vec::new()),
            titles: 0,
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
                start.processes = Some(processes::key(id));
            }
            Some(RowKey::Title(no)) => {
                (start.loans, start.best_sellers, start.processes) = (None, None, None);
                start.titles = no.value();
            }
        }
        start.catalogue = None;
        start
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
    rows.iter().map(|row| read(&Fields::of(row))).collect()
}

#[cfg(test)]
mod tests;
