//! Keys of rows, in columns as the statements take them.

use application::codec::rows::process_key;
use application::ports::token_store::RowKey;
use uuid::Uuid;

/// Keys, by kind.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) books: Vec<i64>,
    pub(super) loans: Vec<Uuid>,
    /// With the month at the same place in `months`.
    pub(super) counts: Vec<i64>,
    pub(super) months: Vec<String>,
    pub(super) processes: Vec<Vec<u8>>,
    pub(super) titles: Vec<i64>,
}

impl Keys {
    pub(super) fn of<'k>(keys: impl IntoIterator<Item = &'k RowKey>) -> Self {
        let mut sorted = Self::default();
        for key in keys {
            match *key {
                RowKey::Catalogue(no) => sorted.books.push(no.value()),
                RowKey::Loan(id) => sorted.loans.push(id.uuid()),
                RowKey::BestSeller(no, month) => {
                    sorted.counts.push(no.value());
                    sorted.months.push(month.to_string());
                }
                RowKey::Process(id) => sorted.processes.push(process_key(id).to_vec()),
                RowKey::Title(no) => sorted.titles.push(no.value()),
            }
        }
        sorted
    }
}
