//! The port of dead letters: letters and what operators say of them.

use std::collections::BTreeMap;

use application::ports::DeadLetters;
use application::ports::dead_letters::{DeadLetter, DeadLetterQuery, EventOverride, WaitingLetter};
use application::ports::event_store::EventId;
use application::ports::token_store::{Claim, ProcessorName, TokenError};
use async_trait::async_trait;

use super::{MongoTokenStore, dead_letters, overrides, while_doing};

#[async_trait]
impl DeadLetters for MongoTokenStore {
    async fn letters(&self, wanted: &DeadLetterQuery, limit: usize) -> Result<Vec<DeadLetter>, TokenError> {
        while_doing("reading letters", dead_letters::letters(&self.connection, wanted, limit)).await
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
        while_doing("making letters due", dead_letters::retry_now(&self.connection, processor, sequence))
            .await
    }

    async fn redeliver(&self, letter: DeadLetter) -> Result<(), TokenError> {
        while_doing("having an event handled once more", dead_letters::redeliver(&self.connection, letter))
            .await
    }

    async fn put_override(
        &self,
        processor: &ProcessorName,
        event: EventId,
        event_override: EventOverride,
    ) -> Result<(), TokenError> {
        let put = overrides::put_override(&self.connection, processor, event, &event_override);
        while_doing("keeping an overlay", put).await
    }

    async fn overrides(
        &self,
        processor: &ProcessorName,
    ) -> Result<BTreeMap<EventId, EventOverride>, TokenError> {
        while_doing("reading overrides", overrides::overrides(&self.working, processor)).await
    }
}
