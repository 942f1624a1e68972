//! The port of dead letters: each call is one look or one change under the lock.

use std::collections::BTreeMap;

use application::ports::DeadLetters;
use application::ports::dead_letters::{DeadLetter, DeadLetterQuery, EventOverride, WaitingLetter};
use application::ports::event_store::EventId;
use application::ports::token_store::{Claim, ProcessorName, TokenError};
use async_trait::async_trait;

use super::MemoryTokenStore;

#[async_trait]
impl DeadLetters for MemoryTokenStore {
    async fn letters(&self, wanted: &DeadLetterQuery, limit: usize) -> Result<Vec<DeadLetter>, TokenError> {
        Ok(self.read(|state, _| state.letters(wanted, limit)))
    }

    async fn waiting_letters(
        &self,
        claim: &Claim,
        sequence: &str,
        limit: usize,
    ) -> Result<Vec<WaitingLetter>, TokenError> {
        Ok(self.read(|state, _| state.waiting_letters(claim, sequence, limit)))
    }

    async fn retry_now(
        &self,
        processor: &ProcessorName,
        sequence: Option<&str>,
    ) -> Result<usize, TokenError> {
        Ok(self.write(|state, now| state.retry_now(processor, sequence, now)))
    }

    async fn redeliver(&self, letter: DeadLetter) -> Result<(), TokenError> {
        self.write(|state, now| state.redeliver(letter, now))
    }

    async fn put_override(
        &self,
        processor: &ProcessorName,
        event: EventId,
        event_override: EventOverride,
    ) -> Result<(), TokenError> {
        self.write(|state, _| state.put_override(processor, event, event_override));
        Ok(())
    }

    async fn overrides(
        &self,
        processor: &ProcessorName,
    ) -> Result<BTreeMap<EventId, EventOverride>, TokenError> {
        Ok(self.read(|state, _| state.overrides(processor)))
    }
}
