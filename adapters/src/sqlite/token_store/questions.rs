//! What readers ask of the rows.

use application::ports::best_seller_view::{Counted, Period};
use application::ports::catalogue_view::{BookQuery, CatalogueRow};
use application::ports::loan_view::{LoanQuery, LoanRow};
use application::ports::process_view::{ProcessQuery, ProcessRow};
use application::ports::shares::Share;
use application::ports::token_store::TokenError;
use application::ports::{BestSellerView, CatalogueView, LoanView, ProcessView, TitleView};
use async_trait::async_trait;
use domain::{BookNo, Date, ProcessId, RentalId, Title};
use jiff::Timestamp;

use super::reader::{self, Isolation};
use super::{SqliteTokenStore, rows};

#[async_trait]
impl CatalogueView for SqliteTokenStore {
    async fn books(&self, wanted: &BookQuery, limit: usize) -> Result<Vec<CatalogueRow>, TokenError> {
        let wanted = wanted.clone();
        let books = self.read("looking for books", move |tables| {
            Box::pin(async move { rows::books(tables, &wanted, limit).await })
        });
        books.await
    }
}

#[async_trait]
impl LoanView for SqliteTokenStore {
    async fn overdue(
        &self,
        today: Date,
        after: Option<RentalId>,
        limit: usize,
    ) -> Result<Vec<LoanRow>, TokenError> {
        let overdue = self.read("looking for overdue loans", move |tables| {
            Box::pin(rows::overdue(tables, today, after, limit))
        });
        overdue.await
    }

    async fn loans(&self, wanted: &LoanQuery, limit: usize) -> Result<Vec<LoanRow>, TokenError> {
        let wanted = wanted.clone();
        let loans = self.read("looking for loans", move |tables| {
            Box::pin(async move { rows::loans(tables, &wanted, limit).await })
        });
        loans.await
    }
}

#[async_trait]
impl BestSellerView for SqliteTokenStore {
    async fn ranking(&self, period: Period, limit: usize) -> Result<Vec<Counted>, TokenError> {
        self.read("ranking books", move |tables| Box::pin(rows::ranking(tables, period, limit))).await
    }
}

#[async_trait]
impl ProcessView for SqliteTokenStore {
    async fn process(&self, id: ProcessId) -> Result<Option<ProcessRow>, TokenError> {
        let alone = (Share::Questions, Isolation::Statement);
        let attempt = reader::read(&self.database, alone, "looking for an attempt", move |tables| {
            Box::pin(rows::process(tables, id))
        });
        attempt.await
    }

    async fn processes(&self, wanted: &ProcessQuery, limit: usize) -> Result<Vec<ProcessRow>, TokenError> {
        let wanted = wanted.clone();
        let processes = self.read("looking for attempts", move |tables| {
            Box::pin(async move { rows::processes(tables, &wanted, limit).await })
        });
        processes.await
    }

    async fn due(
        &self,
        now: Timestamp,
        after: Option<(Timestamp, ProcessId)>,
        limit: usize,
    ) -> Result<Vec<ProcessRow>, TokenError> {
        let due = self.read("looking for attempts that are due", move |tables| {
            Box::pin(rows::due(tables, now, after, limit))
        });
        due.await
    }
}

#[async_trait]
impl TitleView for SqliteTokenStore {
    async fn title(&self, no: BookNo) -> Result<Option<Title>, TokenError> {
        let alone = (Share::Questions, Isolation::Statement);
        let title = reader::read(&self.database, alone, "looking for a title", move |tables| {
            Box::pin(rows::title(tables, no))
        });
        title.await
    }
}
