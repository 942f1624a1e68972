//! The log of all events, and the streams it is made of.

mod damage;
mod judging;
mod names;
mod shown;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use thiserror::Error;

use super::BoxError;

pub(crate) use shown::Opaque;

pub use damage::{DamagedEvent, MissingPosition, MissingVersion};
pub use judging::StreamEnd;
pub use names::{CommandId, EventId, LogId, Position, StreamName, TypeName, Types, Version};

/// The largest event, payload and metadata together, in bytes: 1 MiB.
pub const EVENT_BYTES_MAX: usize = 1024 * 1024;

/// Appends to streams, reads streams, and reads the one log they all stand in.
///
/// What every implementation keeps, and the contract tests prove: versions of a stream are 1, 2, 3 … and positions of
/// the log are 1, 2, 3 …, both without gap or repeat; positions follow the order of commits; a proposal is stored whole
/// or not at all; what was acknowledged survives as long as the store promises; payload and metadata come back byte for
/// byte. Every method may be called from many tasks at once, and dropping a future leaves nothing half done.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Stores many independent proposals in one round trip; outcome `i` belongs to proposal `i`.
    ///
    /// A proposal is all or nothing, and one that loses leaves its neighbours alone. No two proposals of one call name
    /// the same stream. A command id that is stored already, or that an earlier proposal of the same call brings, makes
    /// its proposal [`AppendOutcome::AlreadyDone`], before anything else is said of it but its size and ids that repeat
    /// within it. An empty list answers an empty list.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: nothing was stored. [`StoreError::UnknownOutcome`]: all or nothing of each proposal
    /// may have been stored; call again with the same command ids to find out. [`StoreError::Corrupt`] when the store
    /// contradicts itself, or one of the proposals can never be stored: nothing of any of them was, and whoever sends
    /// the others alone may find them stored.
    async fn append(&self, proposals: Vec<StreamAppend>) -> Result<Vec<AppendOutcome>, StoreError>;

    /// What earlier commands with these ids did, in the order asked; none for an id that stands on no event. Asked
    /// before a refusal or an empty decision is answered.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn outcomes_of(&self, commands: &[CommandId]) -> Result<Vec<Option<Done>>, StoreError>;

    /// A stream from `from` on, at most `limit` events: the snapshot if one is wanted and usable, and the events after
    /// it (or after the version given), oldest first. A stream that does not exist is empty and has head 0.
    ///
    /// A snapshot is usable when it names this log, lies not beyond the stream, and the event at its version is the one
    /// it names; else it is left out as if there were none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`], caused by [`MissingVersion`] when the piece has a gap.
    async fn load(&self, stream: &StreamName, from: LoadFrom, limit: usize) -> Result<Loaded, StoreError>;

    /// Keeps `snapshot` as the only one of its stream, unless a usable one of a later version is there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::UnknownOutcome`]; a snapshot may be lost without harm.
    async fn save_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), StoreError>;

    /// The log after a position, in order. `limit` (at least 1) bounds the positions scanned; events of `unwanted`
    /// types are left out, and `scanned_to` moves past them all the same.
    ///
    /// Never shows an event while one with a lower position may still appear. A page ends before a position that is
    /// missing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`], caused by [`MissingPosition`] when the next position is
    /// missing while later ones are there.
    async fn read_log(&self, after: Position, unwanted: &Types, limit: usize) -> Result<LogPage, StoreError>;

    /// The log before a position, newest first, at most `limit` events; `scanned_to` is the lowest position looked at.
    /// A page ends above a position that is missing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`], as [`EventStore::read_log`].
    async fn read_log_backward(&self, before: Position, limit: usize) -> Result<LogPage, StoreError>;

    /// Where the log ends.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn head(&self) -> Result<Head, StoreError>;

    /// The streams of a category in the order of their names' bytes, those after `after` only, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn streams_of(
        &self,
        category: &str,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Result<Vec<StreamName>, StoreError>;

    /// The last position whose event happened before `time`; [`Position::START`] when there is none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError>;

    /// Resolves at once when the log goes beyond `after`, else soon after an append. A hint: it may resolve without
    /// reason and, after appends by another process, late; nothing may depend on it for being correct.
    async fn appended(&self, after: Position);

    /// Whether what is appended would be kept where it belongs: whoever took files away while they were open has taken
    /// what is written to them from then on. Cheap enough to be asked every second; appends ask it by themselves.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with [`Displaced`](super::Displaced) behind it.
    async fn check_storage(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Whether appends have failed for want of room on the disk and would fail again. Cheap enough to be asked every
    /// second: a store that has not failed says so at once, and one that has tries again, with something that changes
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with [`Unwritable`](super::Unwritable) behind it.
    async fn check_writing(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Several commands of one stream, to be stored whole or not at all.
#[derive(Debug, Clone)]
pub struct StreamAppend {
    /// The stream.
    pub stream: StreamName,
    /// The version the stream has to have.
    pub expected: Version,
    /// The id of the event that has to stand at that version. None at version 0, and from a caller who knows the
    /// version only; then no ids are compared. A restored log may have the version with another history behind it.
    pub expected_event: Option<EventId>,
    /// What each command does, in order; at least one, and each command once.
    pub parts: Vec<CommandEvents>,
}

/// What one command does.
#[derive(Debug, Clone)]
pub struct CommandEvents {
    /// The command; kept on the first event.
    pub command: CommandId,
    /// The events in order; at least one.
    pub events: Vec<NewEvent>,
}

/// An event to be stored. Stores never see what it means.
#[derive(Clone)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// Its type's stored name.
    pub kind: TypeName,
    /// The revision of its payload's form, from 1.
    pub revision: u32,
    /// The payload, opaque.
    pub payload: Bytes,
    /// The metadata, opaque.
    pub metadata: Bytes,
    /// When it happened, by the clock of who appended it.
    pub occurred_at: Timestamp,
}

impl NewEvent {
    /// What counts against [`EVENT_BYTES_MAX`].
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.payload.len() + self.metadata.len()
    }
}

