//! The port of those who administer processors.

use application::ports::ProcessorAdmin;
use application::ports::message_source::Token;
use application::ports::processor_admin::{Desired, ProcessorState};
use application::ports::token_store::{Generation, ProcessorName, Segment, TokenError};
use async_trait::async_trait;

use super::MemoryTokenStore;
use super::state::TokenState;

#[async_trait]
impl ProcessorAdmin for MemoryTokenStore {
    async fn register(
        &self,
        processor: &ProcessorName,
        segments: &[(Segment, Token)],
    ) -> Result<(), TokenError> {
        self.write(|state, _| state.register(processor, segments));
        Ok(())
    }

    async fn processors(&self) -> Result<Vec<ProcessorState>, TokenError> {
        Ok(self.read(TokenState::shown))
    }

    async fn set_desired(&self, processor: &ProcessorName, desired: Desired) -> Result<(), TokenError> {
        self.write(|state, _| {
            state.processor_mut(processor)?.desired = desired;
            Ok(())
        })
    }

    async fn split(
        &self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<(Segment, Segment), TokenError> {
        self.write(|state, _| state.split(processor, segment))
    }

    async fn merge(&self, processor: &ProcessorName, segment: Segment) -> Result<Segment, TokenError> {
        self.write(|state, _| state.merge(processor, segment))
    }

    async fn start_rebuild(&self, processor: &ProcessorName, first: Token) -> Result<Generation, TokenError> {
        self.write(|state, _| state.start_rebuild(processor, first))
    }

    async fn switch(&self, processor: &ProcessorName, force: bool) -> Result<(), TokenError> {
        self.write(|state, _| state.switch(processor, force))?;
        self.announce_progress();
        Ok(())
    }

    async fn begin_anew(&self, processor: &ProcessorName, first: Token) -> Result<(), TokenError> {
        self.write(|state, _| state.begin_anew(processor, first))?;
        self.announce_progress();
        Ok(())
    }

    async fn reset(&self, processor: &ProcessorName, to: Token) -> Result<usize, TokenError> {
        let gone = self.write(|state, _| state.reset(processor, to))?;
        self.announce_progress();
        Ok(gone)
    }

    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError> {
        self.write(|state, _| state.cancel_rebuild(processor))
    }

    /// What has ended is gone at once: nobody waits for memory.
    async fn sweep(&self, _processor: &ProcessorName, _limit: usize) -> Result<usize, TokenError> {
        Ok(0)
    }
}
