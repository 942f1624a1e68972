//! What operators ask for: looked at, recorded as an event, and answered when it has been applied.

mod deliveries;
mod error;
mod letters;
mod places;

use std::sync::Arc;
use std::time::Duration;

use domain::Reason;
use jiff::Timestamp;

use super::{Control, StillRunning};
use crate::codec::{Actor, Aggregate, Metadata};
use crate::commands::{Commands, Context};
use crate::operations::{
    ActionHandler, ActionHistory, ActionOutcome, AuditPage, AuditPlace, OPERATIONS, Operations,
    OperatorAction, OperatorEvent, ProcessorAction, ResetTarget, month_of,
};
use crate::ports::event_store::{EventId, LoadFrom, Position, Recorded, Version};
use crate::ports::processor_admin::Desired;
use crate::ports::token_store::{ProcessorName, Segment};
use crate::ports::{Clock, EventStore, TokenPorts};
use crate::processing::{DecodedEvent, ProcessorStatus, Processors, ReactionKind, SourceKind};
use crate::queries::{Queries, QueryError};

pub use deliveries::{Delivery, DeliveryState};
pub use error::ActionError;
pub use letters::LetterRequest;

/// The longest that the answer to a pause waits for the segments to stop: a claim of a node that died runs out in ten
/// seconds, and one that lives hears of it within three.
pub const STOP_WAIT: Duration = Duration::from_secs(14);

/// The door through which operators act. Cheap to clone.
#[derive(Clone)]
pub struct Actions {
    commands: Commands,
    queries: Queries,
    control: Control,
    processors: Processors,
    tokens: TokenPorts,
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    handler: ActionHandler,
    history: ActionHistory,
}

/// What an operator asks of a processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcessorRequest {
    /// Stand still.
    Pause,
    /// Run again.
    Start,
    /// Go on from another place, or build the view anew.
    Reset(ResetPlace),
    /// Build the view no further.
    CancelRebuild,
    /// Show what was built although it has letters that wait.
    Switch,
    /// Let this segment become two.
    Split(u32),
    /// Let this segment and its sibling become one.
    Merge(u32),
    /// Try all letters that wait.
    RetryAll,
}

/// Where a processor shall go on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetPlace {
    /// Before everything.
    Beginning,
    /// After everything that is there now.
    Head,
    /// After this position.
    Position(Position),
    /// After everything that happened before this time.
    Time(Timestamp),
}

/// An action that was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acted {
    /// The event that says so.
    pub event: EventId,
    /// Its version in the stream of its month.
    pub version: Version,
    /// Its place in the log.
    pub position: Position,
    /// Whether it was recorded before, by an earlier request with the same id.
    pub repeated: bool,
}

impl Actions {
    /// The door over these.
    #[must_use]
    pub fn new(commands: Commands, queries: Queries, processors: Processors, handler: ActionHandler) -> Self {
        let (store, tokens, clock) = handler.ports();
        let control = Control::new(processors.clone(), tokens.clone());
        let history = ActionHistory::of(Arc::clone(&store), Arc::clone(&clock));
        Self { commands, queries, control, processors, tokens, store, clock, handler, history }
    }

    /// What operators did, newest first, from a place on.
    ///
    /// # Errors
    /// [`QueryError::Store`] or [`QueryError::Unreadable`].
    pub async fn audit(&self, from: Option<AuditPlace>, limit: usize) -> Result<AuditPage, QueryError> {
        self.history.page(from, limit).await
    }

    /// Does what is asked of a processor, and answers when it has been applied; a pause when nobody works on it any
    /// more. A repeat of `context.command` gets the answer of the first request, whatever has changed since.
    ///
    /// # Errors
    /// [`ActionError`]; [`ActionError::NotApplied`] and [`ActionError::StillRunning`] when it is recorded and takes
    /// longer.
    pub async fn ask(
        &self,
        name: &ProcessorName,
        request: ProcessorRequest,
        reason: Option<Reason>,
        context: Context,
    ) -> Result<Acted, ActionError> {
        let pauses = request == ProcessorRequest::Pause;
        let acted = match self.known(&context).await? {
            Some(acted) => acted,
            None => {
                let action = self.action(name, request).await?;
                self.record(name, action, reason, context).await?
            }
        };
        self.ended(acted).await?;
        if pauses {
            match self.control.stopped(name, STOP_WAIT).await {
                // What somebody said after it holds; the answer shows it.
                Ok(()) | Err(StillRunning::Started { .. }) => {}
                Err(still) => return Err(ActionError::still_running(name, still)),
            }
        }
        Ok(acted)
    }

    async fn action(
        &self,
        name: &ProcessorName,
        request: ProcessorRequest,
    ) -> Result<ProcessorAction, ActionError> {
        let status = self.status(name).await?;
        Ok(match request {
            ProcessorRequest::Pause => ProcessorAction::Pause,
            ProcessorRequest::Start => ProcessorAction::Start,
            ProcessorRequest::Reset(to) => self.reset(&status, to).await?,
            ProcessorRequest::CancelRebuild | ProcessorRequest::Switch if status.rebuild.is_none() => {
                return Err(ActionError::NoRebuild { processor: name.clone() });
            }
            ProcessorRequest::CancelRebuild => ProcessorAction::CancelRebuild,
            ProcessorRequest::Switch => ProcessorAction::Switch,
            ProcessorRequest::Split(id) => {
                let segment =
                    divisible(&status, id).map_err(|why| ActionError::cannot_split(name, id, why))?;
                if segment.halves().is_none() {
                    return Err(ActionError::cannot_split(name, id, "its mask has all its bits"));
                }
                ProcessorAction::Split(segment)
            }
            ProcessorRequest::Merge(id) => {
                let segment =
                    divisible(&status, id).map_err(|why| ActionError::cannot_merge(name, id, why))?;
                let sibling = segment.sibling().map(|(sibling, _)| sibling);
                let has_sibling = sibling
                    .is_some_and(|sibling| status.segments.iter().any(|known| known.segment == sibling));
                if !has_sibling {
                    return Err(ActionError::cannot_merge(name, id, "its other half is not a segment"));
                }
                ProcessorAction::Merge(segment)
            }
            ProcessorRequest::RetryAll => ProcessorAction::Retry { sequence: None },
        })
    }