/// An event as it stands in the log.
#[derive(Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamName,
    /// Its place in the stream.
    pub version: Version,
    /// Its id.
    pub id: EventId,
    /// The command, on the first event of what that command did.
    pub command: Option<CommandId>,
    /// Its type's stored name.
    pub kind: TypeName,
    /// The revision of its payload's form.
    pub revision: u32,
    /// The payload.
    pub payload: Bytes,
    /// The metadata.
    pub metadata: Bytes,
    /// When it happened, by the clock of who appended it.
    pub occurred_at: Timestamp,
}

impl Recorded {
    /// How many bytes it was counted with against [`EVENT_BYTES_MAX`].
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.payload.len() + self.metadata.len()
    }
}

/// What became of a proposal. All but `Appended` wrote nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendOutcome {
    /// All its events are stored, at contiguous positions.
    Appended {
        /// The position of its first event.
        first: Position,
    },
    /// The stream has another version than expected, or at that version another event.
    Conflict {
        /// The version it has.
        actual: Version,
    },
    /// Some of its commands were stored before.
    AlreadyDone {
        /// These, with what they did.
        commands: Vec<(CommandId, Done)>,
    },
    /// One of its events is larger than [`EVENT_BYTES_MAX`].
    TooLarge {
        /// How large that event is, in bytes.
        bytes: usize,
    },
    /// Two of its parts are of one command, which can be done only once.
    RepeatedCommand {
        /// The command.
        command: CommandId,
    },
}

/// Where the first event of an earlier command stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// In this stream,
    pub stream: StreamName,
    /// at this version,
    pub version: Version,
    /// and at this place of the log.
    pub position: Position,
}

/// From where on a stream is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadFrom {
    /// From the latest usable snapshot, or from the beginning.
    Snapshot,
    /// After this version; no snapshot is wanted. The answer names the event at it.
    Version(Version),
}

/// A piece of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The snapshot to start from, when one was wanted and is usable.
    pub snapshot: Option<Snapshot>,
    /// Why a snapshot that was wanted and is there was left out.
    pub unusable: Option<&'static str>,
    /// The id of the event at the version that was asked from, to be compared with what is known of it. None when a
    /// snapshot was wanted, which names its event itself; none at version 0, or when the stream does not reach there.
    pub at_start: Option<EventId>,
    /// The events after it, in order.
    pub events: Vec<Recorded>,
    /// The version of the stream's last event, which may lie beyond `events`.
    pub head: Version,
}

/// A state as it was after an event.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The version of the last event in it.
    pub version: Version,
    /// That event's place in the log.
    pub position: Position,
    /// That event's id.
    pub event: EventId,
    /// The log it was made from.
    pub log: LogId,
    /// The fingerprint of the form of `state`.
    pub schema: u64,
    /// The state, opaque.
    pub state: Bytes,
}

impl Snapshot {
    /// Why a store leaves one out, for [`Loaded::unusable`].
    pub const FOREIGN: &str = "it was made from another log or lies beyond the end of its stream";
}

/// A piece of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The log.
    pub log: LogId,
    /// The id of the event at the position that was asked from; none at the start, or when the log does not reach
    /// there.
    pub at_start: Option<EventId>,
    /// The events that are wanted.
    pub events: Vec<Recorded>,
    /// The last position looked at; the position asked from when there was nothing.
    pub scanned_to: Position,
    /// The id of the event at `scanned_to`; none at the start.
    pub at_end: Option<EventId>,
    /// The log's last position when the page was read.
    pub head: Position,
}

/// Where a log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The log.
    pub log: LogId,
    /// Its last position; 0 when it is empty.
    pub position: Position,
    /// The id of the event there.
    pub event: Option<EventId>,
}

/// Why a store could not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// It cannot be reached or is busy beyond its limits; nothing was written, and a later try may go through.
    #[error("the event store cannot be used while {doing}; nothing was written, try again")]
    Unavailable {
        /// What was being done.
        doing: &'static str,
        /// Why not.
        #[source]
        source: BoxError,
    },
    /// The call was sent and its answer is lost; it may have been done.
    #[error("the answer of the event store was lost while {doing}; try again with the same command ids")]
    UnknownOutcome {
        /// What was being done.
        doing: &'static str,
        /// Why the answer is lost.
        #[source]
        source: BoxError,
    },
    /// What is stored contradicts itself.
    #[error("the event store holds something that cannot be right, met while {doing}")]
    Corrupt {
        /// What was being done.
        doing: &'static str,
        /// What was found.
        #[source]
        source: BoxError,
    },
}
