//! The letters of a node's token store.

use std::collections::BTreeMap;

use application::ports::DeadLetters;
use application::ports::dead_letters::{DeadLetter, DeadLetterQuery, EventOverride, WaitingLetter};
use application::ports::event_store::EventId;
use application::ports::token_store::{Claim, ProcessorName, TokenError};
use async_trait::async_trait;

use super::PluggedTokens;

#[async_trait]
impl DeadLetters for PluggedTokens {
    async fn letters(&self, wanted: &DeadLetterQuery, limit: usize) -> Result<Vec<DeadLetter>, TokenError> {
        self.read("reading letters", wanted, self.inner.letters(wanted, limit)).await
    }

    async fn waiting_letters(
        &self,
        claim: &Claim,
        sequence: &str,
        limit: usize,
    ) -> Result<Vec<WaitingLetter>, TokenError> {
        let work = async {
            let found = self.inner.waiting_letters(claim, sequence, limit).await?;
            let letters = found.iter().map(|waiting| waiting.letter.clone()).collect();
            self.plug.sky().shows_a_try_of(letters);
            Ok(found)
        };
        self.read("reading waiting letters", &(claim, sequence, limit), work).await
    }

    async fn retry_now(
        &self,
        processor: &ProcessorName,
        sequence: Option<&str>,
    ) -> Result<usize, TokenError> {
        let (name, key) = (processor.clone(), sequence.map(str::to_owned));
        self.change("having letters tried again", &(processor, sequence), |inner| async move {
            inner.retry_now(&name, key.as_deref()).await
        })
        .await
    }

    async fn redeliver(&self, letter: DeadLetter) -> Result<(), TokenError> {
        let asked = letter.clone();
        self.change("having an event handled once more", &asked, |inner| async move {
            inner.redeliver(letter).await
        })
        .await
    }

    /// As long as the event has a letter: what was handled meanwhile is not to be treated otherwise.
    async fn put_override(
        &self,
        processor: &ProcessorName,
        event: EventId,
        event_override: EventOverride,
    ) -> Result<(), TokenError> {
        let (name, asked) = (processor.clone(), (processor.clone(), event, event_override.clone()));
        self.change("overriding an event", &asked, |inner| async move {
            let wanted = DeadLetterQuery { processor: Some(name.clone()), ..DeadLetterQuery::default() };
            let letters = inner.letters(&wanted, usize::MAX).await?;
            if letters.iter().any(|letter| letter.event.id == event) {
                inner.put_override(&name, event, event_override).await?;
            }
            Ok(())
        })
        .await
    }

    async fn overrides(
        &self,
        processor: &ProcessorName,
    ) -> Result<BTreeMap<EventId, EventOverride>, TokenError> {
        self.read("reading overrides", processor, self.inner.overrides(processor)).await
    }
}
