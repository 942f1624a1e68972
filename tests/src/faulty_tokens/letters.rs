//! The letters of a token store that misbehaves.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use application::ports::DeadLetters;
use application::ports::dead_letters::{DeadLetter, DeadLetterQuery, EventOverride, WaitingLetter};
use application::ports::event_store::EventId;
use application::ports::token_store::{Claim, ProcessorName, TokenError};
use async_trait::async_trait;

use super::{FaultyTokens, lock};

#[async_trait]
impl DeadLetters for FaultyTokens {
    async fn letters(&self, wanted: &DeadLetterQuery, limit: usize) -> Result<Vec<DeadLetter>, TokenError> {
        self.inner.letters(wanted, limit).await
    }

    async fn waiting_letters(
        &self,
        claim: &Claim,
        sequence: &str,
        limit: usize,
    ) -> Result<Vec<WaitingLetter>, TokenError> {
        self.sequences_read.fetch_add(1, Ordering::SeqCst);
        if lock(&self.broken).sequence.as_deref() == Some(sequence) {
            return Err(TokenError::Corrupt { doing: "reading letters", source: "a letter is torn".into() });
        }
        let letters = self.inner.waiting_letters(claim, sequence, limit).await?;
        self.letters_read.fetch_add(letters.len(), Ordering::SeqCst);
        Ok(letters)
    }

    async fn retry_now(
        &self,
        processor: &ProcessorName,
        sequence: Option<&str>,
    ) -> Result<usize, TokenError> {
        self.inner.retry_now(processor, sequence).await
    }

    async fn redeliver(&self, letter: DeadLetter) -> Result<(), TokenError> {
        self.inner.redeliver(letter).await
    }

    async fn put_override(
        &self,
        processor: &ProcessorName,
        event: EventId,
        event_override: EventOverride,
    ) -> Result<(), TokenError> {
        self.inner.put_override(processor, event, event_override).await
    }

    async fn overrides(
        &self,
        processor: &ProcessorName,
    ) -> Result<BTreeMap<EventId, EventOverride>, TokenError> {
        self.inner.overrides(processor).await
    }
}
