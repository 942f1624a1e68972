//! Making the processor of actions known.

use std::sync::Arc;

use super::applying::desired;
use super::{ActionHandler, OPERATIONS, OperatorAction, OperatorEvent, ProcessorAction};
use crate::codec::AnyEvent;
use crate::ports::dead_letters::EventOverride;
use crate::ports::event_store::{EventId, Recorded};
use crate::ports::message_source::StartingPoint;
use crate::ports::token_store::{ProcessorName, Segment, TokenError};
use crate::processing::{DecodedEvent, ProcessorContext, Reaction};
use crate::queries::QueryError;

/// How often what lasts is applied again because somebody has acted meanwhile.
const ROUNDS_MAX: usize = 5;

/// What lasts of all actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastWords {
    /// How many words there are.
    pub count: usize,
    /// The event that says the last of them.
    pub last: Option<EventId>,
}

impl LastWords {
    fn of(words: &[Recorded]) -> Self {
        Self { count: words.len(), last: words.last().map(|word| word.id) }
    }
}

impl ActionHandler {
    /// Applies to a token store that has never seen this log's actions what of them lasts, and nothing that was done
    /// once: an old reset is not done again, and a pause that was ended does not come back.
    ///
    /// # Errors
    /// [`QueryError::Store`], [`QueryError::Tokens`] or [`QueryError::Unreadable`]; it may be called again.
    pub async fn apply_last_words(&self) -> Result<LastWords, QueryError> {
        let words = self.history.last_words().await?;
        let applied = LastWords::of(&words);
        for recorded in words {
            let happened = DecodedEvent::read(recorded)?;
            let AnyEvent::Operator(OperatorEvent::ActionTaken { action, .. }) = &happened.event else {
                continue;
            };
            let OperatorAction::Processor { name, action } = action else { continue };
            let applied = match action {
                ProcessorAction::Pause | ProcessorAction::Start => {
                    self.tokens.admin.set_desired(name, desired(&happened)).await
                }
                ProcessorAction::Edit { letter, payload } => {
                    self.put_override(name, letter, EventOverride::Edited(payload.0.clone())).await
                }
                ProcessorAction::Evict { letter } => {
                    self.put_override(name, letter, EventOverride::Skipped).await
                }
                // Done once, and over.
                ProcessorAction::Reset(_)
                | ProcessorAction::Rebuild
                | ProcessorAction::CancelRebuild
                | ProcessorAction::Switch
                | ProcessorAction::Split(_)
                | ProcessorAction::Merge(_)
                | ProcessorAction::Retry { .. }
                | ProcessorAction::Redeliver { .. } => Ok(()),
            };
            match applied {
                Err(TokenError::Unknown { processor, .. }) => {
                    tracing::warn!(%processor, "what was said of a processor that is not here any more is left out");
                }
                applied => applied?,
            }
        }
        Ok(applied)
    }

    /// The last event that says something that lasts.
    pub(super) async fn last_word(&self) -> Result<Option<EventId>, QueryError> {
        Ok(LastWords::of(&self.history.last_words().await?).last)
    }
}

/// The reaction that applies actions, with the name of its processor.
#[must_use]
pub fn applying(handler: &ActionHandler) -> (ProcessorName, Reaction) {
    (OPERATIONS, Reaction::Handler(Arc::new(handler.clone())))
}

/// Makes the processor of actions known, after all the others. In a token store that does not know it yet, it begins
/// after what the log has: of that, what lasts is applied here, and nothing that was done once.
///
/// # Errors
/// [`QueryError`] when the log or the token store cannot be used; it may be called again.
pub async fn enrol(handler: &ActionHandler, within: &ProcessorContext) -> Result<(), QueryError> {
    let admin = &within.tokens.admin;
    if admin.processors().await?.iter().any(|state| state.name == OPERATIONS) {
        return Ok(());
    }
    let first = within.source.token_at(StartingPoint::Head).await.map_err(QueryError::Source)?;
    // Another node may have begun to apply what is said now: its last word has to stand, and not an older one.
    for _round in 0..ROUNDS_MAX {
        let applied = handler.apply_last_words().await?;
        if handler.last_word().await? == applied.last {
            if applied.count > 0 {
                tracing::info!(words = applied.count, "what operators said before holds in this token store");
            }
            break;
        }
    }
    Ok(admin.register(&OPERATIONS, &[(Segment::WHOLE, first)]).await?)
}
