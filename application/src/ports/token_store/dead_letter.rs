//! Dead letters: what could not be handled, kept with its cause until somebody puts it right.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use super::EventOverride;
use super::claim::{Generation, ProcessorName};
use crate::ports::event_store::{Opaque, Position, Recorded};

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

/// What somebody wrote into an event may be personal: only its length is shown.
impl fmt::Debug for EventOverride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited(payload) => f.debug_tuple("Edited").field(&Opaque(payload)).finish(),
            Self::Skipped => f.write_str("Skipped"),
        }
    }
}
