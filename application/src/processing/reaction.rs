//! What a processor does with an event or a message: fold it into a row of a view, send a command, or publish it.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

use super::status::ReactionKind;
use crate::codec::{AnyEvent, DecodeError, Metadata, SequenceKeys, decode};
use crate::messages::Message;
use crate::ports::event_store::{Recorded, TypeName};
use crate::ports::token_store::{Row, RowKey};
use crate::ports::{BoxError, Publisher};
use crate::services::Services;

/// The one reaction of a processor. Cheap to clone.
#[derive(Clone)]
pub enum Reaction {
    /// Rows and token are one commit.
    Projection(Arc<dyn Projection>),
    /// The effect comes first and the token after it; the effect has an id, so that doing it again changes nothing.
    Handler(Arc<dyn EventHandler>),
    /// As a handler, of a partition of a topic: everything in it is wanted, and its sequences are those of the
    /// messages' keys.
    Consumer(Arc<dyn EventHandler>),
    /// As a projection, of a partition of a topic: everything in it is wanted.
    Learner(Arc<dyn MessageProjection>),
    /// Publishes what events say to others, in the order of the log.
    Relay(Relay),
}

/// Publishes what the events of some services say to others. Cheap to clone.
#[derive(Clone)]
pub struct Relay {
    /// Where it goes.
    pub publisher: Arc<dyn Publisher>,
    /// Whose events: what other services say, they say themselves, from logs of their own.
    pub services: Services,
    /// What has to happen once an event is published, before the token passes it.
    pub afterwards: Option<Arc<dyn EventHandler>>,
}

/// Folds events into the rows of a view: a pure function. A row belongs to one sequence key for ever.
pub trait Projection: Send + Sync {
    /// The types that change a row.
    fn wanted(&self) -> &'static [&'static str];

    /// Which key keeps events in order.
    fn sequence(&self) -> Sequence;

    /// The row that an event changes; none when it changes none.
    fn row(&self, event: &AnyEvent) -> Option<RowKey>;

    /// The row after an event: `old` is the row as it was, and none stands for no row.
    fn apply(&self, old: Option<Row>, happened: &DecodedEvent) -> Option<Row>;
}

/// Folds messages of a broker into the rows of a view: a pure function. All messages that change a row have one key.
pub trait MessageProjection: Send + Sync {
    /// The row that a message changes; none when it changes none.
    fn row(&self, message: &Message) -> Option<RowKey>;

    /// The row after a message: `old` is the row as it was, and none stands for no row.
    fn apply(&self, old: Option<Row>, message: &Message) -> Option<Row>;
}

/// Lets an event have its effect. Called again with the same event, it must not have it twice.
#[async_trait]
pub trait EventHandler: Send + Sync {
    /// The types that may have an effect.
    fn wanted(&self) -> &'static [&'static str];

    /// Which key keeps events in order.
    fn sequence(&self) -> Sequence;

    /// Whether several segments of it may work beside one another.
    fn can_be_divided(&self) -> bool {
        true
    }

    /// Whether an event that was damaged is kept to be looked at and nothing waits for it, because what follows does not
    /// build on it.
    fn goes_on_past_damage(&self) -> bool {
        false
    }

    /// Handles one event.
    ///
    /// # Errors
    /// [`HandlingError`], which says what is to become of the event.
    async fn handle(&self, happened: &DecodedEvent) -> Result<(), HandlingError>;

    /// Handles a message that came over a broker. Those who only follow the log have nothing to do with one, and reject
    /// it.
    ///
    /// # Errors
    /// [`HandlingError`], which says what is to become of the message.
    async fn handle_message(&self, _message: &Message) -> Result<(), HandlingError> {
        Err(HandlingError::Reject("nobody here handles messages of a broker".into()))
    }
}

/// An event with all that could be read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedEvent {
    /// The event as it is stored.
    pub recorded: Recorded,
    /// What stands beside it.
    pub metadata: Metadata,
    /// What it says.
    pub event: AnyEvent,
}

