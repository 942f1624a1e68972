//! Dead letters: what could not be handled, kept with its cause until somebody puts it right, and what operators say
//! about single events.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use super::event_store::{EventId, Opaque, Position, Recorded};
use super::token_store::{Claim, Generation, ProcessorName, TokenError};

/// Keeps what could not be handled and what was said about it, in the token store: a letter is put, replaced and
/// removed by a [`TokenStore::commit`](super::TokenStore::commit), together with rows and the token.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Letters that fit, in the order of [`DeadLetterOrder`]: by processor, kind (parked, abandoned, rejected),
    /// sequence and position.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn letters(&self, wanted: &DeadLetterQuery, limit: usize) -> Result<Vec<DeadLetter>, TokenError>;

    /// The letters that a sequence of the claim's generation waits for (parked and abandoned ones, never rejected
    /// ones), by position, at most `limit`, each with what was said about its event. Letters and overrides are read at
    /// one moment, so that a commit of what was made of them is refused when an operator has said something since.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn waiting_letters(
        &self,
        claim: &Claim,
        sequence: &str,
        limit: usize,
    ) -> Result<Vec<WaitingLetter>, TokenError>;

    /// Makes parked and abandoned letters of a processor due now (those of one sequence, or all), so that the segment's
    /// owner tries again; abandoned ones are parked again with their attempts counted from 0. That is a change of each
    /// of them. Answers how many.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`].
    async fn retry_now(&self, processor: &ProcessorName, sequence: Option<&str>)
    -> Result<usize, TokenError>;

    /// Has a processor handle one event once more, when the turn of its sequence comes: `letter` is parked in the live
    /// generation, due now and with its attempts counted from 0. One that the event has already, of any kind, is parked
    /// instead, with what it knows of causes. Whoever works on the sequence learns of it.
    ///
    /// Only for a processor whose effects have ids: a view would count the event twice.
    ///
    /// # Errors
    /// [`TokenError::Full`] when it has no place; [`TokenError::Unknown`] for a name that was never registered, or another
    /// generation than the live one; [`TokenError::Unavailable`].
    async fn redeliver(&self, letter: DeadLetter) -> Result<(), TokenError>;

    /// Says for good how one processor has to treat one event, also when it is replayed. That is a change of the
    /// event's letters.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`].
    async fn put_override(
        &self,
        processor: &ProcessorName,
        event: EventId,
        event_override: EventOverride,
    ) -> Result<(), TokenError>;

    /// Everything that was said with [`DeadLetters::put_override`] for a processor, the last word for each event.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn overrides(
        &self,
        processor: &ProcessorName,
    ) -> Result<BTreeMap<EventId, EventOverride>, TokenError>;
}

/// The most sequences of a processor's generation that may be parked or abandoned.
pub const SEQUENCES_MAX: usize = 1024;
/// The most parked and abandoned letters of one sequence in a generation.
pub const LETTERS_PER_SEQUENCE_MAX: usize = 1024;
/// The most rejected letters of a processor's generation; beyond it the oldest go and are counted.
pub const REJECTED_MAX: usize = 10_000;
/// How many failed attempts a letter remembers: the first and the latest ones.
pub const ATTEMPTS_KEPT: usize = 10;

/// A letter's id: the same for the same processor, generation and event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeadLetterId(Uuid);

impl DeadLetterId {
    /// This id.
    #[must_use]
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The id itself.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for DeadLetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One event that one processor could not handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id.
    pub id: DeadLetterId,
    /// The processor.
    pub processor: ProcessorName,
    /// The generation it belongs to.
    pub generation: Generation,
    /// The sequence: events of the same key keep their order.
    pub sequence: String,
    /// What is to become of it.
    pub kind: DeadLetterKind,
    /// The whole event.
    pub event: Recorded,
    /// How often it was tried; 0 for a follower that waits behind another letter.
    pub attempts: u32,
    /// What went wrong, oldest first; at most [`ATTEMPTS_KEPT`].
    pub failures: Vec<FailedAttempt>,
    /// When it came here.
    pub first_at: Timestamp,
    /// When it was tried last.
    pub last_at: Timestamp,
    /// When it is to be tried next; none when it is not tried by itself.
    pub due: Option<Timestamp>,
    /// How often it was changed, counted by the store; 0 for one that it does not have. In a commit: as it was read. So
    /// nobody overwrites what an operator said meanwhile.
    pub revision: u64,
}

/// A letter that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledLetter {
    /// Which.
    pub id: DeadLetterId,
    /// Its revision as it was read.
    pub revision: u64,
}

/// A letter that its sequence waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingLetter {
    /// The letter.
    pub letter: DeadLetter,
    /// What was said about its event.
    pub event_override: Option<EventOverride>,
}

impl DeadLetter {
    /// This letter as one that is done.
    #[must_use]
    pub const fn settled(&self) -> SettledLetter {
        SettledLetter { id: self.id, revision: self.revision }
    }

    /// Where it stands among all letters.
    #[must_use]
    pub fn place(&self) -> DeadLetterOrder {
        DeadLetterOrder {
            processor: self.processor.clone(),
            kind: self.kind,
            sequence: self.sequence.clone(),
            position: self.position(),
            generation: self.generation,
            id: self.id,
        }
    }

    /// Where its event stands in the log.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.event.position
    }
}

/// One failed attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAttempt {
    /// When.
    pub at: Timestamp,
    /// The chain of causes, outermost first, without payloads.
    pub cause: String,
}

/// What is to become of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeadLetterKind {
    /// It is tried again; later events of its sequence wait behind it.
    Parked,
    /// It was tried too often; later events of its sequence still wait behind it.
    Abandoned,
    /// It does not fit and will not be tried; it blocks nothing.
    Rejected,
}

/// Which letters are wanted; what is none does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterQuery {
    /// Only this one.
    pub id: Option<DeadLetterId>,
    /// Only of this processor.
    pub processor: Option<ProcessorName>,
    /// Only of this generation.
    pub generation: Option<Generation>,
    /// Only of this sequence.
    pub sequence: Option<String>,
    /// Only of this kind.
    pub kind: Option<DeadLetterKind>,
    /// Only those that come after this place, in the order of [`DeadLetterOrder`].
    pub after: Option<DeadLetterOrder>,
}

/// Where a letter stands among all: letters come in this order. The place stays when the letter is gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeadLetterOrder {
    /// The processor.
    pub processor: ProcessorName,
    /// The kind: parked, abandoned, rejected.
    pub kind: DeadLetterKind,
    /// The sequence, compared byte by byte.
    pub sequence: String,
    /// Where the event stands in the log.
    pub position: Position,
    /// The generation.
    pub generation: Generation,
    /// The letter; its bytes decide when all else is equal.
    pub id: DeadLetterId,
}

/// A sequence that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedSequence {
    /// Its key.
    pub sequence: String,
    /// How many letters it has.
    pub letters: usize,
    /// Where the event of its head stands in the log; events before it wait for nothing.
    pub head: Position,
    /// When its head is to be tried next; none when it is abandoned.
    pub due: Option<Timestamp>,
}

/// How one processor has to treat one event.
#[derive(Clone, PartialEq, Eq)]
pub enum EventOverride {
    /// As if it had this payload.
    Edited(Bytes),
    /// As if it were not there.
    Skipped,
}

/// What somebody wrote into an event may be personal: only its length is shown.
impl fmt::Debug for EventOverride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited(payload) => f.debug_tuple("Edited").field(&Opaque(payload)).finish(),
            Self::Skipped => f.write_str("Skipped"),
        }
    }
}
