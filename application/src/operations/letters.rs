//! What is said of single events is stored, and tried.

use super::applying::ApplyError;
use super::{ActionHandler, LetterTarget, end_rebuild_that_passed};
use crate::ports::TokenPorts;
use crate::ports::dead_letters::{DeadLetter, DeadLetterKind, DeadLetterQuery, EventOverride};
use crate::ports::event_store::{Position, Types};
use crate::ports::token_store::{ProcessorName, TokenError};
use crate::processing::letter_id;

impl ActionHandler {
    /// Stores what an operator says of an event, and has it hold wherever the event may be.
    pub(super) async fn say_of_event(
        &self,
        name: &ProcessorName,
        letter: &LetterTarget,
        event_override: EventOverride,
    ) -> Result<(), ApplyError> {
        self.put_override(name, letter, event_override).await?;
        self.try_letter_again(name, letter).await?;
        let TokenPorts { admin, letters, .. } = &self.tokens;
        if !end_rebuild_that_passed(&**admin, &**letters, name, letter.event).await? {
            return Ok(());
        }
        tracing::info!(processor = %name, "its rebuild had passed an event of which something else was said now, and begins again");
        self.rebuild(name).await
    }

    pub(super) async fn put_override(
        &self,
        name: &ProcessorName,
        letter: &LetterTarget,
        event_override: EventOverride,
    ) -> Result<(), TokenError> {
        self.tokens.letters.put_override(name, letter.event, event_override).await
    }

    /// Lets the letter's sequence be tried; one that was rejected has to come back into a sequence first.
    async fn try_letter_again(&self, name: &ProcessorName, target: &LetterTarget) -> Result<(), ApplyError> {
        match self.letter(target).await? {
            None => Ok(()),
            Some(letter) if letter.kind == DeadLetterKind::Rejected => self.park(letter).await,
            Some(letter) => {
                let retried = self.tokens.letters.retry_now(name, Some(&letter.sequence)).await;
                Ok(retried.map(|_letters| ())?)
            }
        }
    }

    pub(super) async fn redeliver(
        &self,
        name: &ProcessorName,
        target: &LetterTarget,
    ) -> Result<(), ApplyError> {
        if let Some(letter) = self.letter(target).await? {
            return self.park(letter).await;
        }
        let Some(before) = target.position.value().checked_sub(1) else { return Err(not_in_log(target)) };
        let page = self.store.read_log(Position::new(before), &Types::new(), 1).await?;
        let found = page.events.into_iter().next().filter(|event| event.id == target.event);
        let event = found.ok_or_else(|| not_in_log(target))?;
        let states = self.tokens.admin.processors().await?;
        let state = states.into_iter().find(|state| state.name == *name);
        let generation =
            state.ok_or_else(|| ApplyError::Refused(format!("no processor is named {name}")))?.live;
        let now = self.clock.now();
        let letter = DeadLetter {
            id: letter_id(name, generation, event.id),
            processor: name.clone(),
            generation,
            sequence: target.sequence.clone(),
            kind: DeadLetterKind::Parked,
            event,
            attempts: 0,
            failures: vec![],
            first_at: now,
            last_at: now,
            due: Some(now),
            revision: 0,
        };
        Ok(self.tokens.letters.redeliver(letter).await?)
    }

    async fn park(&self, letter: DeadLetter) -> Result<(), ApplyError> {
        let due = Some(self.clock.now());
        let letter = DeadLetter { kind: DeadLetterKind::Parked, attempts: 0, due, ..letter };
        Ok(self.tokens.letters.redeliver(letter).await?)
    }

    async fn letter(&self, target: &LetterTarget) -> Result<Option<DeadLetter>, TokenError> {
        let Some(id) = target.letter else { return Ok(None) };
        let wanted = DeadLetterQuery { id: Some(id), ..DeadLetterQuery::default() };
        Ok(self.tokens.letters.letters(&wanted, 1).await?.pop())
    }
}

fn not_in_log(target: &LetterTarget) -> ApplyError {
    ApplyError::Refused(format!(
        "the log does not have event {} at position {}",
        target.event, target.position
    ))
}
