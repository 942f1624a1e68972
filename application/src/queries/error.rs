//! Why a question was not answered.

use thiserror::Error;

use crate::codec::DecodeError;
use crate::ports::event_store::{Position, StoreError};
use crate::ports::message_source::SourceError;
use crate::ports::token_store::{ProcessorName, TokenError};

/// Why a question was not answered.
#[derive(Debug, Error)]
pub enum QueryError {
    /// The view did not reach the position in time.
    #[error("the view `{view}` has reached position {reached} and {wanted} is wanted; try again")]
    ViewBehind {
        /// The processor that keeps the view.
        view: ProcessorName,
        /// How far it is.
        reached: Position,
        /// How far it has to be.
        wanted: Position,
    },
    /// The view was built from another log than the one that is there, or from this one before it was restored.
    #[error("the view `{view}` was built from another log")]
    ViewOfAnotherLog {
        /// The processor that keeps the view.
        view: ProcessorName,
        /// What does not fit, and what helps.
        #[source]
        source: SourceError,
    },
    /// The log does not reach the position.
    #[error(
        "the log ends at {head} and does not reach position {position}; it may have been restored, read it anew"
    )]
    BeyondHead {
        /// The position.
        position: Position,
        /// Where the log ends.
        head: Position,
    },
    /// The log could not be read.
    #[error("reading the log failed")]
    Store(#[from] StoreError),
    /// The log could not be read as what processors follow.
    #[error("reading the log failed")]
    Source(#[source] SourceError),
    /// A view could not be read.
    #[error("reading a view failed")]
    Tokens(#[from] TokenError),
    /// An event cannot be read.
    #[error("an event that the answer needs cannot be read")]
    Unreadable(#[from] DecodeError),
}

impl QueryError {
    /// Whether what has the answer cannot be asked now.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        match self {
            Self::Store(StoreError::Unavailable { .. } | StoreError::UnknownOutcome { .. })
            | Self::Tokens(TokenError::Unavailable { .. } | TokenError::UnknownOutcome { .. })
            | Self::Source(SourceError::Away { .. } | SourceError::Store(StoreError::Unavailable { .. })) => {
                true
            }
            Self::Store(_)
            | Self::Tokens(_)
            | Self::Source(_)
            | Self::ViewBehind { .. }
            | Self::ViewOfAnotherLog { .. }
            | Self::BeyondHead { .. }
            | Self::Unreadable(_) => false,
        }
    }
}
