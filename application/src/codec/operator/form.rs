//! The fields of the operators' events as they are stored.

use domain::rental_card::attempt::Direction;
use domain::{ProcessId, Reason};
use serde::{Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::super::Actor;
use super::super::wire::{Stored, stored_names, stored_structs};
use super::ActionKind;
use crate::operations::{
    ActionOutcome, EditedPayload, LetterTarget, OperatorAction, OperatorEvent, ProcessorAction, ResetTarget,
};
use crate::ports::dead_letters::DeadLetterId;
use crate::ports::event_store::{EventId, LogId, Position};
use crate::ports::message_source::Token;
use crate::ports::token_store::{ProcessorName, Segment};

pub(super) struct TakenForm {
    what: ActionKind,
    target: TargetForm,
    reason: Option<Reason>,
    actor: Actor,
    detail: Option<DetailForm>,
}

/// What an action is done to; each kind has some of the fields.
#[derive(Default)]
struct TargetForm {
    processor: Option<ProcessorName>,
    segment: Option<Segment>,
    sequence: Option<String>,
    letter: Option<DeadLetterId>,
    event: Option<EventId>,
    position: Option<Position>,
    process: Option<ProcessId>,
}

/// What goes with an action; each kind has some of the fields.
struct DetailForm {
    payload: Option<EditedPayload>,
    to: Option<String>,
    token: Option<Token>,
    direction: Option<Direction>,
}

pub(super) struct EndedForm {
    action: EventId,
    outcome: EndKind,
    cause: Option<String>,
}

#[derive(Debug, Clone, Copy)]
enum EndKind {
    Applied,
    Refused,
}

stored_names! {
    EndKind as "how an action ends" { Applied = "APPLIED", Refused = "REFUSED" }
}

stored_structs! {
    TakenForm {
        what: ActionKind,
        target: TargetForm,
        reason: Option<Reason>,
        actor: Actor,
        detail: Option<DetailForm>,
    }
    TargetForm {
        processor: Option<ProcessorName>,
        segment: Option<Segment>,
        sequence: Option<String>,
        letter: Option<DeadLetterId>,
        event: Option<EventId>,
        position: Option<Position>,
        process: Option<ProcessId>,
    }
    DetailForm {
        payload: Option<EditedPayload>,
        to: Option<String>,
        token: Option<Token>,
        direction: Option<Direction>,
    }
    Segment { id: u32, mask: u32 }
    Token { log: LogId, position: Position, event: Option<EventId> }
    EndedForm { action: EventId, outcome: EndKind, cause: Option<String> }
}

impl TakenForm {
    pub(super) fn of(action: &OperatorAction, reason: Option<&Reason>, actor: &Actor) -> Self {
        let (target, detail) = match action {
            OperatorAction::Resolve { process, direction } => {
                let target = TargetForm { process: Some(*process), ..TargetForm::default() };
                (target, Some(DetailForm { direction: Some(*direction), ..DetailForm::NONE }))
            }
            OperatorAction::Processor { name, action } => {
                let (target, detail) = forms_of(action);
                (TargetForm { processor: Some(name.clone()), ..target }, detail)
            }
        };
        Self { what: action.kind(), target, reason: reason.cloned(), actor: actor.clone(), detail }
    }

    pub(super) fn into_event(self) -> Result<OperatorEvent, &'static str> {
        let Self { what, target, reason, actor, detail } = self;
        let detail = detail.unwrap_or(DetailForm::NONE);
        let action = if what == ActionKind::Resolve {
            let process = target.process.ok_or("a resolution names a process")?;
            let direction = detail.direction.ok_or("a resolution has a direction")?;
            OperatorAction::Resolve { process, direction }
        } else {
            let name = target.processor.clone().ok_or("an action on a processor names it")?;
            OperatorAction::Processor { name, action: action_of(what, target, detail)? }
        };
        Ok(OperatorEvent::ActionTaken { action, reason, actor })
    }
}

impl DetailForm {
    const NONE: Self = Self { payload: None, to: None, token: None, direction: None };
}

impl TargetForm {
    fn of_letter(letter: &LetterTarget) -> Self {
        let LetterTarget { letter, event, position, sequence } = letter.clone();
        Self {
            letter,
            event: Some(event),
            position: Some(position),
            sequence: Some(sequence),
            ..Self::default()
        }
    }

