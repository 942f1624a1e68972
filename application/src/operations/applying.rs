//! Actions are applied by one processor, in the order in which they were taken, and end with an event that says how.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use domain::Month;
use domain::rental_card::RentalCardEvent;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::action::outcome_id;
use super::{
    ActionHistory, ActionOutcome, OPERATIONS, Operations, OperatorAction, OperatorEvent, ProcessorAction,
    month_of,
};
use crate::codec::{Actor, AnyEvent, Fingerprint};
use crate::commands::{Commands, Context};
use crate::ports::dead_letters::EventOverride;
use crate::ports::event_store::{CommandId, EventId, StoreError};
use crate::ports::processor_admin::Desired;
use crate::ports::token_store::{ProcessorName, Segment, TokenError};
use crate::ports::{Clock, EventStore, TokenPorts};
use crate::processing::{
    CannotMerge, CannotRebuild, DecodedEvent, EventHandler, HandlingError, Leases, ProcessorContext,
    Processors, Sequence, WeakProcessors, cause_of,
};
use crate::queries::QueryError;
use crate::reactions::sorted;

/// Namespace of the ids of commands that note what a card has recorded.
const NOTES: Uuid = Uuid::from_u128(0x1e9d_60b7_c2f4_4d58_9a03_7bd1_e64f_28ac);

/// How long two segments may take to come to the same place, before merging them is refused.
const MERGE_LIMIT: Duration = Duration::from_secs(3);

/// Applies actions to the token store, and notes those that cards have recorded. Cheap to clone.
#[derive(Clone)]
pub struct ActionHandler {
    commands: Commands,
    pub(super) store: Arc<dyn EventStore>,
    pub(super) tokens: TokenPorts,
    pub(super) clock: Arc<dyn Clock>,
    leases: Leases,
    pub(super) history: ActionHistory,
    /// Those of this process, once they are there: segments that stand apart are brought together by them.
    processors: Arc<OnceLock<WeakProcessors>>,
}

/// The process has let go of its processors.
#[derive(Debug, Error)]
#[error("this process is ending, and applies nothing any more")]
struct NoProcessors;

/// Why an action was not applied.
pub(super) enum ApplyError {
    /// Something is away: it is tried again.
    Away(HandlingError),
    /// It cannot be done.
    Refused(String),
}

impl ActionHandler {
    /// A handler that applies what `store` says to the token store of these processors. Owners of segments hear of it at
    /// once on this node, and by their next beat on others.
    #[must_use]
    pub fn new(commands: Commands, store: Arc<dyn EventStore>, within: &ProcessorContext) -> Self {
        let ProcessorContext { tokens, clock, leases, .. } = within.clone();
        let history = ActionHistory::of(Arc::clone(&store), Arc::clone(&clock));
        Self { commands, store, tokens, clock, leases, history, processors: Arc::default() }
    }

    /// These are the processors of this process.
    pub fn is_of(&self, processors: &Processors) {
        self.processors.get_or_init(|| processors.downgraded());
    }

    /// What it applies, and to what.
    pub(crate) fn ports(&self) -> (Arc<dyn EventStore>, TokenPorts, Arc<dyn Clock>) {
        (Arc::clone(&self.store), self.tokens.clone(), Arc::clone(&self.clock))
    }

    /// Applies an action, and records how it ended.
    ///
    /// # Errors
    /// [`HandlingError::Wait`] or [`HandlingError::Busy`] when something is away.
    pub async fn apply(&self, happened: &DecodedEvent) -> Result<(), HandlingError> {
        let AnyEvent::Operator(OperatorEvent::ActionTaken { action, .. }) = &happened.event else {
            return Ok(());
        };
        let OperatorAction::Processor { name, action: to_do } = action else { return Ok(()) };
        // What was done once is over, also for a token store that has forgotten it.
        if action.lasts_for().is_none() && self.has_ended(happened.recorded.id).await? {
            return Ok(());
        }
        let outcome = match self.apply_to(name, to_do, happened).await {
            Ok(()) => ActionOutcome::Applied,
            Err(ApplyError::Refused(cause)) => ActionOutcome::Refused { cause },
            Err(ApplyError::Away(error)) => return Err(error),
        };
        self.leases.heed();
        self.record_outcome(happened, outcome).await
    }

