//! Where a processor goes on from: the token of a place that an operator named.

use std::fmt;

use super::{ActionError, Actions, ResetPlace};
use crate::ports::event_store::{Position, Types};
use crate::ports::message_source::{StartingPoint, Token};
use crate::ports::token_store::ProcessorName;
use crate::processing::SourceKind;

impl Actions {
    /// The token that stands at a place of what a processor follows.
    pub(super) async fn place(
        &self,
        processor: &ProcessorName,
        source: SourceKind,
        to: ResetPlace,
    ) -> Result<Token, ActionError> {
        match (to, source) {
            (ResetPlace::Beginning, _) => self.end(processor, StartingPoint::Beginning).await,
            (ResetPlace::Head, _) => self.end(processor, StartingPoint::Head).await,
            (ResetPlace::Time(time), _) => self.end(processor, StartingPoint::Time(time)).await,
            (ResetPlace::Position(position), SourceKind::Log) => self.in_log(processor, position).await,
            (ResetPlace::Position(_), SourceKind::Topic) => {
                let why = "it follows a partition of a topic, which can be gone through from `beginning`, from `head`, or \
                           from a time";
                Err(ActionError::NoSuchPlace { processor: processor.clone(), why: why.to_owned() })
            }
        }
    }

    async fn end(&self, processor: &ProcessorName, end: StartingPoint) -> Result<Token, ActionError> {
        let source = self.processors.source_of(processor);
        let source = source.ok_or_else(|| ActionError::UnknownProcessor { processor: processor.clone() })?;
        Ok(source.token_at(end).await?)
    }

    async fn in_log(&self, processor: &ProcessorName, position: Position) -> Result<Token, ActionError> {
        let page = self.store.read_log(position, &Types::new(), 1).await?;
        if position > Position::START && page.at_start.is_none() {
            let head = self.store.head().await?.position;
            let why = format!("position {position} is wanted, and the log ends at {head}");
            return Err(ActionError::NoSuchPlace { processor: processor.clone(), why });
        }
        Ok(Token { log: page.log, position, event: page.at_start })
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
