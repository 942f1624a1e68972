//! The port of those who administer processors.

use application::ports::ProcessorAdmin;
use application::ports::message_source::Token;
use application::ports::processor_admin::{Desired, ProcessorState};
use application::ports::token_store::{Generation, ProcessorName, Segment, TokenError};
use async_trait::async_trait;
use futures::future::BoxFuture;

use super::rebuild::{self, Shape};
use super::step_error::StepError;
use super::{SqliteTokenStore, processors};
use crate::stores::generations;

#[async_trait]
impl ProcessorAdmin for SqliteTokenStore {
    async fn register(
        &self,
        processor: &ProcessorName,
        segments: &[(Segment, Token)],
    ) -> Result<(), TokenError> {
        let wanted = segments.to_vec();
        let register = self.reshape("registering a processor", processor, move |mut shape| {
            Box::pin(async move { generations::register(&mut shape, &wanted).await })
        });
        register.await
    }

    async fn processors(&self) -> Result<Vec<ProcessorState>, TokenError> {
        let now = self.clock.now();
        self.read_working("listing the processors", move |tables| Box::pin(processors::shown(tables, now)))
            .await
    }

    async fn set_desired(&self, processor: &ProcessorName, desired: Desired) -> Result<(), TokenError> {
        let name = processor.clone();
        let set = self.write("pausing or resuming a processor", move |tables, _| {
            Box::pin(async move { processors::set_desired(tables, &name, desired).await })
        });
        set.await
    }

    async fn split(
        &self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<(Segment, Segment), TokenError> {
        let split = self.reshape("splitting a segment", processor, move |mut shape| {
            Box::pin(async move { generations::split(&mut shape, segment).await })
        });
        split.await
    }

    async fn merge(&self, processor: &ProcessorName, segment: Segment) -> Result<Segment, TokenError> {
        let merge = self.reshape("merging two segments", processor, move |mut shape| {
            Box::pin(async move { generations::merge(&mut shape, segment).await })
        });
        merge.await
    }

    async fn start_rebuild(&self, processor: &ProcessorName, first: Token) -> Result<Generation, TokenError> {
        let start = self.reshape("starting a rebuild", processor, move |mut shape| {
            Box::pin(async move { generations::start_rebuild(&mut shape, first).await })
        });
        start.await.inspect(|_| self.announce_word())
    }

    async fn switch(&self, processor: &ProcessorName, force: bool) -> Result<(), TokenError> {
        let switch = self.reshape("switching to the rebuilt rows", processor, move |mut shape| {
            Box::pin(async move { generations::switch(&mut shape, force).await })
        });
        switch.await
    }

    async fn begin_anew(&self, processor: &ProcessorName, first: Token) -> Result<(), TokenError> {
        let begin = self.reshape("letting a processor begin anew", processor, move |mut shape| {
            Box::pin(async move { generations::begin_anew(&mut shape, first).await })
        });
        begin.await
    }

    async fn reset(&self, processor: &ProcessorName, to: Token) -> Result<usize, TokenError> {
        let reset = self.reshape("resetting a processor", processor, move |mut shape| {
            Box::pin(async move { generations::reset(&mut shape, to).await })
        });
        reset.await
    }

    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError> {
        let cancel = self.reshape("cancelling a rebuild", processor, move |mut shape| {
            Box::pin(async move { generations::cancel_rebuild(&mut shape).await })
        });
        cancel.await.inspect(|()| self.announce_word())
    }

    async fn sweep(&self, processor: &ProcessorName, limit: usize) -> Result<usize, TokenError> {
        let name = processor.clone();
        let sweep = self.write("removing rows of generations that have ended", move |tables, _| {
            Box::pin(async move { rebuild::sweep(tables, &name, limit).await })
        });
        sweep.await
    }
}

impl SqliteTokenStore {
    /// Changes a processor's shape in one transaction.
    async fn reshape<T, F>(
        &self,
        doing: &'static str,
        processor: &ProcessorName,
        work: F,
    ) -> Result<T, TokenError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(Shape<'c>) -> BoxFuture<'c, Result<T, StepError>> + Send + 'static,
    {
        let name = processor.clone();
        let reshaped = self.write(doing, move |tables, _| work(Shape { tables, name })).await?;
        self.announce_progress();
        Ok(reshaped)
    }
}
