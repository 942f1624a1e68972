//! What operators did so far, read from the streams of the months.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use domain::Month;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::action::outcome_id;
use super::{ActionOutcome, Operations, OperatorAction, OperatorEvent};
use crate::codec::{Actor, Aggregate};
use crate::ports::event_store::{EventId, LoadFrom, Position, Recorded, StoreError, Types, Version};
use crate::ports::{Clock, EventStore};
use crate::queries::QueryError;

use domain::Reason;

/// How many events of a month are read at once.
const PIECE: usize = 500;
/// The most months that are looked through: a hundred years.
const MONTHS_MAX: usize = 1_200;

/// What operators did so far. Cheap to clone.
#[derive(Clone)]
pub struct ActionHistory {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
}

/// One action with how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// The event that says what was asked for.
    pub event: EventId,
    /// Where it stands in the log.
    pub position: Position,
    /// When.
    pub at: Timestamp,
    /// What was asked for, and by whom; or why that cannot be read.
    pub taken: Result<TakenAction, String>,
    /// How it ended; none while it waits to be applied.
    pub outcome: Option<ActionOutcome>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenAction {
    /// What.
    pub action: OperatorAction,
    /// Why.
    pub reason: Option<Reason>,
    /// Who.
    pub actor: Actor,
}

impl TakenAction {
    /// As it is stored, but for the reason: JSON.
    #[must_use]
    pub fn stored(&self) -> Bytes {
        let (action, actor) = (self.action.clone(), self.actor.clone());
        Operations::encode(&OperatorEvent::ActionTaken { action, reason: None, actor }).payload
    }
}

impl AuditLine {
    fn of(recorded: &Recorded, taken: Result<TakenAction, String>, outcome: Option<ActionOutcome>) -> Self {
        let Recorded { id: event, position, occurred_at: at, .. } = *recorded;
        Self { event, position, at, taken, outcome }
    }
}

/// Some actions, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The actions.
    pub lines: Vec<AuditLine>,
    /// Where older ones go on; none when there are none.
    pub next: Option<AuditPlace>,
}

/// A place among all actions: those of this month before this version, and those of earlier months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditPlace {
    /// The month.
    pub month: Month,
    /// The version in its stream.
    pub before: Version,
}

/// The month whose stream takes what is done at this time, which is that of UTC.
#[must_use]
pub fn month_of(time: Timestamp) -> Month {
    Month::of(utc_date(time))
}

