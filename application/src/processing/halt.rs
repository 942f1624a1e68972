//! Why a step could not go on, sorted by what has to be done about it.

use crate::ports::message_source::SourceError;
use crate::ports::token_store::TokenError;
use crate::ports::{StoreError, event_store::TypeName};

use super::reaction::cause_of;

/// Why a step could not go on.
#[derive(Debug)]
pub(super) enum Halt {
    /// The claim is gone: claim again.
    Stale(String),
    /// Something is away or full: wait longer each time.
    Away(String),
    /// What is stored contradicts itself.
    Corrupt(String),
    /// A letter is not what it was when it was read: read it again.
    Changed(String),
    /// How a commit ended is not known: only a new claim tells.
    Unsure(String),
    /// Somebody else holds the segment: look again soon.
    NotOurs(String),
    /// Nobody may work on it: look again soon.
    Paused(String),
    /// The token is of another log, or of this one before it was restored.
    Foreign(String),
    /// An event of this type is too new for this node, and another one may know it.
    TooNew(TypeName),
}

impl From<TokenError> for Halt {
    fn from(error: TokenError) -> Self {
        let text = cause_of(&error);
        match error {
            TokenError::Stale { .. } => Self::Stale(text),
            TokenError::LetterChanged { .. } => Self::Changed(text),
            TokenError::Corrupt { .. } => Self::Corrupt(text),
            TokenError::UnknownOutcome { .. } => Self::Unsure(text),
            TokenError::Held { owner, until, .. } => {
                Self::NotOurs(format!("claim held by {owner} until {until}"))
            }
            TokenError::Paused { by, reason, .. } => Self::Paused(paused(&by, &reason)),
            TokenError::Unknown { .. } => Self::NotOurs(text),
            TokenError::Unavailable { .. }
            | TokenError::Full { .. }
            | TokenError::CannotReshape { .. }
            | TokenError::CannotReset { .. }
            | TokenError::CannotSwitch { .. } => Self::Away(text),
        }
    }
}

impl From<SourceError> for Halt {
    fn from(error: SourceError) -> Self {
        let text = cause_of(&error);
        match error {
            SourceError::ForeignToken { .. } | SourceError::ForeignLog { .. } => {
                Self::Foreign(of_another_log(&error))
            }
            SourceError::NotOurTurn { .. } => Self::NotOurs(text),
            // It never jumps by itself over what nobody has seen.
            SourceError::Gone { .. }
            | SourceError::NoSuchPosition { .. }
            | SourceError::Store(StoreError::Corrupt { .. }) => Self::Corrupt(text),
            SourceError::Away { .. }
            | SourceError::Store(StoreError::Unavailable { .. } | StoreError::UnknownOutcome { .. }) => {
                Self::Away(text)
            }
        }
    }
}

/// What a paused processor says.
pub(super) fn paused(by: &str, reason: &str) -> String {
    format!("paused by {by}: {reason}")
}

/// What a processor says of which not all segments are there.
pub(crate) const TORN: &str = "a segment of it is missing in the token store, so that some events are handled by nobody; stop \
     every node and run `rental rebuild-views`";

/// What a processor says that works on a generation which is not rebuilt any more.
pub(super) const REBUILD_HAS_ENDED: &str = "the rebuild that it works on has ended";

/// What a processor says whose token does not fit the log.
pub(super) fn of_another_log(error: &SourceError) -> String {
    format!("the token is of another log: {error}")
}
