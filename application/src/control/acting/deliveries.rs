//! What became of one event at each processor.

use super::{ActionError, Actions};
use crate::ports::dead_letters::{DeadLetter, DeadLetterKind, DeadLetterQuery, EventOverride};
use crate::ports::event_store::{Position, Recorded, Types};
use crate::ports::processor_admin::ProcessorState;
use crate::ports::token_store::ProcessorName;
use crate::processing::letter_id;

/// What became of an event at one processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The processor.
    pub processor: ProcessorName,
    /// What became of the event there.
    pub state: DeliveryState,
    /// How often it was tried in vain; 0 where it was not.
    pub attempts: u32,
    /// What went wrong last.
    pub cause: Option<String>,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is done.
    Handled,
    /// The processor has not come to it.
    Waiting,
    /// It is tried again.
    Parked,
    /// It is not tried any more by itself.
    Abandoned,
    /// It did not fit.
    Rejected,
    /// It does not concern the processor.
    Ignored,
    /// An operator said that it is passed over.
    Skipped,
}

impl Actions {
    /// What became of the event at a position at each processor of this process that follows the log, in their order.
    ///
    /// # Errors
    /// [`ActionError::NoEvent`], or [`ActionError::Store`] or [`ActionError::Tokens`] when it cannot be found out.
    pub async fn deliveries(&self, position: Position) -> Result<Vec<Delivery>, ActionError> {
        let event = self.event_at(position).await?;
        let states = self.tokens.admin.processors().await?;
        let mut deliveries = Vec::new();
        for name in self.processors.names() {
            if !self.processors.follows_the_log(&name) {
                continue;
            }
            let state = states.iter().find(|state| state.name == name);
            deliveries.push(self.delivery(name, state, &event).await?);
        }
        Ok(deliveries)
    }

    pub(super) async fn event_at(&self, position: Position) -> Result<Recorded, ActionError> {
        let before = position.value().checked_sub(1).map(Position::new);
        let before = before.ok_or(ActionError::NoEvent { position })?;
        let page = self.store.read_log(before, &Types::new(), 1).await?;
        page.events.into_iter().next().ok_or(ActionError::NoEvent { position })
    }

    async fn delivery(
        &self,
        processor: ProcessorName,
        state: Option<&ProcessorState>,
        event: &Recorded,
    ) -> Result<Delivery, ActionError> {
        let bare = |state| Delivery { processor: processor.clone(), state, attempts: 0, cause: None };
        let Some(sequence) = self.processors.sequence_of(&processor, event) else {
            return Ok(bare(DeliveryState::Ignored));
        };
        if let Some(letter) = self.letter_of(&processor, state, event).await? {
            let kind = match letter.kind {
                DeadLetterKind::Parked => DeliveryState::Parked,
                DeadLetterKind::Abandoned => DeliveryState::Abandoned,
                DeadLetterKind::Rejected => DeliveryState::Rejected,
            };
            let cause = letter.failures.last().map(|last| last.cause.clone());
            return Ok(Delivery { attempts: letter.attempts, cause, ..bare(kind) });
        }
        if self.is_evicted(&processor, event).await? {
            return Ok(bare(DeliveryState::Skipped));
        }
        let reached = state.and_then(|state| {
            let mut live = state.live_segments();
            live.find(|known| known.segment.holds(&sequence)).map(|known| known.token.position)
        });
        let here = self.processors.reached_with(&processor, &sequence);
        let is_done = reached.max(here).is_some_and(|reached| reached >= event.position);
        Ok(bare(if is_done { DeliveryState::Handled } else { DeliveryState::Waiting }))
    }

    pub(super) async fn is_evicted(
        &self,
        processor: &ProcessorName,
        event: &Recorded,
    ) -> Result<bool, ActionError> {
        let overrides = self.tokens.letters.overrides(processor).await?;
        Ok(overrides.get(&event.id) == Some(&EventOverride::Skipped))
    }

    async fn letter_of(
        &self,
        processor: &ProcessorName,
        state: Option<&ProcessorState>,
        event: &Recorded,
    ) -> Result<Option<DeadLetter>, ActionError> {
        let Some(state) = state else { return Ok(None) };
        let id = Some(letter_id(processor, state.live, event.id));
        let wanted = DeadLetterQuery { id, ..DeadLetterQuery::default() };
        Ok(self.tokens.letters.letters(&wanted, 1).await?.pop())
    }
}
