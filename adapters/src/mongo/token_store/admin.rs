//! The port of those who administer processors.

use application::ports::ProcessorAdmin;
use application::ports::message_source::Token;
use application::ports::processor_admin::{Desired, ProcessorState};
use application::ports::token_store::{Generation, ProcessorName, Segment, TokenError};
use async_trait::async_trait;

use super::rebuild::{self, ProcessorDocuments};
use super::tables::{Step, look, transact};
use super::{MongoTokenStore, processors, while_doing};
use crate::stores::generations;

#[async_trait]
impl ProcessorAdmin for MongoTokenStore {
    async fn register(
        &self,
        processor: &ProcessorName,
        segments: &[(Segment, Token)],
    ) -> Result<(), TokenError> {
        let wanted = segments.to_vec();
        let register = self.reshape("registering a processor", processor, move |mut documents| {
            let wanted = wanted.clone();
            Box::pin(async move { generations::register(&mut documents, &wanted).await })
        });
        register.await
    }

    async fn processors(&self) -> Result<Vec<ProcessorState>, TokenError> {
        let shown =
            look(&self.working, |mut tables| Box::pin(async move { processors::shown(&mut tables).await }));
        while_doing("listing the processors", shown).await
    }

    async fn set_desired(&self, processor: &ProcessorName, desired: Desired) -> Result<(), TokenError> {
        let set = processors::set_desired(&self.connection, processor, desired);
        while_doing("pausing or resuming a processor", set).await
    }

    async fn split(
        &self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<(Segment, Segment), TokenError> {
        let split = self.reshape("splitting a segment", processor, move |mut documents| {
            Box::pin(async move { generations::split(&mut documents, segment).await })
        });
        split.await
    }

    async fn merge(&self, processor: &ProcessorName, segment: Segment) -> Result<Segment, TokenError> {
        let merge = self.reshape("merging two segments", processor, move |mut documents| {
            Box::pin(async move { generations::merge(&mut documents, segment).await })
        });
        merge.await
    }

    async fn start_rebuild(&self, processor: &ProcessorName, first: Token) -> Result<Generation, TokenError> {
        let start = self.reshape("starting a rebuild", processor, move |mut documents| {
            Box::pin(async move { generations::start_rebuild(&mut documents, first).await })
        });
        start.await
    }

    async fn switch(&self, processor: &ProcessorName, force: bool) -> Result<(), TokenError> {
        let switch = self.reshape("switching to the rebuilt rows", processor, move |mut documents| {
            Box::pin(async move { generations::switch(&mut documents, force).await })
        });
        switch.await
    }

    async fn begin_anew(&self, processor: &ProcessorName, first: Token) -> Result<(), TokenError> {
        let begin = self.reshape("letting a processor begin anew", processor, move |mut documents| {
            Box::pin(async move { generations::begin_anew(&mut documents, first).await })
        });
        begin.await
    }

    async fn reset(&self, processor: &ProcessorName, to: Token) -> Result<usize, TokenError> {
        let reset = self.reshape("resetting a processor", processor, move |mut documents| {
            Box::pin(async move { generations::reset(&mut documents, to).await })
        });
        reset.await
    }

    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError> {
        let cancel = self.reshape("cancelling a rebuild", processor, |mut documents| {
            Box::pin(async move { generations::cancel_rebuild(&mut documents).await })
        });
        cancel.await
    }

    async fn sweep(&self, processor: &ProcessorName, limit: usize) -> Result<usize, TokenError> {
        let swept = rebuild::sweep(&self.connection, processor, limit);
        while_doing("removing rows of generations that have ended", swept).await
    }
}

impl MongoTokenStore {
    /// Changes a processor's shape in one transaction.
    async fn reshape<T: Send + 'static>(
        &self,
        doing: &'static str,
        processor: &ProcessorName,
        work: impl for<'s> Fn(ProcessorDocuments<'s>) -> Step<'s, T> + Send + Sync + 'static,
    ) -> Result<T, TokenError> {
        let name = processor.clone();
        let change =
            transact(&self.connection, move |tables| work(ProcessorDocuments { tables, name: name.clone() }));
        let made = while_doing(doing, change).await?;
        self.announce_progress();
        Ok(made)
    }
}
