//! What a commit does to rows, as its statement takes it: of each view, by its name, the rows that are new and the keys
//! of those that are gone.

use std::collections::BTreeMap;

use application::ports::token_store::{Row, RowKey};
use serde::Serialize;
use serde_json::Value;

use super::super::step_error::StepError;
use super::super::stored::unreadable;
use super::{best_sellers, processes};
use crate::postgres::connection::Failure;
use crate::stores::rows::{StoredBook, StoredCount, StoredLoan, StoredProcess, StoredTitle};

/// The changes of one view; `put_<view>_rows` takes them.
#[derive(Default, Serialize)]
struct ViewChanges {
    rows: Vec<Value>,
    gone: Vec<Value>,
}

/// What the commit's statement is told about rows; nothing when there are none.
pub(in super::super) fn changes(rows: &[(RowKey, Option<Row>)]) -> Result<Option<String>, StepError> {
    let mut views: BTreeMap<&'static str, ViewChanges> = BTreeMap::new();
    for (key, row) in rows {
        let changes = views.entry(view_of(key)).or_default();
        match row {
            Some(row) => changes.rows.push(stored(row)?),
            None => changes.gone.push(stored_key(*key)),
        }
    }
    let views = (!views.is_empty()).then(|| serde_json::to_string(&views));
    views.transpose().map_err(|error| unreadable("rows", error))
}

/// As the database's functions are named.
const fn view_of(key: &RowKey) -> &'static str {
    match key {
        RowKey::Catalogue(_) => "catalogue",
        RowKey::Loan(_) => "loan",
        RowKey::BestSeller(..) => "best_seller",
        RowKey::Process(_) => "process",
        RowKey::Title(_) => "title",
    }
}

/// An attempt with its key as the database reads bytes from text.
#[derive(Serialize)]
struct ProcessWithKey<'r> {
    id: String,
    #[serde(flatten)]
    row: StoredProcess<'r>,
}

fn stored(row: &Row) -> Result<Value, StepError> {
    match row {
        Row::Catalogue(row) => json(&StoredBook::of(row)),
        Row::Loan(row) => json(&StoredLoan::of(row)),
        Row::BestSeller(row) => json(&StoredCount::of(row)),
        Row::Title(row) => json(&StoredTitle::of(row)),
        Row::Process(row) => {
            let id = processes::stored_key(row.id);
            json(&ProcessWithKey { id, row: StoredProcess::of::<Failure>(row)? })
        }
    }
}

fn stored_key(key: RowKey) -> Value {
    match key {
        RowKey::Catalogue(no) | RowKey::Title(no) => no.value().into(),
        RowKey::Loan(id) => id.uuid().to_string().into(),
        RowKey::BestSeller(no, month) => best_sellers::stored_key(no, month),
        RowKey::Process(id) => processes::stored_key(id).into(),
    }
}

fn json(row: &impl Serialize) -> Result<Value, StepError> {
    serde_json::to_value(row).map_err(|error| unreadable("rows", error))
}
