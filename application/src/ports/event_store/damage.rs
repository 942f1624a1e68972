//! What can be wrong with a log that contradicts itself, and where.

use thiserror::Error;

use super::{EventId, LoadFrom, Loaded, LogId, LogPage, Position, Recorded, StoreError, Version};

/// No event has this position, and later ones are there: a backup was restored in part, or somebody wrote to the log by
/// hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("position {0} is missing and later ones are there; restore the log from a whole backup")]
pub struct MissingPosition(pub Position);

/// No event of a stream has this version, and later ones are there, for the same reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("version {0} of the stream is missing and later ones are there; restore the log from a whole backup")]
pub struct MissingVersion(pub Version);

/// What stands at a position cannot be an event: the disk, or somebody by hand, has changed it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the event at position {position}: {found}")]
pub struct DamagedEvent {
    /// Where.
    pub position: Position,
    /// What is wrong with it.
    pub found: String,
}

impl StoreError {
    /// The event that is damaged, if that is what is wrong.
    #[must_use]
    pub fn damaged_event(&self) -> Option<&DamagedEvent> {
        match self {
            Self::Corrupt { source, .. } => source.downcast_ref(),
            Self::Unavailable { .. } | Self::UnknownOutcome { .. } => None,
        }
    }

    /// The version that a stream misses, if that is what is wrong.
    #[must_use]
    pub fn missing_version(&self) -> Option<MissingVersion> {
        match self {
            Self::Corrupt { source, .. } => source.downcast_ref().copied(),
            Self::Unavailable { .. } | Self::UnknownOutcome { .. } => None,
        }
    }

    /// The position that is missing, if that is what is wrong.
    #[must_use]
    pub fn missing_position(&self) -> Option<Position> {
        match self {
            Self::Corrupt { source, .. } => source.downcast_ref().map(|MissingPosition(position)| *position),
            Self::Unavailable { .. } | Self::UnknownOutcome { .. } => None,
        }
    }
}

impl Loaded {
    /// The same piece, if its events follow one another from where it begins: a state that is folded over a gap is
    /// wrong.
    ///
    /// # Errors
    /// [`MissingVersion`] with the first version that is missing.
    pub fn without_gap(self, from: LoadFrom) -> Result<Self, MissingVersion> {
        let after = match (from, &self.snapshot) {
            (LoadFrom::Version(version), _) => version,
            (LoadFrom::Snapshot, Some(snapshot)) => snapshot.version,
            (LoadFrom::Snapshot, None) => Version::START,
        };
        let versions = self.events.iter().map(|event| event.version.value());
        match versions.zip(after.value() + 1..).find(|(found, due)| found != due) {
            None if self.events.is_empty() && self.head > after => Err(MissingVersion(after.plus(1))),
            None => Ok(self),
            Some((_, missing)) => Err(MissingVersion(Version::new(missing))),
        }
    }
}

impl LogPage {
    /// A page that was read backward from `before`, with the events that were found there, newest first.
    ///
    /// # Errors
    /// [`MissingPosition`] when the highest position that it should have is missing.
    pub fn backward(
        log: LogId,
        before: Position,
        at_start: Option<EventId>,
        mut events: Vec<Recorded>,
        head: Position,
    ) -> Result<Self, MissingPosition> {
        let end = before.value().min(head.value().saturating_add(1));
        let follows = |(event, position): &(&Recorded, u64)| event.position.value() == *position;
        let whole = events.iter().zip((1..end).rev()).take_while(follows).count();
        if whole == 0 && end > 1 {
            return Err(MissingPosition(Position::new(end - 1)));
        }
        events.truncate(whole);
        let lowest = events.last().map(|lowest| (lowest.position, Some(lowest.id)));
        let (scanned_to, at_end) = lowest.unwrap_or((before, at_start));
        Ok(Self { log, at_start, events, scanned_to, at_end, head })
    }
}
