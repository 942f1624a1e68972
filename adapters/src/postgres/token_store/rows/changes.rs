//! What a commit does to rows, as its statement takes it: a list of new rows a kind, and the keys of those that go.

use application::ports::token_store::{Row, RowKey};
use serde::Serialize;

use super::super::step_error::StepError;
use super::super::stored::unreadable;
use super::best_sellers::StoredCount;
use super::catalogue::StoredBook;
use super::keys::Keys;
use super::loans::StoredLoan;
use super::processes::StoredProcess;
use crate::postgres::connection::Statement;

/// Rows to be put, by kind, and keys of rows to be removed.
pub(in super::super) struct Changes<'r> {
    catalogue: Vec<StoredBook<'r>>,
    loans: Vec<StoredLoan<'r>>,
    counts: Vec<StoredCount<'r>>,
    processes: Vec<StoredProcess<'r>>,
    gone: Keys,
}

impl<'r> Changes<'r> {
    pub(in super::super) fn of(rows: &'r [(RowKey, Option<Row>)]) -> Result<Self, StepError> {
        let gone = Keys::of(rows.iter().filter(|(_, row)| row.is_none()).map(|(key, _)| key));
        let mut changes = Self {
            catalogue: Vec::new(),
            loans: Vec::new(),
            counts: Vec::new(),
            processes: Vec::new(),
            gone,
        };
        for row in rows.iter().filter_map(|(_, row)| row.as_ref()) {
            match row {
                Row::Catalogue(row) => changes.catalogue.push(StoredBook::of(row)),
                Row::Loan(row) => changes.loans.push(StoredLoan::of(row)),
                Row::BestSeller(row) => changes.counts.push(StoredCount::of(row)),
                Row::Process(row) => changes.processes.push(StoredProcess::of(row)?),
            }
        }
        Ok(changes)
    }

    pub(in super::super) fn bind(self, commit: Statement) -> Result<Statement, StepError> {
        Ok(commit
            .bind(list(&self.catalogue)?)
            .bind(list(&self.loans)?)
            .bind(list(&self.counts)?)
            .bind(list(&self.processes)?)
            .bind(self.gone.books)
            .bind(self.gone.loans)
            .bind(self.gone.counts)
            .bind(self.gone.months)
            .bind(self.gone.processes))
    }
}

fn list<T: Serialize>(rows: &[T]) -> Result<Option<String>, StepError> {
    if rows.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(rows).map(Some).map_err(|error| unreadable("rows", error))
}