impl ActionHistory {
    /// What this log says.
    #[must_use]
    pub const fn of(store: Arc<dyn EventStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// How an action ended; none while it has not.
    ///
    /// # Errors
    /// [`QueryError::Store`] or [`QueryError::Unreadable`].
    pub async fn outcome(&self, action: EventId) -> Result<Option<ActionOutcome>, QueryError> {
        let done = self.store.outcomes_of(&[outcome_id(action)]).await?.pop().flatten();
        let Some(done) = done else { return Ok(None) };
        let before = Version::new(done.version.value().saturating_sub(1));
        let loaded = self.store.load(&done.stream, LoadFrom::Version(before), 1).await?;
        let Some(recorded) = loaded.events.first() else { return Ok(None) };
        match Operations::decode(recorded)? {
            OperatorEvent::ActionEnded { outcome, .. } => Ok(Some(outcome)),
            OperatorEvent::Unreadable { cause, .. } => {
                let cause = format!("it has ended, and how cannot be read: {cause}");
                Ok(Some(ActionOutcome::Refused { cause }))
            }
            OperatorEvent::ActionTaken { .. } => Ok(None),
        }
    }

    /// The newest actions, or those before a place, at most `limit`.
    ///
    /// # Errors
    /// [`QueryError::Store`] or [`QueryError::Unreadable`].
    pub async fn page(&self, from: Option<AuditPlace>, limit: usize) -> Result<AuditPage, QueryError> {
        let (mut lines, next) = self.lines(from, limit).await?;
        for line in lines.iter_mut().filter(|line| line.outcome.is_none()) {
            line.outcome = self.outcome_of(line).await?;
        }
        Ok(AuditPage { lines, next })
    }

    /// The lines of a page, with those outcomes that stand near them.
    async fn lines(
        &self,
        from: Option<AuditPlace>,
        limit: usize,
    ) -> Result<(Vec<AuditLine>, Option<AuditPlace>), QueryError> {
        let mut lines = Vec::with_capacity(limit);
        for month in self.months_back(from.map(|place| place.month)).await? {
            let mut before = match from {
                Some(place) if place.month == month => place.before,
                Some(_) | None => self.head(month).await?.plus(1),
            };
            while before.value() > 1 {
                let (found, first) = self.piece_before(month, before).await?;
                for (version, line) in found {
                    if lines.len() == limit {
                        return Ok((lines, Some(AuditPlace { month, before: version.plus(1) })));
                    }
                    lines.push(line);
                }
                before = first;
            }
        }
        Ok((lines, None))
    }

    /// The last word of all that lasts: of pauses and starts for each processor, of edits and evictions for each event
    /// of a processor, oldest first. What was done once and is over is left out.
    ///
    /// # Errors
    /// [`QueryError::Store`] or [`QueryError::Unreadable`].
    pub(super) async fn last_words(&self) -> Result<Vec<Recorded>, QueryError> {
        let mut words = BTreeMap::new();
        let mut months = self.months_back(None).await?;
        months.reverse();
        for month in months {
            let mut after = Version::START;
            loop {
                let piece =
                    self.store.load(&Operations::stream(&month), LoadFrom::Version(after), PIECE).await?;
                let Some(last) = piece.events.last() else { break };
                after = last.version;
                for recorded in piece.events {
                    match Operations::decode(&recorded)? {
                        OperatorEvent::ActionTaken { action, .. } => {
                            if let Some(about) = action.lasts_for() {
                                words.insert(about, recorded);
                            }
                        }
                        OperatorEvent::Unreadable { cause, .. } => {
                            let position = recorded.position.value();
                            tracing::warn!(
                                position,
                                cause,
                                "what an operator said cannot be read, and is left out"
                            );
                        }
                        OperatorEvent::ActionEnded { .. } => {}
                    }
                }
            }
        }
        let mut words: Vec<_> = words.into_values().collect();
        words.sort_by_key(|recorded| recorded.position);
        Ok(words)
    }

    /// What was taken in the versions before this one, newest first, and the first version that was looked at.
    async fn piece_before(
        &self,
        month: Month,
        before: Version,
    ) -> Result<(Vec<(Version, AuditLine)>, Version), QueryError> {
        let last = before.value() - 1;
        let after = last.saturating_sub(PIECE as u64);
        let count = usize::try_from(last - after).unwrap_or(PIECE);
        let stream = Operations::stream(&month);
        let piece = self.store.load(&stream, LoadFrom::Version(Version::new(after)), count).await?;
        let (mut ends, mut lines) = (BTreeMap::new(), Vec::new());
        for recorded in piece.events.into_iter().rev() {
            match Operations::decode(&recorded)? {
                OperatorEvent::ActionEnded { action, outcome } => {
                    ends.insert(action, outcome);
                }
                OperatorEvent::ActionTaken { action, reason, actor } => {
                    let outcome = ends.remove(&recorded.id);
                    let taken = Ok(TakenAction { action, reason, actor });
                    lines.push((recorded.version, AuditLine::of(&recorded, taken, outcome)));
                }
                // Of one that ended, how it ended is asked for by its id.
                OperatorEvent::Unreadable { cause, .. } => {
                    lines.push((recorded.version, AuditLine::of(&recorded, Err(cause), None)));
                }
            }
        }
        Ok((lines, Version::new(after + 1)))
    }

    /// The note of a resolution stands for something that is done.
    async fn outcome_of(&self, line: &AuditLine) -> Result<Option<ActionOutcome>, QueryError> {
        match line.taken.as_ref().map(|taken| &taken.action) {
            Ok(OperatorAction::Resolve { .. }) => Ok(Some(ActionOutcome::Applied)),
            Ok(OperatorAction::Processor { .. }) => self.outcome(line.event).await,
            Err(_unreadable) => self.outcome(line.event).await,
        }
    }

    async fn head(&self, month: Month) -> Result<Version, StoreError> {
        Ok(self.store.load(&Operations::stream(&month), LoadFrom::Version(Version::START), 1).await?.head)
    }

    /// Every month in which the log may have been written, newest first, from this one on. One more on both sides, since
    /// clocks of nodes differ.
    async fn months_back(&self, from: Option<Month>) -> Result<Vec<Month>, StoreError> {
        let first = self.store.read_log(Position::START, &Types::new(), 1).await?;
        let Some(first) = first.events.first() else { return Ok(vec![]) };
        let head = self.store.head().await?.position;
        let last = self.store.read_log_backward(head.plus(1), 1).await?;
        let last = last.events.first().map_or(first.occurred_at, |last| last.occurred_at);
        let newest = last.max(self.clock.now());
        let oldest = month_start(first.occurred_at).saturating_sub(1.month());
        let mut months = Vec::new();
        let mut start = month_start(newest).saturating_add(1.month());
        while start >= oldest && months.len() < MONTHS_MAX {
            months.push(Month::of(start));
            let Ok(before) = start.checked_sub(1.month()) else { break };
            start = before;
        }
        if let Some(from) = from {
            months.retain(|month| *month <= from);
        }
        Ok(months)
    }
}

fn month_start(time: Timestamp) -> Date {
    utc_date(time).first_of_month()
}

fn utc_date(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
