//! Whether a view follows from the log that is there: one that was built from another is not answered from.

use super::{Queries, QueryError};
use crate::ports::event_store::{Head, Types};
use crate::ports::message_source::SourceError;
use crate::ports::processor_admin::SegmentState;
use crate::ports::token_store::{ProcessorName, TokenError};
use crate::processing::TORN;

impl Queries {
    /// That the log still has everything that a view was built from. Where the processors of this process have seen so
    /// with their last page, nobody else is asked.
    ///
    /// # Errors
    /// [`QueryError::ViewOfAnotherLog`]; [`QueryError::Store`] or [`QueryError::Tokens`] when that cannot be found out.
    pub(super) async fn follows_from_log(&self, view: &ProcessorName) -> Result<(), QueryError> {
        if self.processors.vouch_for(view) {
            return Ok(());
        }
        // The end of the log is read after the tokens: it only grows, and they must not seem to lie beyond it.
        let states = self.ports.tokens.admin.processors().await?;
        let head = self.ports.store.head().await?;
        let Some(state) = states.iter().find(|state| state.name == *view) else { return Ok(()) };
        if !state.is_whole() {
            return Err(TokenError::Corrupt { doing: "reading a view", source: TORN.into() }.into());
        }
        for segment in state.live_segments() {
            self.fits(segment, head).await?.map_err(|source| {
                let view = view.clone();
                QueryError::ViewOfAnotherLog { view, source }
            })?;
        }
        Ok(())
    }

    /// Whoever holds a segment compares its token with each page; where nobody does, that is done here.
    async fn fits(&self, segment: &SegmentState, head: Head) -> Result<Result<(), SourceError>, QueryError> {
        let token = segment.token;
        let lies_within = token.log == head.log && token.position <= head.position;
        if lies_within && segment.owner.is_some() {
            return Ok(Ok(()));
        }
        Ok(token.check(&self.ports.store.read_log(token.position, &Types::new(), 1).await?))
    }
}
