//! How the steps of an attempt are written: the type of the event without its aggregate, and for an answer who gave it,
//! to what, and how.

use std::fmt;
use std::str::FromStr;

use domain::Kind;

use super::FormError;
use crate::codec::Named;
use crate::ports::process_view::StepKind;

/// Every step but the answers, with its name.
const NAMES: [(StepKind, &str); 13] = [
    (StepKind::Started(Kind::Rent), "item-rented"),
    (StepKind::Started(Kind::Return), "item-returned"),
    (StepKind::Started(Kind::Overdue), "clearing-requested"),
    (StepKind::Confirmed(Kind::Rent), "rent-confirmed"),
    (StepKind::Confirmed(Kind::Return), "return-confirmed"),
    (StepKind::Confirmed(Kind::Overdue), "fee-cleared"),
    (StepKind::Cancelled(Kind::Rent), "rent-cancelled"),
    (StepKind::Cancelled(Kind::Return), "return-cancelled"),
    (StepKind::Cancelled(Kind::Overdue), "clearing-refused"),
    (StepKind::UndoRequested, "undo-requested"),
    (StepKind::Compensated, "attempt-compensated"),
    (StepKind::ReviewRequested, "review-requested"),
    (StepKind::ReviewResolved, "review-resolved"),
];
/// The first word of every answer.
const ANSWERED: &str = "answer-recorded";

impl fmt::Display for StepKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Answered(participant, step, outcome) = self {
            return write!(f, "{ANSWERED} {} {} {}", participant.name(), step.name(), outcome.name());
        }
        let name = NAMES.iter().find(|(step, _)| step == self).map_or("", |(_, name)| name);
        f.write_str(name)
    }
}

impl FromStr for StepKind {
    type Err = FormError;

    fn from_str(found: &str) -> Result<Self, FormError> {
        let Some(answer) = found.strip_prefix(ANSWERED) else {
            let known = NAMES.iter().find(|(_, name)| *name == found);
            return known.map(|(step, _)| *step).ok_or(FormError::Name);
        };
        let mut words = answer.split_ascii_whitespace();
        let answer = Self::Answered(word(words.next())?, word(words.next())?, word(words.next())?);
        words.next().map_or(Ok(answer), |_more| Err(FormError::Name))
    }
}

fn word<T: Named>(found: Option<&str>) -> Result<T, FormError> {
    found.and_then(T::named).ok_or(FormError::Name)
}

#[cfg(test)]
mod tests {
    use domain::{OutcomeKind, Participant, Step};

    use super::*;

    #[test]
    fn every_step_is_read_as_it_was_written() {
        let answer = StepKind::Answered(Participant::Book, Step::Do, OutcomeKind::Done);
        assert_eq!(answer.to_string(), "answer-recorded BOOK DO DONE");
        for step in NAMES.map(|(step, _)| step).into_iter().chain([answer]) {
            assert_eq!(step.to_string().parse::<StepKind>().expect("it is one"), step);
        }
        for wrong in
            ["", "item-eaten", "answer-recorded", "answer-recorded BOOK DO", "answer-recorded BOOK DO DONE x"]
        {
            assert!(wrong.parse::<StepKind>().is_err(), "{wrong}");
        }
    }
}
