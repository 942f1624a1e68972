//! One of every action of operators, and how actions end.

use domain::rental_card::attempt::Direction;
use domain::{ProcessId, Reason};

use super::{rental_id, uuid};
use crate::codec::Actor;
use crate::operations::{
    ActionOutcome, EditedPayload, LetterTarget, OperatorAction, OperatorEvent, ProcessorAction, ResetTarget,
};
use crate::ports::dead_letters::DeadLetterId;
use crate::ports::event_store::{EventId, LogId, Position};
use crate::ports::message_source::Token;
use crate::ports::token_store::{ProcessorName, Segment};

pub(crate) fn operator_events() -> Vec<OperatorEvent> {
    let letter = LetterTarget {
        letter: Some(DeadLetterId::new(uuid(21))),
        event: EventId::new(uuid(22)),
        position: Position::new(7),
        sequence: "book:7".to_owned(),
    };
    let delivered = LetterTarget { letter: None, ..letter.clone() };
    let token =
        Token { log: LogId::new(uuid(23)), position: Position::new(7), event: Some(EventId::new(uuid(22))) };
    let segment = Segment { id: 1, mask: 3 };
    let payload = EditedPayload(r#"{"no":7,"title":"무진기행"}"#.into());
    let to_processor = [
        ProcessorAction::Edit { letter: letter.clone(), payload },
        ProcessorAction::Pause,
        ProcessorAction::Start,
        ProcessorAction::Reset(ResetTarget { token, to: "2026-03-02T08:15:30Z".to_owned() }),
        ProcessorAction::Rebuild,
        ProcessorAction::CancelRebuild,
        ProcessorAction::Switch,
        ProcessorAction::Split(segment),
        ProcessorAction::Merge(segment),
        ProcessorAction::Retry { sequence: None },
        ProcessorAction::Retry { sequence: Some("member:jenny".to_owned()) },
        ProcessorAction::Evict { letter },
        ProcessorAction::Redeliver { letter: delivered },
    ];
    let name = ProcessorName::stored("catalogue".to_owned());
    let actions = to_processor.map(|action| OperatorAction::Processor { name: name.clone(), action });
    let resolved =
        OperatorAction::Resolve { process: ProcessId::Rent(rental_id()), direction: Direction::Cancel };
    let taken = actions.into_iter().chain([resolved]).map(|action| OperatorEvent::ActionTaken {
        action,
        reason: Reason::parse("the title was cut").ok(),
        actor: Actor::Named("desk-1".to_owned()),
    });
    let bare = OperatorEvent::ActionTaken {
        action: OperatorAction::Processor { name: name.clone(), action: ProcessorAction::Pause },
        reason: None,
        actor: Actor::Anonymous,
    };
    let action = EventId::new(uuid(24));
    let ends = [ActionOutcome::Refused { cause: "a rebuild runs".to_owned() }, ActionOutcome::Applied];
    let ends = ends.map(|outcome| OperatorEvent::ActionEnded { action, outcome });
    taken.chain([bare]).chain(ends).collect()
}