    fn into_letter(self) -> Result<LetterTarget, &'static str> {
        Ok(LetterTarget {
            letter: self.letter,
            event: self.event.ok_or("an action on an event names its id")?,
            position: self.position.ok_or("an action on an event names its position")?,
            sequence: self.sequence.ok_or("an action on an event names its sequence")?,
        })
    }
}

fn forms_of(action: &ProcessorAction) -> (TargetForm, Option<DetailForm>) {
    match action {
        ProcessorAction::Pause
        | ProcessorAction::Start
        | ProcessorAction::Rebuild
        | ProcessorAction::CancelRebuild
        | ProcessorAction::Switch => (TargetForm::default(), None),
        ProcessorAction::Reset(ResetTarget { token, to }) => {
            let detail = DetailForm { to: Some(to.clone()), token: Some(*token), ..DetailForm::NONE };
            (TargetForm::default(), Some(detail))
        }
        ProcessorAction::Split(segment) | ProcessorAction::Merge(segment) => {
            (TargetForm { segment: Some(*segment), ..TargetForm::default() }, None)
        }
        ProcessorAction::Retry { sequence } => {
            (TargetForm { sequence: sequence.clone(), ..TargetForm::default() }, None)
        }
        ProcessorAction::Edit { letter, payload } => {
            let detail = DetailForm { payload: Some(payload.clone()), ..DetailForm::NONE };
            (TargetForm::of_letter(letter), Some(detail))
        }
        ProcessorAction::Evict { letter } | ProcessorAction::Redeliver { letter } => {
            (TargetForm::of_letter(letter), None)
        }
    }
}

fn action_of(
    what: ActionKind,
    target: TargetForm,
    detail: DetailForm,
) -> Result<ProcessorAction, &'static str> {
    let segment = target.segment.ok_or("an action on a segment names it");
    Ok(match what {
        ActionKind::Pause => ProcessorAction::Pause,
        ActionKind::Start => ProcessorAction::Start,
        ActionKind::Reset => ProcessorAction::Reset(ResetTarget {
            token: detail.token.ok_or("a reset has a token")?,
            to: detail.to.ok_or("a reset says where to")?,
        }),
        ActionKind::Rebuild => ProcessorAction::Rebuild,
        ActionKind::CancelRebuild => ProcessorAction::CancelRebuild,
        ActionKind::Switch => ProcessorAction::Switch,
        ActionKind::Split => ProcessorAction::Split(segment?),
        ActionKind::Merge => ProcessorAction::Merge(segment?),
        ActionKind::Retry => ProcessorAction::Retry { sequence: target.sequence },
        ActionKind::Edit => ProcessorAction::Edit {
            payload: detail.payload.ok_or("an edit has a payload")?,
            letter: target.into_letter()?,
        },
        ActionKind::Evict => ProcessorAction::Evict { letter: target.into_letter()? },
        ActionKind::Redeliver => ProcessorAction::Redeliver { letter: target.into_letter()? },
        ActionKind::Resolve => return Err("a resolution is no action on a processor"),
    })
}

impl EndedForm {
    pub(super) fn of(action: EventId, outcome: &ActionOutcome) -> Self {
        match outcome {
            ActionOutcome::Applied => Self { action, outcome: EndKind::Applied, cause: None },
            ActionOutcome::Refused { cause } => {
                Self { action, outcome: EndKind::Refused, cause: Some(cause.clone()) }
            }
        }
    }

    pub(super) fn into_event(self) -> OperatorEvent {
        let outcome = match self.outcome {
            EndKind::Applied => ActionOutcome::Applied,
            EndKind::Refused => ActionOutcome::Refused { cause: self.cause.unwrap_or_default() },
        };
        OperatorEvent::ActionEnded { action: self.action, outcome }
    }
}

impl Stored for ProcessorName {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::read(from).map(Self::stored)
    }
}

impl Stored for Position {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        u64::read(from).map(Self::new)
    }
}

impl Stored for DeadLetterId {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.uuid().write(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Uuid::read(from).map(Self::new)
    }
}

impl Stored for LogId {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.uuid().write(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Uuid::read(from).map(Self::new)
    }
}

/// The text as it was written, since every byte of it counts.
impl Stored for EditedPayload {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // What is no text is refused before it is recorded.
        to.serialize_str(&String::from_utf8_lossy(&self.0))
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::read(from).map(|text| Self(text.into()))
    }
}
