//! Where a processor goes on from: the token of a place that an operator named.

use std::fmt;

use super::{ActionError, Actions, ResetPlace};
use crate::ports::message_source::{SourceError, StartingPoint, Token};
use crate::ports::token_store::ProcessorName;

impl Actions {
    /// The token that stands at a place of what a processor follows.
    pub(super) async fn place(
        &self,
        processor: &ProcessorName,
        to: ResetPlace,
    ) -> Result<Token, ActionError> {
        let source = self.processors.source_of(processor);
        let source = source.ok_or_else(|| ActionError::UnknownProcessor { processor: processor.clone() })?;
        let place = match to {
            ResetPlace::Beginning => StartingPoint::Beginning,
            ResetPlace::Head => StartingPoint::Head,
            ResetPlace::Time(time) => StartingPoint::Time(time),
            ResetPlace::Position(position) => StartingPoint::Position(position),
        };
        source.token_at(place).await.map_err(|error| match error {
            SourceError::NoSuchPosition { .. } => {
                ActionError::NoSuchPlace { processor: processor.clone(), why: error.to_string() }
            }
            error => error.into(),
        })
    }
}

/// As an operator names it.
impl fmt::Display for ResetPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Beginning => f.write_str("beginning"),
            Self::Head => f.write_str("head"),
            Self::Position(position) => position.fmt(f),
            Self::Time(time) => time.fmt(f),
        }
    }
}
