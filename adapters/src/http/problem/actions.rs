//! Which problem it is when something that an operator asked for is not done.

use application::control::ActionError;

use super::Problem;
use super::catalogue::{
    DEAD_LETTER_NOT_FOUND, EVENT_NOT_FOUND, IDEMPOTENCY_KEY_REUSED, PROCESSOR_NOT_FOUND, ProblemKind, kinds,
};

kinds! {
    PROCESSOR_RUNNING = 409 "processor-running"
        "The processor runs"
        "A handler or the relay goes on from another place only while it is paused. Pause it first, and start it afterwards."
    REBUILD_INSTEAD = 409 "rebuild-instead"
        "A view is built anew"
        "In a view no event may count twice. Reset the processor to `beginning`: a new view is built beside the one that readers see."
    NO_REBUILD = 409 "no-rebuild"
        "No rebuild runs"
        "The processor is not being rebuilt, or is done with it."
    CANNOT_SPLIT = 409 "cannot-split"
        "The segment cannot be split"
        "The answer says why. /v1/processors/{name} shows the segments that there are."
    CANNOT_MERGE = 409 "cannot-merge"
        "The segments cannot be merged"
        "The answer says why. Two halves of one segment become one; /v1/processors/{name} shows the segments that there are."
    NO_SUCH_PLACE = 409 "no-such-place"
        "There is no such place to go on from"
        "What the processor follows does not reach the position, or cannot be entered there."
    NOT_CONCERNED = 409 "not-concerned"
        "The event does not concern the processor"
        "The processor follows something else, or passes over events of this type."
    PAYLOAD_UNUSABLE = 422 "payload-unusable"
        "The payload cannot stand for the event's"
        "It has to be readable as the event's type and newest revision, and has to be about the same things. The answer says what is wrong."
    NOT_AGAIN = 409 "not-again"
        "The event is not handled once more"
        "It was evicted, which holds; or it is an operator's action, whose last word holds. Nothing was recorded."
    ACTION_REFUSED = 409 "action-refused"
        "The action turned out to be impossible"
        "It is recorded, and when it was to be applied things stood in another way than when it was asked for. `cause` says how; nothing was changed."
    ACTION_NOT_APPLIED = 503 "action-not-applied"
        "The action is recorded and not applied yet"
        "It is applied as soon as that is possible; the processor `operations` says why it waits. The same request with the same Idempotency-Key is answered with how it ended."
    STILL_RUNNING = 503 "still-running"
        "Somebody still works on the processor"
        "It is paused, and a node that works on it has not said that it stopped. Its claim runs out ten seconds after it was last heard of."
}

const NOT_APPLIED: &str = "it is recorded and will be applied; /v1/processors/operations says why it waits. Send the \
    same again with the same Idempotency-Key to learn how it ended";

impl From<ActionError> for Problem {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::UnknownProcessor { .. } => said(&PROCESSOR_NOT_FOUND, &error),
            ActionError::Running { .. } => said(&PROCESSOR_RUNNING, &error),
            ActionError::RebuildInstead { .. } => said(&REBUILD_INSTEAD, &error),
            ActionError::NoRebuild { .. } => said(&NO_REBUILD, &error),
            ActionError::CannotSplit { .. } => said(&CANNOT_SPLIT, &error),
            ActionError::CannotMerge { .. } => said(&CANNOT_MERGE, &error),
            ActionError::NoSuchPlace { .. } => said(&NO_SUCH_PLACE, &error),
            ActionError::NoLetter => said(&DEAD_LETTER_NOT_FOUND, &error),
            ActionError::BadPayload { .. } => said(&PAYLOAD_UNUSABLE, &error),
            ActionError::NotConcerned { .. } => said(&NOT_CONCERNED, &error),
            ActionError::Evicted { .. } | ActionError::OnlyOnce => said(&NOT_AGAIN, &error),
            ActionError::NoEvent { .. } => said(&EVENT_NOT_FOUND, &error),
            ActionError::StillRunning { .. } => said(&STILL_RUNNING, &error),
            ActionError::IdReused { .. } => Self::new(
                &IDEMPOTENCY_KEY_REUSED,
                "this Idempotency-Key was used here for another request; use a new key for a new one",
            ),
            ActionError::Refused { position, ref cause } => {
                let cause = cause.clone();
                said(&ACTION_REFUSED, &error).with("position", position.value()).with("cause", cause)
            }
            ActionError::NotApplied { position } => {
                Self::new(&ACTION_NOT_APPLIED, NOT_APPLIED).with("position", position.value())
            }
            ActionError::Away(_) | ActionError::Lost { .. } => {
                Self::new(&ACTION_NOT_APPLIED, NOT_APPLIED).caused_by(&error)
            }
            ActionError::Record(error) => error.into(),
            ActionError::Store(error) => error.into(),
            ActionError::Source(error) => {
                Self::new(&NO_SUCH_PLACE, "what the processor follows cannot be read now; try again")
                    .caused_by(&error)
            }
            ActionError::Tokens(error) => error.into(),
            ActionError::Unreadable(error) => error.into(),
            ActionError::Query(error) => error.into(),
        }
    }
}

fn said(kind: &'static ProblemKind, error: &ActionError) -> Problem {
    Problem::new(kind, error)
}
