//! The port of those who administer processors.

use application::ports::ProcessorAdmin;
use application::ports::message_source::Token;
use application::ports::processor_admin::{Desired, ProcessorState};
use application::ports::token_store::{Generation, ProcessorName, Segment, TokenError};
use async_trait::async_trait;

use futures::future::BoxFuture;
use sqlx::PgConnection;

use super::step_error::StepError;
use super::{PostgresTokenStore, processors, rebuild, reshape, while_doing};

#[async_trait]
impl ProcessorAdmin for PostgresTokenStore {
    async fn register(
        &self,
        processor: &ProcessorName,
        segments: &[(Segment, Token)],
    ) -> Result<(), TokenError> {
        let (name, wanted) = (processor.clone(), segments.to_vec());
        let register = self.change("registering a processor", move |tables| {
            Box::pin(async move { rebuild::register(tables, &name, &wanted).await })
        });
        register.await
    }

    async fn processors(&self) -> Result<Vec<ProcessorState>, TokenError> {
        while_doing("listing the processors", processors::shown(&self.working)).await
    }

    async fn set_desired(&self, processor: &ProcessorName, desired: Desired) -> Result<(), TokenError> {
        let set = processors::set_desired(&self.database, processor, desired);
        while_doing("pausing or resuming a processor", set).await
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
        Ok(())
    }

    async fn reset(&self, processor: &ProcessorName, to: Token) -> Result<usize, TokenError> {
        let name = processor.clone();
        let reset = self.change("resetting a processor", move |tables| {
            Box::pin(async move { rebuild::reset(tables, &name, to).await })
        });
        let gone = reset.await?;
        self.announce_progress();
        Ok(gone)
    }

    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError> {
        let name = processor.clone();
        let cancel = self.change("cancelling a rebuild", move |tables| {
            Box::pin(async move { rebuild::cancel_rebuild(tables, &name).await })
        });
        cancel.await
    }

    async fn sweep(&self, processor: &ProcessorName, limit: usize) -> Result<usize, TokenError> {
        let swept = rebuild::sweep(&self.database, processor, limit);
        while_doing("removing rows of generations that have ended", swept).await
    }
}

impl PostgresTokenStore {
    pub(super) async fn change<T, F>(&self, doing: &'static str, work: F) -> Result<T, TokenError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, StepError>> + Send + 'static,
    {
        while_doing(doing, self.database.transact(work)).await
    }
}