/// What is to become of an event that was not handled.
#[derive(Debug, Error)]
pub enum HandlingError {
    /// Something that is needed is away: nothing moves on, and it is tried again soon.
    #[error("something that is needed is away")]
    Wait(#[source] BoxError),
    /// What this event is for has too much to do just now: what follows in its sequence waits, and all else goes on.
    #[error("there is too much to do for it just now")]
    Busy(#[source] BoxError),
    /// It does not fit and never will: it is kept, and blocks nothing.
    #[error("the message does not fit")]
    Reject(#[source] BoxError),
    /// It failed: it is parked, and what follows in its sequence waits behind it.
    #[error("handling failed")]
    Park(#[source] BoxError),
}

/// Which key of an event keeps it in order with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequence {
    /// `book:{no}`.
    Book,
    /// `member:{id}`.
    Member,
    /// `process:{id}`.
    Process,
}

impl Sequence {
    /// The key as it is hashed, parked and shown; none when the event has none of this kind.
    #[must_use]
    pub fn key(self, keys: &SequenceKeys) -> Option<String> {
        match self {
            Self::Book => keys.book.map(|no| format!("book:{no}")),
            Self::Member => keys.member.as_ref().map(|id| format!("member:{id}")),
            Self::Process => keys.process.map(|id| format!("process:{id}")),
        }
    }
}

impl Reaction {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> ReactionKind {
        match self {
            Self::Projection(_) | Self::Learner(_) => ReactionKind::Projection,
            Self::Handler(_) | Self::Consumer(_) => ReactionKind::Handler,
            Self::Relay(_) => ReactionKind::Relay,
        }
    }

    /// Whether it is for a partition of a topic and not for the log.
    #[must_use]
    pub const fn consumes(&self) -> bool {
        matches!(self, Self::Consumer(_) | Self::Learner(_))
    }

    /// Whether several segments of it may work beside one another. The relay keeps the order of the whole log, and a
    /// partition is one segment.
    #[must_use]
    pub fn can_be_divided(&self) -> bool {
        match self {
            Self::Projection(_) => true,
            Self::Handler(handler) => handler.can_be_divided(),
            Self::Consumer(_) | Self::Learner(_) | Self::Relay(_) => false,
        }
    }

    /// Which key keeps events in order.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        match self {
            Self::Projection(projection) => projection.sequence(),
            Self::Handler(handler) | Self::Consumer(handler) => handler.sequence(),
            Self::Learner(_) => Sequence::Book,
            // Messages are in order by member; the catalogue's are by book, whose stream stands in.
            Self::Relay(_) => Sequence::Member,
        }
    }

    /// Whether events of this type concern it.
    #[must_use]
    pub fn wants(&self, kind: &TypeName) -> bool {
        let wanted = match self {
            Self::Projection(projection) => projection.wanted(),
            Self::Handler(handler) => handler.wanted(),
            // A sender may name any type, and what says nothing to others is found out by translating it.
            Self::Consumer(_) | Self::Learner(_) | Self::Relay(_) => return true,
        };
        wanted.contains(&kind.as_str())
    }
}

impl DecodedEvent {
    /// Reads a stored event.
    ///
    /// # Errors
    /// [`DecodeError`] when the event or what stands beside it cannot be read.
    pub fn read(recorded: Recorded) -> Result<Self, DecodeError> {
        let metadata = Metadata::decode(&recorded)?;
        Self::read_with(recorded, metadata)
    }

    /// Reads a stored event whose metadata were read before.
    pub(super) fn read_with(recorded: Recorded, metadata: Metadata) -> Result<Self, DecodeError> {
        let event = decode(&recorded)?;
        Ok(Self { recorded, metadata, event })
    }
}

/// The chain of causes as one line, outermost first. Some errors say what their source says and have it as their source
/// all the same: that is said once.
#[must_use]
pub fn cause_of(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.extend([": ", &said]);
        }
        next = cause.source();
    }
    text
}
