//! The stored form of operators' actions. They have no state, so a snapshot is empty.

mod form;

use bytes::Bytes;
use domain::{Month, ProcessId};
use serde::Deserializer;

use super::snapshot::schema;
use super::stored_event::{self, StoredEvent, encoded};
use super::wire::{Out, Stored, broken_rule, stored_names};
use super::{Aggregate, AnyEvent, DecodeError, Encoded, KnownType, SequenceKeys};
use crate::operations::{Operations, OperatorAction, OperatorEvent, ProcessorAction};
use crate::ports::BoxError;
use crate::ports::event_store::Recorded;
use crate::processing::cause_of;
use form::{EndedForm, TakenForm};

const TAKEN: &str = "operator.action-taken";
const ENDED: &str = "operator.action-ended";

impl StoredEvent for OperatorEvent {
    const TYPES: &'static [KnownType] =
        &[KnownType { kind: TAKEN, revision: 1 }, KnownType { kind: ENDED, revision: 1 }];

    fn encode(&self) -> Encoded {
        match self {
            Self::ActionTaken { action, reason, actor } => {
                encoded(TAKEN, 1, &Out(&TakenForm::of(action, reason.as_ref(), actor)))
            }
            Self::ActionEnded { action, outcome } => {
                encoded(ENDED, 1, &Out(&EndedForm::of(*action, outcome)))
            }
            Self::Unreadable { stored, .. } => stored.clone(),
        }
    }

    fn read<'de, D: Deserializer<'de>>(kind: &str, from: D) -> Result<Option<Self>, D::Error> {
        match kind {
            TAKEN => TakenForm::read(from)?.into_event().map(Some).map_err(broken_rule),
            ENDED => Ok(Some(EndedForm::read(from)?.into_event())),
            _ => Ok(None),
        }
    }
}

impl Aggregate for Operations {
    type Id = Month;

    const CATEGORY: &'static str = "operations";

    const SNAPSHOT_SCHEMA: u64 = schema("operations", 1);

    fn encode(event: &OperatorEvent) -> Encoded {
        event.encode()
    }

    /// What was damaged is shown as such. What is too new for this version is an error: it may say what holds now.
    fn decode(recorded: &Recorded) -> Result<OperatorEvent, DecodeError> {
        match stored_event::decode(recorded) {
            Err(error @ DecodeError::Malformed { .. }) => {
                let (kind, revision) = (recorded.kind.clone(), recorded.revision);
                let stored = Encoded { kind, revision, payload: recorded.payload.clone() };
                Ok(OperatorEvent::Unreadable { stored, cause: cause_of(&error) })
            }
            read => read,
        }
    }

    fn any(event: OperatorEvent) -> AnyEvent {
        AnyEvent::Operator(event)
    }

    fn keys(_id: &Month, event: &OperatorEvent) -> SequenceKeys {
        SequenceKeys { process: Self::correlation(event), ..SequenceKeys::default() }
    }

    fn correlation(event: &OperatorEvent) -> Option<ProcessId> {
        match event {
            OperatorEvent::ActionTaken { action: OperatorAction::Resolve { process, .. }, .. } => {
                Some(*process)
            }
            OperatorEvent::ActionTaken { action: OperatorAction::Processor { .. }, .. }
            | OperatorEvent::ActionEnded { .. }
            | OperatorEvent::Unreadable { .. } => None,
        }
    }

    fn freeze(&self) -> Bytes {
        Bytes::new()
    }

    fn thaw(_state: &[u8]) -> Result<Self, BoxError> {
        Ok(Self)
    }

    fn bytes(&self) -> usize {
        0
    }
}

/// The kind of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// A processor was paused.
    Pause,
    /// It was started.
    Start,
    /// It was set to another place.
    Reset,
    /// Its view is built anew.
    Rebuild,
    /// That was ended.
    CancelRebuild,
    /// What was built is shown in spite of its letters.
    Switch,
    /// A segment was split.
    Split,
    /// Segments were merged.
    Merge,
    /// Letters were retried.
    Retry,
    /// An event was edited.
    Edit,
    /// An event was evicted.
    Evict,
    /// An event was redelivered.
    Redeliver,
    /// An attempt was resolved.
    Resolve,
}

stored_names! {
    ActionKind as "a kind of action" {
        Pause = "PAUSE",
        Start = "START",
        Reset = "RESET",
        Rebuild = "REBUILD",
        CancelRebuild = "CANCEL_REBUILD",
        Switch = "SWITCH",
        Split = "SPLIT",
        Merge = "MERGE",
        Retry = "RETRY",
        Edit = "EDIT",
        Evict = "EVICT",
        Redeliver = "REDELIVER",
        Resolve = "RESOLVE"
    }
}

impl OperatorAction {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> ActionKind {
        match self {
            Self::Resolve { .. } => ActionKind::Resolve,
            Self::Processor { action, .. } => match action {
                ProcessorAction::Pause => ActionKind::Pause,
                ProcessorAction::Start => ActionKind::Start,
                ProcessorAction::Reset(_) => ActionKind::Reset,
                ProcessorAction::Rebuild => ActionKind::Rebuild,
                ProcessorAction::CancelRebuild => ActionKind::CancelRebuild,
                ProcessorAction::Switch => ActionKind::Switch,
                ProcessorAction::Split(_) => ActionKind::Split,
                ProcessorAction::Merge(_) => ActionKind::Merge,
                ProcessorAction::Retry { .. } => ActionKind::Retry,
                ProcessorAction::Edit { .. } => ActionKind::Edit,
                ProcessorAction::Evict { .. } => ActionKind::Evict,
                ProcessorAction::Redeliver { .. } => ActionKind::Redeliver,
            },
        }
    }
}
