//! The operators' actions: each is an event first, is applied from that event, and ends with an event that says how.

mod action;
mod applying;
mod enrolling;
mod history;
mod honouring;
mod letters;

use std::convert::Infallible;

use domain::Decider;

pub(crate) use action::outcome_id;
pub use action::{
    ActionOutcome, EditedPayload, LetterTarget, OperatorAction, OperatorEvent, ProcessorAction, ResetTarget,
};
pub use applying::ActionHandler;
pub use enrolling::{applying, enrol};
pub use history::{ActionHistory, AuditLine, AuditPage, AuditPlace, TakenAction, month_of};
pub use honouring::end_rebuild_that_passed;

use crate::ports::token_store::ProcessorName;

/// The processor that applies actions.
pub const OPERATIONS: ProcessorName = ProcessorName::of("operations");

/// The actions of one month. Nothing that was done forbids what is done next, so there is no state to decide on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Operations;

impl Decider for Operations {
    type Command = OperatorEvent;
    type Event = OperatorEvent;
    type Refusal = Infallible;

    fn decide(&self, command: &OperatorEvent) -> Result<Vec<OperatorEvent>, Infallible> {
        Ok(vec![command.clone()])
    }

    fn evolve(self, _event: &OperatorEvent) -> Self {
        self
    }
}
