//! The names that states of rows are stored under; a name once given stays.

use domain::book::BookStatus;
use domain::rental_card::attempt::{Part, Status};

use super::FormError;
use crate::ports::loan_view::LoanState;

/// A value with a few states, each stored under its name.
pub trait StoredName: Copy + 'static {
    /// All states.
    const ALL: &'static [Self];

    /// The state's name.
    fn name(self) -> &'static str;

    /// The state with this name.
    ///
    /// # Errors
    /// [`FormError::Name`].
    fn named(found: &str) -> Result<Self, FormError> {
        Self::ALL.iter().copied().find(|state| state.name() == found).ok_or(FormError::Name)
    }
}

impl StoredName for BookStatus {
    const ALL: &'static [Self] = &[Self::Entered, Self::Available, Self::Unavailable];

    fn name(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Available => "available",
            Self::Unavailable => "unavailable",
        }
    }
}

impl StoredName for LoanState {
    const ALL: &'static [Self] = &[Self::Pending, Self::Rented, Self::ReturnPending];

    fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Rented => "rented",
            Self::ReturnPending => "return-pending",
        }
    }
}

impl StoredName for Status {
    const ALL: &'static [Self] = &[
        Self::Started,
        Self::Completed,
        Self::Compensating,
        Self::Compensated,
        Self::NeedsReview,
        Self::Resolved,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Compensating => "compensating",
            Self::Compensated => "compensated",
            Self::NeedsReview => "needs-review",
            Self::Resolved => "resolved",
        }
    }
}

impl StoredName for Part {
    const ALL: &'static [Self] =
        &[Self::Waiting, Self::Done, Self::Refused, Self::Undoing, Self::Undone, Self::UndoRefused];

    fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
            Self::UndoRefused => "undo-refused",
        }
    }
}
