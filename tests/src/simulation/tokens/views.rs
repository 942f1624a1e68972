//! The views that a node's ticker asks.

use application::ports::loan_view::{LoanQuery, LoanRow};
use application::ports::process_view::{ProcessQuery, ProcessRow};
use application::ports::token_store::TokenError;
use application::ports::{LoanView, ProcessView};
use async_trait::async_trait;
use domain::{Date, ProcessId, RentalId};
use jiff::Timestamp;

use super::PluggedTokens;

#[async_trait]
impl ProcessView for PluggedTokens {
    async fn process(&self, id: ProcessId) -> Result<Option<ProcessRow>, TokenError> {
        self.read("reading an attempt", &id, self.inner.process(id)).await
    }

    async fn processes(&self, wanted: &ProcessQuery, limit: usize) -> Result<Vec<ProcessRow>, TokenError> {
        self.read("reading attempts", wanted, self.inner.processes(wanted, limit)).await
    }

    async fn due(
        &self,
        now: Timestamp,
        after: Option<(Timestamp, ProcessId)>,
        limit: usize,
    ) -> Result<Vec<ProcessRow>, TokenError> {
        self.read("reading what is due", &(now, after), self.inner.due(now, after, limit)).await
    }
}

#[async_trait]
impl LoanView for PluggedTokens {
    async fn overdue(
        &self,
        today: Date,
        after: Option<RentalId>,
        limit: usize,
    ) -> Result<Vec<LoanRow>, TokenError> {
        self.read("reading what is overdue", &(today, after), self.inner.overdue(today, after, limit)).await
    }

    async fn loans(&self, wanted: &LoanQuery, limit: usize) -> Result<Vec<LoanRow>, TokenError> {
        self.read("reading loans", wanted, self.inner.loans(wanted, limit)).await
    }
}
