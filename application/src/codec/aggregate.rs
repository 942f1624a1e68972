//! What the command path needs to know of an aggregate beyond its rules: its stream, and the stored form of its events
//! and states.

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use domain::{BookNo, Decider, Month, ProcessId};

use super::{AnyEvent, DecodeError, SequenceKeys};
use crate::ports::BoxError;
use crate::ports::event_store::{Opaque, Recorded, StreamName, TypeName};

/// An aggregate that can be stored.
pub trait Aggregate:
    Decider<
        Command: Clone + fmt::Debug + Send + Sync + 'static,
        Event: Clone + fmt::Debug + PartialEq + Send + Sync + 'static,
        Refusal: Clone + Error + Send + Sync + 'static,
    > + Clone
    + Send
    + Sync
    + 'static
{
    /// What tells one from another.
    type Id: Clone + fmt::Display + fmt::Debug + Eq + Send + Sync + 'static;

    /// The first part of its streams' names.
    const CATEGORY: &'static str;

    /// The fingerprint of the form of [`Aggregate::freeze`]; another one makes older snapshots unusable.
    const SNAPSHOT_SCHEMA: u64;

    /// The stream of one of them.
    #[must_use]
    fn stream(id: &Self::Id) -> StreamName {
        StreamName::of(Self::CATEGORY, id)
    }

    /// The stored form of an event.
    fn encode(event: &Self::Event) -> Encoded;

    /// Reads a stored event, whatever its revision.
    ///
    /// # Errors
    /// [`DecodeError`] for a type or revision that is not known, or a payload of another form.
    fn decode(recorded: &Recorded) -> Result<Self::Event, DecodeError>;

    /// The event among all events.
    fn any(event: Self::Event) -> AnyEvent;

    /// The sequences an event of the aggregate with this id belongs to.
    fn keys(id: &Self::Id, event: &Self::Event) -> SequenceKeys;

    /// The attempt an event belongs to.
    fn correlation(event: &Self::Event) -> Option<ProcessId>;

    /// The stored form of the state.
    fn freeze(&self) -> Bytes;

    /// Reads a state back.
    ///
    /// # Errors
    /// What is wrong, when it does not have the form; the snapshot is ignored then.
    fn thaw(state: &[u8]) -> Result<Self, BoxError>;

    /// About how many bytes the state takes in memory; bounds the cache.
    fn bytes(&self) -> usize;
}

/// The stored form of an event.
#[derive(Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Its type's name.
    pub kind: TypeName,
    /// The newest revision of its form.
    pub revision: u32,
    /// The payload: JSON text.
    pub payload: Bytes,
}

/// The payload may be personal: only its length is shown.
impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, revision, payload } = self;
        write!(f, "{kind} revision {revision} {:?}", Opaque(payload))
    }
}

/// Which best-seller: a copy in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BestSellerId {
    /// The month.
    pub month: Month,
    /// The copy.
    pub book: BookNo,
}

impl fmt::Display for BestSellerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.month, self.book)
    }
}
