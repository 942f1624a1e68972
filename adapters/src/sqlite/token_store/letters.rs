//! The port of dead letters: each call is one change or one question.

use std::collections::BTreeMap;

use application::ports::DeadLetters;
use application::ports::dead_letters::{DeadLetter, DeadLetterQuery, EventOverride, WaitingLetter};
use application::ports::event_store::EventId;
use application::ports::token_store::{Claim, ProcessorName, TokenError};
use async_trait::async_trait;

use super::{SqliteTokenStore, dead_letters, overrides};

#[async_trait]
impl DeadLetters for SqliteTokenStore {
    async fn letters(&self, wanted: &DeadLetterQuery, limit: usize) -> Result<Vec<DeadLetter>, TokenError> {
        let wanted = wanted.clone();
        let letters = self.read("reading letters", move |tables| {
            Box::pin(async move { dead_letters::letters(tables, &wanted, limit).await })
        });
        letters.await
    }

    async fn waiting_letters(
        &self,
        claim: &Claim,
        sequence: &str,
        limit: usize,
    ) -> Result<Vec<WaitingLetter>, TokenError> {
        let (claim, sequence) = (claim.clone(), sequence.to_owned());
        let letters = self.read_working("reading what a sequence waits for", move |tables| {
            Box::pin(async move { dead_letters::waiting_letters(tables, &claim, &sequence, limit).await })
        });
        letters.await
    }

    async fn retry_now(
        &self,
        processor: &ProcessorName,
        sequence: Option<&str>,
    ) -> Result<usize, TokenError> {
        let (name, sequence) = (processor.clone(), sequence.map(str::to_owned));
        let retry = self.write("making letters due", move |tables, now| {
            Box::pin(async move { dead_letters::retry_now(tables, now, &name, sequence.as_deref()).await })
        });
        let due = retry.await;
        self.announce_word();
        due
    }

    async fn redeliver(&self, letter: DeadLetter) -> Result<(), TokenError> {
        let redeliver = self.write("having an event handled once more", move |tables, now| {
            Box::pin(async move { dead_letters::redeliver(tables, now, letter).await })
        });
        let redelivered = redeliver.await;
        self.announce_word();
        redelivered
    }

    async fn put_override(
        &self,
        processor: &ProcessorName,
        event: EventId,
        event_override: EventOverride,
    ) -> Result<(), TokenError> {
        let name = processor.clone();
        let put = self.write("keeping an overlay", move |tables, _| {
            Box::pin(async move { overrides::put_override(tables, &name, event, event_override).await })
        });
        let put = put.await;
        self.announce_word();
        put
    }

    async fn overrides(
        &self,
        processor: &ProcessorName,
    ) -> Result<BTreeMap<EventId, EventOverride>, TokenError> {
        let name = processor.clone();
        let overrides = self.read_working("reading overrides", move |tables| {
            Box::pin(async move { overrides::overrides(tables, &name).await })
        });
        overrides.await
    }
}