    async fn apply_to(
        &self,
        name: &ProcessorName,
        action: &ProcessorAction,
        happened: &DecodedEvent,
    ) -> Result<(), ApplyError> {
        let admin = &self.tokens.admin;
        match action {
            ProcessorAction::Pause | ProcessorAction::Start => {
                Ok(admin.set_desired(name, desired(happened)).await?)
            }
            ProcessorAction::Reset(target) => Ok(admin.reset(name, target.token).await.map(|_letters| ())?),
            ProcessorAction::Rebuild => self.rebuild(name).await,
            ProcessorAction::CancelRebuild => Ok(admin.cancel_rebuild(name).await?),
            ProcessorAction::Switch => Ok(admin.switch(name, true).await?),
            ProcessorAction::Split(segment) => self.split(name, *segment).await,
            ProcessorAction::Merge(segment) => self.merge(name, *segment).await,
            ProcessorAction::Retry { sequence } => {
                Ok(self.tokens.letters.retry_now(name, sequence.as_deref()).await.map(|_letters| ())?)
            }
            ProcessorAction::Edit { letter, payload } => {
                self.say_of_event(name, letter, EventOverride::Edited(payload.0.clone())).await
            }
            ProcessorAction::Evict { letter } => {
                self.say_of_event(name, letter, EventOverride::Skipped).await
            }
            ProcessorAction::Redeliver { letter } => self.redeliver(name, letter).await,
        }
    }

    /// Those of this process. They are built before any of them works, so none are there only while it ends.
    fn processors(&self) -> Result<Processors, ApplyError> {
        let found = self.processors.get().and_then(WeakProcessors::upgraded);
        found.ok_or_else(|| ApplyError::Away(HandlingError::Wait(Box::new(NoProcessors))))
    }

    pub(super) async fn rebuild(&self, name: &ProcessorName) -> Result<(), ApplyError> {
        match self.processors()?.rebuild(name).await {
            Ok(_generation) => Ok(()),
            Err(CannotRebuild::Tokens(error)) => Err(error.into()),
            Err(CannotRebuild::Source(error)) => Err(ApplyError::Away(HandlingError::Wait(Box::new(error)))),
            Err(error @ (CannotRebuild::NotHere { .. } | CannotRebuild::KeepsNoView { .. })) => {
                Err(ApplyError::Refused(cause_of(&error)))
            }
        }
    }

    /// A split that is there already was made by a try whose end was not recorded.
    async fn split(&self, name: &ProcessorName, segment: Segment) -> Result<(), ApplyError> {
        let is_split = match segment.halves() {
            Some((one, other)) => self.has_segments(name, &[one, other]).await?,
            None => false,
        };
        if is_split {
            return Ok(());
        }
        Ok(self.tokens.admin.split(name, segment).await.map(|_halves| ())?)
    }

    /// As with a split.
    async fn merge(&self, name: &ProcessorName, segment: Segment) -> Result<(), ApplyError> {
        let is_merged = match segment.sibling() {
            Some((_, whole)) => self.has_segments(name, &[whole]).await?,
            None => false,
        };
        if is_merged {
            return Ok(());
        }
        match self.processors()?.merge(name, segment, MERGE_LIMIT).await {
            Ok(_whole) => Ok(()),
            Err(CannotMerge::Tokens(error)) => Err(error.into()),
            Err(error) => Err(ApplyError::Refused(cause_of(&error))),
        }
    }

    async fn has_segments(&self, name: &ProcessorName, wanted: &[Segment]) -> Result<bool, TokenError> {
        let states = self.tokens.admin.processors().await?;
        let state = states.into_iter().find(|state| state.name == *name);
        let segments: Vec<_> =
            state.iter().flat_map(|state| state.live_segments()).map(|known| known.segment).collect();
        Ok(wanted.iter().all(|segment| segments.contains(segment)))
    }

    async fn has_ended(&self, action: EventId) -> Result<bool, HandlingError> {
        match self.history.outcome(action).await {
            Ok(outcome) => Ok(outcome.is_some()),
            Err(QueryError::Store(
                error @ (StoreError::Unavailable { .. } | StoreError::UnknownOutcome { .. }),
            )) => Err(HandlingError::Wait(Box::new(error))),
            // Kept where it is seen; no later action waits for it.
            Err(error) => Err(HandlingError::Reject(Box::new(error))),
        }
    }