    async fn reset(&self, status: &ProcessorStatus, to: ResetPlace) -> Result<ProcessorAction, ActionError> {
        let processor = status.name.clone();
        if status.kind == ReactionKind::Projection && status.source == SourceKind::Log {
            return match to {
                ResetPlace::Beginning => Ok(ProcessorAction::Rebuild),
                _ => Err(ActionError::RebuildInstead { processor }),
            };
        }
        if matches!(status.desired, Desired::Running) {
            return Err(ActionError::Running { processor });
        }
        let token = self.place(&processor, to).await?;
        Ok(ProcessorAction::Reset(ResetTarget { token, to: to.to_string() }))
    }

    async fn status(&self, name: &ProcessorName) -> Result<ProcessorStatus, ActionError> {
        let status = self.control.processor(name).await?;
        status.ok_or_else(|| ActionError::UnknownProcessor { processor: name.clone() })
    }

    /// What an earlier request with the same id recorded.
    async fn known(&self, context: &Context) -> Result<Option<Acted>, ActionError> {
        let done = self.store.outcomes_of(&[context.command]).await?.pop().flatten();
        let Some(done) = done else { return Ok(None) };
        let before = Version::new(done.version.value().saturating_sub(1));
        let loaded = self.store.load(&done.stream, LoadFrom::Version(before), 1).await?;
        let Some(recorded) = loaded.events.first() else { return Ok(None) };
        let is_of_request = context.is_of_request(Metadata::decode(recorded)?.fingerprint);
        if !is_of_request || !done.stream.as_str().starts_with(Operations::CATEGORY) {
            return Err(ActionError::IdReused { command: context.command });
        }
        Ok(Some(Acted::of(recorded, true)))
    }

    async fn record(
        &self,
        name: &ProcessorName,
        action: ProcessorAction,
        reason: Option<Reason>,
        context: Context,
    ) -> Result<Acted, ActionError> {
        let action = OperatorAction::Processor { name: name.clone(), action };
        let actor: Actor = context.actor.clone();
        let event = OperatorEvent::ActionTaken { action, reason, actor };
        let month = month_of(self.clock.now());
        let executed = self.commands.execute::<Operations>(&month, event, context).await?;
        let (version, before) = (executed.version, executed.version.value().saturating_sub(1));
        let stream = Operations::stream(&month);
        let loaded = self.store.load(&stream, LoadFrom::Version(Version::new(before)), 1).await;
        // It stands in the log, whatever it says of itself.
        let loaded = loaded.map_err(|error| ActionError::unseen(error.into(), executed.position))?;
        let recorded = loaded.events.first().filter(|recorded| recorded.version == version);
        let acted = recorded.map(|recorded| Acted::of(recorded, executed.repeated));
        let acted = acted.ok_or(ActionError::Lost { position: executed.position })?;
        // Who applies actions cannot be put right by an action that waits for it.
        if *name == OPERATIONS
            && let Some(recorded) = recorded
        {
            self.handler.apply(&DecodedEvent::read(recorded.clone())?).await.map_err(ActionError::away)?;
        }
        Ok(acted)
    }

    /// Waits until the action is applied.
    async fn ended(&self, acted: Acted) -> Result<(), ActionError> {
        let outcome = self.outcome(acted).await.map_err(|error| ActionError::unseen(error, acted.position));
        match outcome? {
            Some(ActionOutcome::Applied) => Ok(()),
            Some(ActionOutcome::Refused { cause }) => {
                Err(ActionError::Refused { position: acted.position, cause })
            }
            None => Err(ActionError::NotApplied { position: acted.position }),
        }
    }
}

impl Actions {
    /// How it ended, once that is known; none when that takes too long.
    async fn outcome(&self, acted: Acted) -> Result<Option<ActionOutcome>, QueryError> {
        let known = self.history.outcome(acted.event).await?;
        if known.is_some() {
            return Ok(known);
        }
        match self.queries.wait_for(&OPERATIONS, acted.position).await {
            Ok(()) => self.history.outcome(acted.event).await,
            Err(QueryError::ViewBehind { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Acted {
    const fn of(recorded: &Recorded, repeated: bool) -> Self {
        Self { event: recorded.id, version: recorded.version, position: recorded.position, repeated }
    }
}

/// A segment of the generation that readers see, of a processor whose work can be divided in another way.
fn divisible(status: &ProcessorStatus, id: u32) -> Result<Segment, &'static str> {
    if status.source == SourceKind::Topic {
        return Err("a partition of a topic is one segment");
    }
    if status.kind == ReactionKind::Relay || status.name == OPERATIONS {
        return Err("it keeps the order of the whole log, which one segment has to have");
    }
    if status.rebuild.is_some() {
        return Err("it is being rebuilt; wait for that, or cancel it");
    }
    let found = status.segments.iter().find(|known| known.segment.id == id);
    found.map(|known| known.segment).ok_or("it has no such segment")
}
