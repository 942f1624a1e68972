//! Values with a few states: the name of each, spelled once for messages, snapshots and tables.

use domain::book::BookStatus;
use domain::rental_card::attempt::{Direction, Part, Review, Status};
use domain::{Kind, OutcomeKind, Participant, Step};

use super::wire::stored_names;
use crate::ports::loan_view::LoanState;

/// An enum without data whose variants have stored names, which never change.
pub trait Named: Copy + 'static {
    /// All states.
    const ALL: &'static [Self];

    /// The state's name, such as `NEEDS_REVIEW`.
    fn name(self) -> &'static str;

    /// Its name in the columns of tables, such as `needs-review`.
    fn column_name(self) -> &'static str;

    /// The state with this name, if there is one.
    #[must_use]
    fn named(found: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == found)
    }
}

stored_names! {
    Kind as "a kind of attempt" { Rent = "RENT", Return = "RETURN", Overdue = "OVERDUE" }
    Participant as "a participant" { Book = "BOOK", Member = "MEMBER" }
    Step as "a step" { Do = "DO", Undo = "UNDO" }
    OutcomeKind as "a result" { Done = "DONE", Refused = "REFUSED" }
    Direction as "a direction" { Confirm = "CONFIRM", Cancel = "CANCEL" }
    Part as "a participant's state" {
        Waiting = "WAITING",
        Done = "DONE",
        Refused = "REFUSED",
        Undoing = "UNDOING",
        Undone = "UNDONE",
        UndoRefused = "UNDO_REFUSED",
    }
    Review as "a review" { NotNeeded = "NOT_NEEDED", Requested = "REQUESTED", Resolved = "RESOLVED" }
    Status as "an attempt's status" {
        Started = "STARTED",
        Completed = "COMPLETED",
        Compensating = "COMPENSATING",
        Compensated = "COMPENSATED",
        NeedsReview = "NEEDS_REVIEW",
        Resolved = "RESOLVED",
    }
    LoanState as "an item's state" {
        Pending = "PENDING", Rented = "RENTED", ReturnPending = "RETURN_PENDING",
    }
    BookStatus as "a status" { Entered = "ENTERED", Available = "AVAILABLE", Unavailable = "UNAVAILABLE" }
}

/// A name as columns have it: `NEEDS_REVIEW` is `needs-review` there.
pub(super) const fn column_name<const BYTES: usize>(name: &str) -> [u8; BYTES] {
    let mut bytes = [b' '; BYTES];
    let mut at = 0;
    while at < BYTES {
        let byte = name.as_bytes()[at];
        bytes[at] = if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
        at += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_same_name_in_small_letters() {
        assert_eq!(Status::NeedsReview.name(), "NEEDS_REVIEW");
        assert_eq!(Status::NeedsReview.column_name(), "needs-review");
        assert_eq!(Part::UndoRefused.column_name(), "undo-refused");
        assert_eq!(Kind::named("OVERDUE"), Some(Kind::Overdue));
        assert_eq!(Kind::named("overdue"), None);
    }
}
