//! What readers ask of the rows.

use application::ports::best_seller_view::{Counted, Period};
use application::ports::catalogue_view::{BookQuery, CatalogueRow};
use application::ports::loan_view::{LoanQuery, LoanRow};
use application::ports::process_view::{ProcessQuery, ProcessRow};
use application::ports::token_store::TokenError;
use application::ports::{BestSellerView, CatalogueView, LoanView, ProcessView, TitleView};
use async_trait::async_trait;
use domain::{BookNo, Date, ProcessId, RentalId, Title};
use jiff::Timestamp;

use super::{MongoTokenStore, rows, while_doing};

#[async_trait]
impl CatalogueView for MongoTokenStore {
    async fn books(&self, wanted: &BookQuery, limit: usize) -> Result<Vec<CatalogueRow>, TokenError> {
        while_doing("looking for books", rows::books(&self.connection, wanted, limit)).await
    }
}

#[async_trait]
impl LoanView for MongoTokenStore {
    async fn overdue(
        &self,
        today: Date,
        after: Option<RentalId>,
        limit: usize,
    ) -> Result<Vec<LoanRow>, TokenError> {
        while_doing("looking for overdue loans", rows::overdue(&self.connection, today, after, limit)).await
    }

    async fn loans(&self, wanted: &LoanQuery, limit: usize) -> Result<Vec<LoanRow>, TokenError> {
        while_doing("looking for loans", rows::loans(&self.connection, wanted, limit)).await
    }
}

#[async_trait]
impl BestSellerView for MongoTokenStore {
    async fn ranking(&self, period: Period, limit: usize) -> Result<Vec<Counted>, TokenError> {
        while_doing("ranking books", rows::ranking(&self.connection, period, limit)).await
    }
}

#[async_trait]
impl ProcessView for MongoTokenStore {
    async fn process(&self, id: ProcessId) -> Result<Option<ProcessRow>, TokenError> {
        while_doing("looking for an attempt", rows::process(&self.connection, id)).await
    }

    async fn processes(&self, wanted: &ProcessQuery, limit: usize) -> Result<Vec<ProcessRow>, TokenError> {
        while_doing("looking for attempts", rows::processes(&self.connection, wanted, limit)).await
    }

    async fn due(
        &self,
        now: Timestamp,
        after: Option<(Timestamp, ProcessId)>,
        limit: usize,
    ) -> Result<Vec<ProcessRow>, TokenError> {
        while_doing("looking for attempts that are due", rows::due(&self.connection, now, after, limit)).await
    }
}

#[async_trait]
impl TitleView for MongoTokenStore {
    async fn title(&self, no: BookNo) -> Result<Option<Title>, TokenError> {
        while_doing("looking for a title", rows::title(&self.connection, no)).await
    }
}
