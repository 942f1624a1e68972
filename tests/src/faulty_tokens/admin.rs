//! The processors of a token store that misbehaves.

use application::ports::ProcessorAdmin;
use application::ports::message_source::Token;
use application::ports::processor_admin::{Desired, ProcessorState};
use application::ports::token_store::{Generation, ProcessorName, Segment, TokenError};
use async_trait::async_trait;

use super::{FaultyTokens, lock};
use std::sync::atomic::Ordering;

#[async_trait]
impl ProcessorAdmin for FaultyTokens {
    async fn register(
        &self,
        processor: &ProcessorName,
        segments: &[(Segment, Token)],
    ) -> Result<(), TokenError> {
        self.inner.register(processor, segments).await
    }

    async fn processors(&self) -> Result<Vec<ProcessorState>, TokenError> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        let mut states = self.inner.processors().await?;
        let lost = lock(&self.broken).lost.clone();
        for state in &mut states {
            let name = &state.name;
            state
                .segments
                .retain(|known| !lost.iter().any(|(of, gone)| of == name && *gone == known.segment));
        }
        Ok(states)
    }

    async fn set_desired(&self, processor: &ProcessorName, desired: Desired) -> Result<(), TokenError> {
        self.inner.set_desired(processor, desired).await
    }

    async fn split(
        &self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<(Segment, Segment), TokenError> {
        self.inner.split(processor, segment).await
    }

    async fn merge(&self, processor: &ProcessorName, segment: Segment) -> Result<Segment, TokenError> {
        self.inner.merge(processor, segment).await
    }

    async fn start_rebuild(&self, processor: &ProcessorName, first: Token) -> Result<Generation, TokenError> {
        self.inner.start_rebuild(processor, first).await
    }

    async fn switch(&self, processor: &ProcessorName, force: bool) -> Result<(), TokenError> {
        self.inner.switch(processor, force).await
    }

    async fn begin_anew(&self, processor: &ProcessorName, first: Token) -> Result<(), TokenError> {
        if let Some(left) = &mut lock(&self.broken).beginnings {
            let cut_off = || TokenError::Unavailable { doing: "beginning anew", source: "unplugged".into() };
            *left = left.checked_sub(1).ok_or_else(cut_off)?;
        }
        self.inner.begin_anew(processor, first).await?;
        lock(&self.broken).lost.retain(|(of, _)| of != processor);
        Ok(())
    }

    async fn reset(&self, processor: &ProcessorName, to: Token) -> Result<usize, TokenError> {
        self.inner.reset(processor, to).await
    }

    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError> {
        self.inner.cancel_rebuild(processor).await
    }

    async fn sweep(&self, processor: &ProcessorName, limit: usize) -> Result<usize, TokenError> {
        self.inner.sweep(processor, limit).await
    }
}
