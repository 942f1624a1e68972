//! What an operator says of an event has to hold in a view that is being built again, too: it may have passed the event
//! already, while the letter was one of the view that readers see.

use crate::ports::dead_letters::DeadLetterQuery;
use crate::ports::event_store::EventId;
use crate::ports::token_store::{ProcessorName, TokenError};
use crate::ports::{DeadLetters, ProcessorAdmin};
use crate::processing::letter_id;

/// Ends the rebuild of a processor that may have handled an event before this was said of it, and answers whether it did:
/// then it is to be begun again. One that keeps the event as a letter hears of it with the letter's next try. To be called
/// after the override is stored and its letters were tried again, since that is what stops tries under way.
///
/// # Errors
/// [`TokenError::Unavailable`], [`TokenError::UnknownOutcome`] or [`TokenError::Corrupt`].
pub async fn end_rebuild_that_passed(
    admin: &dyn ProcessorAdmin,
    letters: &dyn DeadLetters,
    name: &ProcessorName,
    event: EventId,
) -> Result<bool, TokenError> {
    let states = admin.processors().await?;
    let rebuilding = states.iter().find(|state| state.name == *name).and_then(|state| state.rebuilding);
    let Some(generation) = rebuilding else { return Ok(false) };
    let id = Some(letter_id(name, generation, event));
    if !letters.letters(&DeadLetterQuery { id, ..DeadLetterQuery::default() }, 1).await?.is_empty() {
        return Ok(false);
    }
    match admin.cancel_rebuild(name).await {
        // It has taken over, or was ended by somebody else.
        Err(TokenError::Unknown { .. }) => Ok(false),
        cancelled => cancelled.map(|()| true),
    }
}
