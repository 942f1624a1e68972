//! What a processor follows: a source of events or messages with a token that says how far it has come.

use async_trait::async_trait;
use jiff::Timestamp;
use thiserror::Error;

use super::BoxError;
use super::event_store::{EventId, LogId, LogPage, Position, Recorded, StoreError, Types};

/// What helps when a token and the log do not belong together, for those who keep a view of it.
pub(crate) const REMEDY: &str = "put the log back that it belongs to, or stop the service and have the views built again with `rental rebuild-views`";

/// What is said where it is another node's turn.
pub(crate) const WAITING_FOR_GROUP: &str = "waiting for the group";

/// Hands out what lies after a token, in order.
#[async_trait]
pub trait MessageSource: Send + Sync {
    /// What lies after `token`, scanning at most `limit` places; leaves `unwanted` types out and moves past them.
    ///
    /// # Errors
    /// [`SourceError::ForeignLog`] or [`SourceError::ForeignToken`] when the token was made with another log or with a
    /// log that has lost events since; [`SourceError::Gone`] when what follows it is not kept any more;
    /// [`SourceError::Store`] or [`SourceError::Away`] when the source cannot be read.
    async fn read(&self, token: &Token, unwanted: &Types, limit: usize) -> Result<SourcePage, SourceError>;

    /// The token that stands at a place.
    ///
    /// # Errors
    /// [`SourceError::Store`] or [`SourceError::Away`] when the source cannot be read; [`SourceError::NoSuchPosition`].
    async fn token_at(&self, place: StartingPoint) -> Result<Token, SourceError>;

    /// That the source still has at `token` what it had when the token was made.
    ///
    /// # Errors
    /// As [`MessageSource::read`].
    async fn knows(&self, token: &Token) -> Result<(), SourceError>;

    /// Resolves soon after something lies beyond `token`; a hint like
    /// [`EventStore::appended`](super::EventStore::appended).
    async fn arrived(&self, token: &Token);

    /// That this node may read now. A source that a group of nodes shares out gives it to one of them at a time; the
    /// others leave the segment alone.
    ///
    /// # Errors
    /// [`SourceError::NotOurTurn`] while another node has it, or nobody has said who does.
    fn turn(&self) -> Result<(), SourceError> {
        Ok(())
    }

    /// Whether a group of nodes shares the source out, as [`MessageSource::turn`] says: then nobody else does.
    fn is_shared_out(&self) -> bool {
        false
    }

    /// Where a reader goes on that has just claimed its segment and finds `stored` in the token store: there, except
    /// where a source keeps a place of its own that others may move.
    ///
    /// # Errors
    /// As [`MessageSource::read`].
    async fn resume(&self, stored: &Token) -> Result<Token, SourceError> {
        Ok(*stored)
    }

    /// Takes note that everything up to `token` has had its effect and that the token store has the token. This is for
    /// sources that keep a place of their own, see [`MessageSource::resume`]; others do nothing.
    ///
    /// # Errors
    /// [`SourceError::Store`] when it could not be noted; nothing is lost by that.
    async fn acknowledged(&self, _token: &Token) -> Result<(), SourceError> {
        Ok(())
    }
}

/// A place that can be named without knowing the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartingPoint {
    /// Before everything.
    Beginning,
    /// After everything that is there now.
    Head,
    /// Before the first that was recorded at this time or later; the head when there is none. Brokers keep times in
    /// whole milliseconds.
    Time(Timestamp),
    /// After this position.
    Position(Position),
}

/// How far a reader of a log has come, and which log it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// The log.
    pub log: LogId,
    /// The last position that was handled; 0 before the first.
    pub position: Position,
    /// The id of the event there; none at 0.
    pub event: Option<EventId>,
}

impl Token {
    /// That the log has at this token what it had when the token was made; `page` was read after the token's position.
    ///
    /// # Errors
    /// [`SourceError::ForeignLog`] or [`SourceError::ForeignToken`].
    pub fn check(&self, page: &LogPage) -> Result<(), SourceError> {
        if page.log != self.log {
            return Err(SourceError::ForeignLog { expected: self.log, found: page.log });
        }
        if page.at_start != self.event {
            let (position, expected, found) = (self.position, self.event, page.at_start);
            return Err(SourceError::ForeignToken { position, expected, found });
        }
        Ok(())
    }
}

/// What lies after a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePage {
    /// What is wanted of it, in order.
    pub events: Vec<Recorded>,
    /// The token after the whole page.
    pub next: Token,
    /// The last position of the log when the page was read.
    pub head: Position,
}

/// Why a source could not be read.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The token and the log do not belong together.
    #[error(
        "at position {position} it names {} and the log has {} there: the log was restored from a backup or exchanged; {REMEDY}",
        named(*expected),
        named(*found)
    )]
    ForeignToken {
        /// The token's position.
        position: Position,
        /// The event the token names.
        expected: Option<EventId>,
        /// The event the log has there.
        found: Option<EventId>,
    },
    /// The token is of another log.
    #[error("it belongs to log {expected} and this is log {found}; {REMEDY}")]
    ForeignLog {
        /// The log the token names.
        expected: LogId,
        /// The log that is there.
        found: LogId,
    },
    /// What follows the token was there and is not kept any more.
    #[error(
        "what followed position {from} is gone up to {to}: it was not kept long enough; see what was missed, and reset the \
         processor to a place that is there"
    )]
    Gone {
        /// The token's position.
        from: Position,
        /// The last position that is not kept any more.
        to: Position,
    },
    /// Nothing stands at the position: it is not kept any more, or not there yet.
    #[error("position {wanted} is wanted, and what is kept goes from {from} to {to}")]
    NoSuchPosition {
        /// What was asked for.
        wanted: Position,
        /// The first position after which a reader can begin.
        from: Position,
        /// The last position that is there.
        to: Position,
    },
    /// The broker that has it is away, or does not answer.
    #[error("the broker cannot be used while {doing}; it is asked again")]
    Away {
        /// What was being done.
        doing: &'static str,
        /// What its client says.
        #[source]
        source: BoxError,
    },
    /// Another node reads it, or it is not known yet who does.
    #[error("{WAITING_FOR_GROUP} `{group}`: {why}")]
    NotOurTurn {
        /// The group of nodes that share it out.
        group: String,
        /// Who has it, as far as that is known.
        why: String,
    },
    /// The log cannot be read.
    #[error("reading what a processor follows failed")]
    Store(#[from] StoreError),
}

impl SourceError {
    /// Whether token and log do not belong together; no later try changes that.
    #[must_use]
    pub const fn is_foreign(&self) -> bool {
        match self {
            Self::ForeignToken { .. } | Self::ForeignLog { .. } => true,
            Self::Gone { .. }
            | Self::NoSuchPosition { .. }
            | Self::Away { .. }
            | Self::NotOurTurn { .. }
            | Self::Store(_) => false,
        }
    }
}

fn named(event: Option<EventId>) -> String {
    event.map_or_else(|| "no event".to_owned(), |event| format!("event {event}"))
}
