//! The port of those who work.

use std::time::Duration;

use application::ports::TokenStore;
use application::ports::event_store::Position;
use application::ports::token_store::{
    Beat, Claim, Claimed, Commit, Generation, NodeId, ProcessorName, Row, RowKey, Segment, TokenError,
};
use async_trait::async_trait;

use super::tables::look;
use super::{MongoTokenStore, claims, commits, processors, rows, while_doing};

#[async_trait]
impl TokenStore for MongoTokenStore {
    async fn beat(&self, node: NodeId, all: &[Claim], ttl: Duration) -> Result<Beat, TokenError> {
        while_doing("keeping a heartbeat and claims", claims::beat(&self.working, node, all, ttl)).await
    }

    async fn leave(&self, node: NodeId) -> Result<(), TokenError> {
        while_doing("leaving", claims::leave(&self.working, node)).await
    }

    async fn claim(
        &self,
        processor: &ProcessorName,
        generation: Generation,
        segment: Segment,
        node: NodeId,
        ttl: Duration,
    ) -> Result<Claimed, TokenError> {
        let wanted = Claim { processor: processor.clone(), generation, segment, node, epoch: 0 };
        while_doing("claiming a segment", claims::claim(&self.working, wanted, ttl)).await
    }

    async fn release(&self, claim: &Claim) -> Result<(), TokenError> {
        while_doing("releasing a claim", claims::release(&self.working, claim)).await
    }

    async fn rows(&self, claim: &Claim, keys: &[RowKey]) -> Result<Vec<Option<Row>>, TokenError> {
        let rows = commits::rows_under_claim(&self.working, claim, keys);
        while_doing("reading rows under a claim", rows).await
    }

    async fn live_rows(
        &self,
        processor: &ProcessorName,
        after: Option<RowKey>,
        limit: usize,
    ) -> Result<Vec<Row>, TokenError> {
        let name = processor.clone();
        let rows = look(&self.connection, move |mut tables| {
            Box::pin(async move { rows::live_after(&mut tables, &name, after, limit).await })
        });
        while_doing("reading the rows of a processor", rows).await
    }

    async fn commit_all(&self, commits: Vec<(Claim, Commit)>) -> Vec<Result<(), TokenError>> {
        let made = commits::commit_all(&self.working, commits).await;
        self.announce_progress();
        let doing = "committing rows, letters and token";
        made.into_iter().map(|made| made.map_err(|trouble| trouble.while_doing(doing))).collect()
    }

    async fn progress(&self, processor: &ProcessorName) -> Result<Option<Position>, TokenError> {
        let progress = while_doing("reading how far a processor is", processors::progress(&self.connection));
        Ok(progress.await?.get(processor).copied())
    }

    async fn progressed(&self, processor: &ProcessorName, beyond: Position) {
        self.poller.look_now();
        self.poller.until(|progress| progress.get(processor).is_some_and(|&reached| reached > beyond)).await;
    }
}
