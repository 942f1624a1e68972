//! Attempts that nobody answered: asking an operator to look, and doing as the operator decides.

use super::attempt::{Direction, Review};
use super::decide::Decision;
use super::{IssuedCard, ItemState, OpenAttempt, RentalCardEvent, RentalCardRefusal};
use crate::ids::ProcessId;
use crate::request::{Participant, RequestKind, Return};
use crate::text::Reason;

pub(super) fn expire(card: &IssuedCard, process: ProcessId) -> Vec<RentalCardEvent> {
    let silent = card.attempts.get(&process).map(|attempt| attempt.progress.expired()).unwrap_or_default();
    let why = match silent.as_slice() {
        [] => return vec![],
        [Participant::Book] => "no answer from BOOK",
        [Participant::Member] => "no answer from MEMBER",
        _ => "no answer from BOOK and MEMBER",
    };
    vec![RentalCardEvent::ReviewRequested { process, reason: Reason::of(why) }]
}

pub(super) fn resolve(
    card: &IssuedCard,
    process: ProcessId,
    direction: Direction,
    reason: &Reason,
) -> Decision {
    let attempt = in_review(card, process).ok_or(RentalCardRefusal::NotInReview { process })?;
    let follows = match (attempt.progress.direction, direction) {
        (None, Direction::Confirm) => vec![attempt.confirmed()],
        (None, Direction::Cancel) => cancelled_by_hand(attempt, reason),
        (Some(Direction::Cancel), Direction::Cancel) => vec![],
        (Some(Direction::Cancel), Direction::Confirm) if can_still_return(card, attempt) => {
            vec![attempt.confirmed()]
        }
        (Some(Direction::Cancel | Direction::Confirm), _) => {
            return Err(RentalCardRefusal::CannotConfirm { process });
        }
    };
    let resolved = RentalCardEvent::ReviewResolved { process, direction, reason: reason.clone() };
    Ok(std::iter::once(resolved).chain(follows).collect())
}

fn in_review(card: &IssuedCard, process: ProcessId) -> Option<&OpenAttempt> {
    card.attempts.get(&process).filter(|attempt| attempt.progress.review == Review::Requested)
}

fn cancelled_by_hand(attempt: &OpenAttempt, reason: &Reason) -> Vec<RentalCardEvent> {
    let undo = |participant| RentalCardEvent::UndoRequested { participant, asked: attempt.asked.clone() };
    std::iter::once(attempt.cancelled(reason.clone())).chain(attempt.progress.to_undo().map(undo)).collect()
}

/// Whether a cancelled return can happen after all: its item is still with the member and in no other return.
fn can_still_return(card: &IssuedCard, attempt: &OpenAttempt) -> bool {
    match attempt.asked.what {
        RequestKind::Return(Return { rental_id, .. }) => {
            card.items.iter().any(|item| item.rental_id == rental_id && item.state == ItemState::Rented)
        }
        RequestKind::Rent(_) | RequestKind::Clearing(_) => false,
    }
}
