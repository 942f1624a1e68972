//! What operators can do, and how it ended.

use std::fmt;

use bytes::Bytes;
use domain::rental_card::attempt::Direction;
use domain::{ProcessId, Reason};
use uuid::Uuid;

use crate::codec::{Actor, Encoded};
use crate::ports::dead_letters::DeadLetterId;
use crate::ports::event_store::{CommandId, EventId, Opaque, Position};
use crate::ports::message_source::Token;
use crate::ports::token_store::{ProcessorName, Segment};

/// Namespace of the ids of commands that record how an action ended.
const OUTCOMES: Uuid = Uuid::from_u128(0x8d51_3c0e_7f2a_4b66_a1c9_05e4_b83d_f712);

/// An event of the operators' streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperatorEvent {
    /// Somebody asked for something.
    ActionTaken {
        /// What for.
        action: OperatorAction,
        /// Why.
        reason: Option<Reason>,
        /// Who.
        actor: Actor,
    },
    /// It was done, or turned out to be impossible.
    ActionEnded {
        /// The event that says what was asked for.
        action: EventId,
        /// How it ended.
        outcome: ActionOutcome,
    },
    /// What stands there cannot be read. Nobody writes it: it stands for what was damaged, which must not keep operators
    /// from acting.
    Unreadable {
        /// What stands there.
        stored: Encoded,
        /// Why it cannot be read.
        cause: String,
    },
}

/// Something that an operator does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperatorAction {
    /// To a processor, or to what it could not handle.
    Processor {
        /// Its name.
        name: ProcessorName,
        /// What.
        action: ProcessorAction,
    },
    /// To an attempt in review. The card has recorded it; this is the note of it among all actions.
    Resolve {
        /// The attempt.
        process: ProcessId,
        /// How it shall end.
        direction: Direction,
    },
}

impl OperatorAction {
    /// What its word stands for until another one takes its place: whether a processor shall run, or how it treats an
    /// event. None for what is done once and over.
    pub(super) fn lasts_for(&self) -> Option<(ProcessorName, Option<EventId>)> {
        let Self::Processor { name, action } = self else { return None };
        match action {
            ProcessorAction::Pause | ProcessorAction::Start => Some((name.clone(), None)),
            ProcessorAction::Edit { letter, .. } | ProcessorAction::Evict { letter } => {
                Some((name.clone(), Some(letter.event)))
            }
            ProcessorAction::Reset(_)
            | ProcessorAction::Rebuild
            | ProcessorAction::CancelRebuild
            | ProcessorAction::Switch
            | ProcessorAction::Split(_)
            | ProcessorAction::Merge(_)
            | ProcessorAction::Retry { .. }
            | ProcessorAction::Redeliver { .. } => None,
        }
    }
}

/// Something that is done to a processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcessorAction {
    /// It shall stand still.
    Pause,
    /// It shall run again.
    Start,
    /// It shall go on from another place.
    Reset(ResetTarget),
    /// Its view shall be built anew beside the one that readers see.
    Rebuild,
    /// That shall end.
    CancelRebuild,
    /// What was built shall be shown although it has letters that wait.
    Switch,
    /// A segment shall become two.
    Split(Segment),
    /// A segment and its sibling shall become one.
    Merge(Segment),
    /// What waits in a sequence, or in all, shall be tried now.
    Retry {
        /// The sequence; none for all.
        sequence: Option<String>,
    },
    /// An event shall be handled as if it had another payload, now and whenever it is met again.
    Edit {
        /// Which.
        letter: LetterTarget,
        /// The payload.
        payload: EditedPayload,
    },
    /// An event shall be passed over, now and whenever it is met again.
    Evict {
        /// Which.
        letter: LetterTarget,
    },
    /// An event shall be handled once more.
    Redeliver {
        /// Which.
        letter: LetterTarget,
    },
}

/// Where a processor shall go on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetTarget {
    /// The place, found when it was asked for.
    pub token: Token,
    /// In the words of who asked: `beginning`, `head`, a position or a time.
    pub to: String,
}

/// An event that one processor has handled, or could not handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterTarget {
    /// Its letter; none for an event that was handled.
    pub letter: Option<DeadLetterId>,
    /// The event.
    pub event: EventId,
    /// Where it stands in what the processor follows.
    pub position: Position,
    /// The sequence it belongs to.
    pub sequence: String,
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionOutcome {
    /// It was done.
    Applied,
    /// It could not be done, and will not be.
    Refused {
        /// Why not.
        cause: String,
    },
}

/// A payload that somebody wrote, which may be personal: only its length is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct EditedPayload(pub Bytes);

impl fmt::Debug for EditedPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Opaque(&self.0).fmt(f)
    }
}

/// The id of the command that records how an action ended, so that it ends once.
pub(crate) fn outcome_id(action: EventId) -> CommandId {
    CommandId::new(Uuid::new_v5(&OUTCOMES, action.uuid().as_bytes()))
}