    async fn record_outcome(
        &self,
        happened: &DecodedEvent,
        outcome: ActionOutcome,
    ) -> Result<(), HandlingError> {
        let action = happened.recorded.id;
        let event = OperatorEvent::ActionEnded { action, outcome };
        self.record(stream_month(happened), event, outcome_id(action), happened).await
    }

    /// Notes among all actions what a card says was decided by hand.
    async fn note(&self, happened: &DecodedEvent) -> Result<(), HandlingError> {
        let AnyEvent::RentalCard(RentalCardEvent::ReviewResolved { process, direction, reason }) =
            &happened.event
        else {
            return Ok(());
        };
        let id = CommandId::new(Uuid::new_v5(&NOTES, happened.recorded.id.uuid().as_bytes()));
        let action = OperatorAction::Resolve { process: *process, direction: *direction };
        let (reason, actor) = (Some(reason.clone()), happened.metadata.actor.clone());
        let event = OperatorEvent::ActionTaken { action, reason, actor };
        self.record(month_of(happened.recorded.occurred_at), event, id, happened).await
    }

    async fn record(
        &self,
        month: Month,
        event: OperatorEvent,
        id: CommandId,
        cause: &DecodedEvent,
    ) -> Result<(), HandlingError> {
        let context = Context {
            command: id,
            fingerprint: Fingerprint::of(cause.recorded.id.uuid().as_bytes()),
            former_fingerprint: None,
            actor: Actor::Service(OPERATIONS.to_string()),
            causation: Some(cause.recorded.id),
            traceparent: cause.metadata.traceparent.clone(),
            if_version: None,
        };
        let executed = self.commands.execute::<Operations>(&month, event, context).await;
        executed.map(|_| ()).map_err(sorted::<Operations>)
    }
}

#[async_trait]
impl EventHandler for ActionHandler {
    fn wanted(&self) -> &'static [&'static str] {
        &["operator.action-taken", "rental-card.review-resolved"]
    }

    /// No action has such a key: they keep the order of their stream.
    fn sequence(&self) -> Sequence {
        Sequence::Book
    }

    fn can_be_divided(&self) -> bool {
        false
    }

    /// Else nobody could act any more, not even on the letter of the damaged one.
    fn goes_on_past_damage(&self) -> bool {
        true
    }

    async fn handle(&self, happened: &DecodedEvent) -> Result<(), HandlingError> {
        match &happened.event {
            AnyEvent::Operator(_) => self.apply(happened).await,
            AnyEvent::RentalCard(_) => self.note(happened).await,
            AnyEvent::Book(_) | AnyEvent::Member(_) | AnyEvent::BestSeller(_) => Ok(()),
        }
    }
}

/// Whether the processor shall run, in the words of an action that says so.
pub(super) fn desired(happened: &DecodedEvent) -> Desired {
    match &happened.event {
        AnyEvent::Operator(OperatorEvent::ActionTaken {
            action: OperatorAction::Processor { action: ProcessorAction::Pause, .. },
            reason,
            actor,
        }) => Desired::Paused {
            by: named(actor),
            reason: reason
                .as_ref()
                .map_or_else(|| "no reason was given".to_owned(), |r| r.as_str().to_owned()),
        },
        _ => Desired::Running,
    }
}

fn named(actor: &Actor) -> String {
    match actor {
        Actor::Anonymous => "somebody".to_owned(),
        Actor::Service(name) | Actor::Named(name) => name.clone(),
    }
}

/// The month of the stream that an action stands in; its end stands there too.
fn stream_month(happened: &DecodedEvent) -> Month {
    let month = |time: Timestamp| month_of(time);
    let stream = happened.recorded.stream.as_str();
    let named = stream.strip_prefix("operations-").and_then(|named| named.parse().ok());
    named.unwrap_or_else(|| month(happened.recorded.occurred_at))
}

/// What is away comes back; all else is the answer to who asked.
impl From<TokenError> for ApplyError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Unavailable { .. } | TokenError::UnknownOutcome { .. } => {
                Self::Away(HandlingError::Wait(Box::new(error)))
            }
            error => Self::Refused(cause_of(&error)),
        }
    }
}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt { .. } => Self::Refused(cause_of(&error)),
            error => Self::Away(HandlingError::Wait(Box::new(error))),
        }
    }
}
