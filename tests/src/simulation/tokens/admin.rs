//! The processors of a node's token store.

use application::ports::ProcessorAdmin;
use application::ports::message_source::Token;
use application::ports::processor_admin::{Desired, ProcessorState};
use application::ports::token_store::{Generation, ProcessorName, Segment, TokenError};
use async_trait::async_trait;

use super::PluggedTokens;

#[async_trait]
impl ProcessorAdmin for PluggedTokens {
    async fn register(
        &self,
        processor: &ProcessorName,
        segments: &[(Segment, Token)],
    ) -> Result<(), TokenError> {
        let (name, wanted) = (processor.clone(), segments.to_vec());
        self.change("registering", &(processor, segments), |inner| async move {
            inner.register(&name, &wanted).await
        })
        .await
    }

    async fn processors(&self) -> Result<Vec<ProcessorState>, TokenError> {
        self.read("asking for processors", &(), self.inner.processors()).await
    }

    async fn set_desired(&self, processor: &ProcessorName, desired: Desired) -> Result<(), TokenError> {
        let (name, asked) = (processor.clone(), (processor.clone(), desired.clone()));
        self.change(
            "pausing or starting",
            &asked,
            |inner| async move { inner.set_desired(&name, desired).await },
        )
        .await
    }

    async fn split(
        &self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<(Segment, Segment), TokenError> {
        let name = processor.clone();
        self.change(
            "splitting",
            &(processor, segment),
            |inner| async move { inner.split(&name, segment).await },
        )
        .await
    }

    async fn merge(&self, processor: &ProcessorName, segment: Segment) -> Result<Segment, TokenError> {
        let name = processor.clone();
        self.change(
            "merging",
            &(processor, segment),
            |inner| async move { inner.merge(&name, segment).await },
        )
        .await
    }

    async fn start_rebuild(&self, processor: &ProcessorName, first: Token) -> Result<Generation, TokenError> {
        let name = processor.clone();
        self.change("starting a rebuild", processor, |inner| async move {
            inner.start_rebuild(&name, first).await
        })
        .await
    }

    async fn switch(&self, processor: &ProcessorName, force: bool) -> Result<(), TokenError> {
        let name = processor.clone();
        self.change("switching", &(processor, force), |inner| async move { inner.switch(&name, force).await })
            .await
    }

    async fn begin_anew(&self, processor: &ProcessorName, first: Token) -> Result<(), TokenError> {
        let name = processor.clone();
        self.change("beginning anew", processor, |inner| async move { inner.begin_anew(&name, first).await })
            .await
    }

    async fn reset(&self, processor: &ProcessorName, to: Token) -> Result<usize, TokenError> {
        let name = processor.clone();
        self.change("resetting", &(processor, to), |inner| async move { inner.reset(&name, to).await }).await
    }

    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError> {
        let name = processor.clone();
        self.change(
            "cancelling a rebuild",
            processor,
            |inner| async move { inner.cancel_rebuild(&name).await },
        )
        .await
    }

    async fn sweep(&self, processor: &ProcessorName, limit: usize) -> Result<usize, TokenError> {
        let name = processor.clone();
        self.change("sweeping", &(processor, limit), |inner| async move { inner.sweep(&name, limit).await })
            .await
    }
}
