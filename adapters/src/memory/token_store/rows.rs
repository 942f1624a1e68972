//! The rows of one generation, with the indexes that the views need.

mod best_sellers;
mod loans;
mod processes;

use std::collections::BTreeMap;
use std::ops::Bound;

use application::ports::catalogue_view::{BookQuery, CatalogueRow};
use application::ports::title_view::TitleRow;
use application::ports::token_store::{Row, RowKey};
use domain::BookNo;

pub(super) use best_sellers::BestSellers;
pub(super) use loans::Loans;
pub(super) use processes::Processes;

/// All rows, by kind.
#[derive(Default)]
pub(super) struct Rows {
    catalogue: BTreeMap<BookNo, CatalogueRow>,
    pub(super) loans: Loans,
    pub(super) best_sellers: BestSellers,
    pub(super) processes: Processes,
    pub(super) titles: BTreeMap<BookNo, TitleRow>,
}

impl Rows {
    pub(super) fn get(&self, key: RowKey) -> Option<Row> {
        match key {
            RowKey::Catalogue(no) => self.catalogue.get(&no).cloned().map(Row::Catalogue),
            RowKey::Loan(id) => self.loans.get(id).cloned().map(Row::Loan),
            RowKey::BestSeller(no, month) => self.best_sellers.get(no, month).cloned().map(Row::BestSeller),
            RowKey::Process(id) => self.processes.get(id).cloned().map(Box::new).map(Row::Process),
            RowKey::Title(no) => self.titles.get(&no).cloned().map(Row::Title),
        }
    }

    /// `row` stands under its own key, which is `key`; none removes it.
    pub(super) fn put(&mut self, key: RowKey, row: Option<Row>) {
        match row {
            Some(Row::Catalogue(row)) => drop(self.catalogue.insert(row.no, row)),
            Some(Row::Loan(row)) => self.loans.put(row),
            Some(Row::BestSeller(row)) => self.best_sellers.put(row),
            Some(Row::Process(row)) => self.processes.put(*row),
            Some(Row::Title(row)) => drop(self.titles.insert(row.no, row)),
            None => self.remove(key),
        }
    }

    /// All rows, by key.
    pub(super) fn all(&self) -> impl Iterator<Item = Row> {
        let catalogue = self.catalogue.values().cloned().map(Row::Catalogue);
        let loans = self.loans.all().cloned().map(Row::Loan);
        let best_sellers = self.best_sellers.all().cloned().map(Row::BestSeller);
        let processes = self.processes.all().cloned().map(Box::new).map(Row::Process);
        let titles = self.titles.values().cloned().map(Row::Title);
        catalogue.chain(loans).chain(best_sellers).chain(processes).chain(titles)
    }

    /// Books that fit, by number.
    pub(super) fn books<'a>(&'a self, wanted: &'a BookQuery) -> impl Iterator<Item = &'a CatalogueRow> {
        let from = wanted.after.map_or(Bound::Unbounded, Bound::Excluded);
        let search = wanted.search.as_deref().map(str::to_lowercase);
        let rows = self.catalogue.range((from, Bound::Unbounded)).map(|(_, row)| row);
        rows.filter(move |row| {
            wanted.status.is_none_or(|status| status == row.status)
                && search.as_deref().is_none_or(|search| mentions(row, search))
        })
    }

    fn remove(&mut self, key: RowKey) {
        match key {
            RowKey::Catalogue(no) => drop(self.catalogue.remove(&no)),
            RowKey::Loan(id) => self.loans.remove(id),
            RowKey::BestSeller(no, month) => self.best_sellers.remove(no, month),
            RowKey::Process(id) => self.processes.remove(id),
            RowKey::Title(no) => drop(self.titles.remove(&no)),
        }
    }
}

fn mentions(row: &CatalogueRow, search: &str) -> bool {
    let contains = |text: &str| text.to_lowercase().contains(search);
    contains(row.title.as_str()) || row.author.as_ref().is_some_and(|author| contains(author.as_str()))
}
