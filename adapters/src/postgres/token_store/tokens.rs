//! The port: each call is one statement, or one transaction.

use std::collections::BTreeMap;
use std::time::Duration;

use application::ports::TokenStore;
use application::ports::event_store::{EventId, Position};
use application::ports::message_source::Token;
use application::ports::token_store::{
    Claim, Claimed, Commit, DeadLetter, DeadLetterQuery, Desired, EventOverride, Extended, Generation,
    NodeId, ProcessorName, ProcessorState, Row, RowKey, Segment, TokenError, WaitingLetter,
};
use async_trait::async_trait;
use futures::future::BoxFuture;
use sqlx::PgConnection;

use super::step_error::StepError;
use super::{
    PostgresTokenStore, claims, commits, dead_letters, overrides, processors, rebuild, reshape, rows,
    while_doing,
};

#[async_trait]
impl TokenStore for PostgresTokenStore {
    async fn heartbeat(&self, node: NodeId, ttl: Duration) -> Result<Vec<NodeId>, TokenError> {
        while_doing("keeping a heartbeat", claims::heartbeat(&self.working, node, ttl)).await
    }

    async fn leave(&self, node: NodeId) -> Result<(), TokenError> {
        while_doing("leaving", claims::leave(&self.working, node)).await
    }

    async fn register(
        &self,
        processor: &ProcessorName,
        segments: u32,
        first: Token,
    ) -> Result<(), TokenError> {
        let register = processors::register(&self.working, processor, segments, first);
        while_doing("registering a processor", register).await
    }

    async fn processors(&self) -> Result<Vec<ProcessorState>, TokenError> {
        while_doing("listing the processors", processors::shown(&self.working)).await
    }

    async fn set_desired(&self, processor: &ProcessorName, desired: Desired) -> Result<(), TokenError> {
        let set = processors::set_desired(&self.database, processor, desired);
        while_doing("pausing or resuming a processor", set).await
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

    async fn extend_all(
        &self,
        all: &[Claim],
        ttl: Duration,
    ) -> Result<Vec<Result<Extended, TokenError>>, TokenError> {
        while_doing("extending claims", claims::extend_all(&self.working, all, ttl)).await
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
        let rows = self
            .database
            .look(move |tables| Box::pin(async move { rows::live_after(tables, &name, after, limit).await }));
        while_doing("reading the rows of a processor", rows).await
    }

    async fn commit(&self, claim: &Claim, commit: Commit) -> Result<(), TokenError> {
        let commit = self.committer.commit(claim, commit);
        while_doing("committing rows, letters and token", commit).await?;
        self.announce_progress();
        Ok(())
    }

    async fn progress(&self, processor: &ProcessorName) -> Result<Option<Position>, TokenError> {
        let progress = processors::progress_of(&self.database, processor);
        while_doing("reading how far a processor is", progress).await
    }

    async fn progressed(&self, processor: &ProcessorName, beyond: Position) {
        self.poller.look_now();
        self.poller.until(|progress| progress.get(processor).is_some_and(|&reached| reached > beyond)).await;
    }

    async fn letters(&self, wanted: &DeadLetterQuery, limit: usize) -> Result<Vec<DeadLetter>, TokenError> {
        while_doing("reading letters", dead_letters::letters(&self.database, wanted, limit)).await
    }

    async fn waiting_letters(
        &self,
        claim: &Claim,
        sequence: &str,
        limit: usize,
    ) -> Result<Vec<WaitingLetter>, TokenError> {
        let waiting = dead_letters::waiting_letters(&self.working, claim, sequence, limit);
        while_doing("reading what a sequence waits for", waiting).await
    }

    async fn retry_now(
        &self,
        processor: &ProcessorName,
        sequence: Option<&str>,
    ) -> Result<usize, TokenError> {
        while_doing("making letters due", dead_letters::retry_now(&self.database, processor, sequence)).await
    }

    async fn put_override(
        &self,
        processor: &ProcessorName,
        event: EventId,
        event_override: EventOverride,
    ) -> Result<(), TokenError> {
        let put = overrides::put_override(&self.database, processor, event, &event_override);
        while_doing("keeping an overlay", put).await
    }

    async fn overrides(
        &self,
        processor: &ProcessorName,
    ) -> Result<BTreeMap<EventId, EventOverride>, TokenError> {
        while_doing("reading overrides", overrides::overrides(&self.working, processor)).await
    }

    async fn split(
        &self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<(Segment, Segment), TokenError> {
        let name = processor.clone();
        let split = self.change("splitting a segment", move |tables| {
            Box::pin(async move { reshape::split(tables, &name, segment).await })
        });
        split.await
    }

    async fn merge(&self, processor: &ProcessorName, segment: Segment) -> Result<Segment, TokenError> {
        let name = processor.clone();
        let merge = self.change("merging two segments", move |tables| {
            Box::pin(async move { reshape::merge(tables, &name, segment).await })
        });
        merge.await
    }

    async fn start_rebuild(&self, processor: &ProcessorName, first: Token) -> Result<Generation, TokenError> {
        let name = processor.clone();
        let start = self.change("starting a rebuild", move |tables| {
            Box::pin(async move { rebuild::start_rebuild(tables, &name, first).await })
        });
        start.await
    }

    async fn switch(&self, processor: &ProcessorName, force: bool) -> Result<(), TokenError> {
        let name = processor.clone();
        let switch = self.change("switching to the rebuilt rows", move |tables| {
            Box::pin(async move { rebuild::switch(tables, &name, force).await })
        });
        switch.await?;
        self.announce_progress();
        Ok(())
    }

    async fn begin_anew(&self, processor: &ProcessorName, first: Token) -> Result<(), TokenError> {
        let (name, doing) = (processor.clone(), "letting a processor begin anew");
        let begin = self.change(doing, move |tables| {
            Box::pin(async move { rebuild::begin_anew(tables, &name, first).await })
        });
        begin.await?;
        self.announce_progress();
        while_doing(doing, rebuild::sweep(&self.database, processor)).await
    }

    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError> {
        let name = processor.clone();
        let cancel = self.change("cancelling a rebuild", move |tables| {
            Box::pin(async move { rebuild::cancel_rebuild(tables, &name).await })
        });
        cancel.await
    }
}

impl PostgresTokenStore {
    async fn change<T, F>(&self, doing: &'static str, work: F) -> Result<T, TokenError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, StepError>> + Send + 'static,
    {
        while_doing(doing, self.database.transact(work)).await
    }
}
