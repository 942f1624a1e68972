//! What an operator asks: how the processors stand, and what could not be handled.

mod acting;
mod fitting;
mod message_backlog;
mod rebuilding;
mod stopping;
mod sweeping;
mod unsaid;

use crate::ports::TokenPorts;
use crate::ports::dead_letters::{DeadLetter, DeadLetterId, DeadLetterQuery};
use crate::ports::token_store::{ProcessorName, TokenError};
use crate::processing::{ProcessorStatus, Processors};

pub use acting::{
    Acted, ActionError, Actions, Delivery, DeliveryState, LetterRequest, ProcessorRequest, ResetPlace,
    STOP_WAIT,
};
pub use fitting::{Fitting, fitting};
pub use message_backlog::{BacklogError, MessageBacklog, PartitionLag};
pub use rebuilding::{Course, Dropped, RebuildError, Rebuilding, Rebuilt, rebuild_views};
pub use stopping::StillRunning;
pub use sweeping::sweep_all;
pub use unsaid::{UnsaidError, UnsaidMessage, nothing_is_unsaid};

/// The operators' door. Cheap to clone.
#[derive(Clone)]
pub struct Control {
    processors: Processors,
    tokens: TokenPorts,
}

impl Control {
    /// The door to the processors of this process, and to the tokens and letters of all.
    #[must_use]
    pub const fn new(processors: Processors, tokens: TokenPorts) -> Self {
        Self { processors, tokens }
    }

    /// How many processors were ever registered.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    pub async fn registered(&self) -> Result<usize, TokenError> {
        Ok(self.tokens.admin.processors().await?.len())
    }

    /// Whether tokens can be written.
    ///
    /// # Errors
    /// [`TokenError`] says why not.
    pub async fn check_tokens(&self) -> Result<(), TokenError> {
        self.tokens.store.check_writing().await
    }

    /// Whether tokens are kept where they belong.
    ///
    /// # Errors
    /// [`TokenError`] says why not.
    pub async fn check_storage(&self) -> Result<(), TokenError> {
        self.tokens.store.check_storage().await
    }

    /// How all processors stand.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    pub async fn processors(&self) -> Result<Vec<ProcessorStatus>, TokenError> {
        self.processors.status().await
    }

    /// How one processor stands; none when there is none of this name.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    pub async fn processor(&self, name: &ProcessorName) -> Result<Option<ProcessorStatus>, TokenError> {
        Ok(self.processors().await?.into_iter().find(|status| status.name == *name))
    }

    /// Since when a processor of this process waits for something that is away, and for what.
    #[must_use]
    pub fn away_at(&self, name: &ProcessorName) -> Option<String> {
        self.processors.away_at(name)
    }

    /// What could not be handled, ordered by processor, kind, sequence and position, at most `limit`.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    pub async fn dead_letters(
        &self,
        wanted: &DeadLetterQuery,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, TokenError> {
        self.tokens.letters.letters(wanted, limit).await
    }

    /// One dead letter; none when it is not there any more.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    pub async fn dead_letter(&self, id: DeadLetterId) -> Result<Option<DeadLetter>, TokenError> {
        let wanted = DeadLetterQuery { id: Some(id), ..DeadLetterQuery::default() };
        Ok(self.dead_letters(&wanted, 1).await?.into_iter().next())
    }
}
