//! What readers ask of the rows.

use std::cmp::Reverse;

use application::ports::best_seller_view::{Counted, Period};
use application::ports::catalogue_view::{BookQuery, CatalogueRow};
use application::ports::loan_view::{LoanQuery, LoanRow};
use application::ports::process_view::{ProcessQuery, ProcessRow};
use application::ports::token_store::TokenError;
use application::ports::{BestSellerView, CatalogueView, LoanView, ProcessView, TitleView};
use async_trait::async_trait;
use domain::{BookNo, Date, ProcessId, RentalId, Title};
use jiff::Timestamp;

use super::MemoryTokenStore;

#[async_trait]
impl CatalogueView for MemoryTokenStore {
    async fn books(&self, wanted: &BookQuery, limit: usize) -> Result<Vec<CatalogueRow>, TokenError> {
        let mut found: Vec<_> = self.read(|state, _| {
            state.live_rows().flat_map(|rows| rows.books(wanted).take(limit)).cloned().collect()
        });
        found.sort_by_key(|row| row.no);
        found.truncate(limit);
        Ok(found)
    }
}

#[async_trait]
impl LoanView for MemoryTokenStore {
    async fn overdue(
        &self,
        today: Date,
        after: Option<RentalId>,
        limit: usize,
    ) -> Result<Vec<LoanRow>, TokenError> {
        let mut found: Vec<_> = self.read(|state, _| {
            let late =
                state.live_rows().flat_map(|rows| rows.loans.overdue(today, after).into_iter().take(limit));
            late.cloned().collect()
        });
        found.sort_by_key(|row| row.rental_id);
        found.truncate(limit);
        Ok(found)
    }

    async fn loans(&self, wanted: &LoanQuery, limit: usize) -> Result<Vec<LoanRow>, TokenError> {
        let mut found: Vec<_> = self.read(|state, _| {
            let fits = |row: &&LoanRow| wanted.fits(row);
            state.live_rows().flat_map(|rows| rows.loans.all().filter(fits).take(limit)).cloned().collect()
        });
        found.sort_by_key(|row| row.rental_id);
        found.truncate(limit);
        Ok(found)
    }
}

#[async_trait]
impl BestSellerView for MemoryTokenStore {
    async fn ranking(&self, period: Period, limit: usize) -> Result<Vec<Counted>, TokenError> {
        let mut found: Vec<_> = self.read(|state, _| {
            state.live_rows().flat_map(|rows| rows.best_sellers.ranking(period, limit)).collect()
        });
        found.sort_by_key(|counted| (Reverse(counted.count), counted.no));
        found.truncate(limit);
        Ok(found)
    }
}

#[async_trait]
impl ProcessView for MemoryTokenStore {
    async fn process(&self, id: ProcessId) -> Result<Option<ProcessRow>, TokenError> {
        Ok(self.read(|state, _| state.live_rows().find_map(|rows| rows.processes.get(id)).cloned()))
    }

    async fn processes(&self, wanted: &ProcessQuery, limit: usize) -> Result<Vec<ProcessRow>, TokenError> {
        let mut found: Vec<_> = self.read(|state, _| {
            state.live_rows().flat_map(|rows| rows.processes.matching(wanted).take(limit)).cloned().collect()
        });
        found.sort_by_key(|row| Reverse((row.started, row.id)));
        found.truncate(limit);
        Ok(found)
    }

    async fn due(
        &self,
        now: Timestamp,
        after: Option<(Timestamp, ProcessId)>,
        limit: usize,
    ) -> Result<Vec<ProcessRow>, TokenError> {
        let mut found: Vec<_> = self.read(|state, _| {
            state.live_rows().flat_map(|rows| rows.processes.due(now, after).take(limit)).cloned().collect()
        });
        found.sort_by_key(|row| (row.deadline, row.id));
        found.truncate(limit);
        Ok(found)
    }
}

#[async_trait]
impl TitleView for MemoryTokenStore {
    async fn title(&self, no: BookNo) -> Result<Option<Title>, TokenError> {
        Ok(self.read(|state, _| {
            let row = state.live_rows().find_map(|rows| rows.titles.get(&no));
            row.map(|row| row.title.clone())
        }))
    }
}
