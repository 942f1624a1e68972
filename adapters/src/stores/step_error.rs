//! Why a piece of work on a store ended without an answer.

use application::ports::token_store::TokenError;
use application::ports::{BoxError, StoreError};

/// A refusal, which says everything, or a failure, which does not know yet what was being done.
#[derive(Debug)]
pub(crate) enum StepError<F> {
    Refused(TokenError),
    Failed(F),
}

/// What went wrong with a database, as its driver's folder sorts it.
pub(crate) trait StoreFailure {
    /// Of stored values that cannot be right.
    fn unreadable(found: BoxError) -> Self
    where
        Self: Sized;

    fn sorted(self) -> SortedFailure;
}

/// The kinds of failures that callers tell apart.
#[derive(Debug)]
pub(crate) enum SortedFailure {
    /// Nothing was written; a later try may go through.
    Unavailable(BoxError),
    /// It may have been written.
    UnknownOutcome(BoxError),
    /// What is stored, or was to be stored, contradicts itself.
    Corrupt(BoxError),
}

/// For a driver whose folder sorts its failures at once.
impl StoreFailure for SortedFailure {
    fn unreadable(found: BoxError) -> Self {
        Self::Corrupt(found)
    }

    fn sorted(self) -> Self {
        self
    }
}

impl<F: StoreFailure> StepError<F> {
    pub(crate) fn while_doing(self, doing: &'static str) -> TokenError {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Failed(failure) => match failure.sorted() {
                SortedFailure::Unavailable(source) => TokenError::Unavailable { doing, source },
                SortedFailure::UnknownOutcome(source) => TokenError::UnknownOutcome { doing, source },
                SortedFailure::Corrupt(source) => TokenError::Corrupt { doing, source },
            },
        }
    }
}

impl<F> From<TokenError> for StepError<F> {
    fn from(refusal: TokenError) -> Self {
        Self::Refused(refusal)
    }
}

/// A failure of the log, with what was being done.
pub(crate) fn of_log(doing: &'static str, failure: impl StoreFailure) -> StoreError {
    match failure.sorted() {
        SortedFailure::Unavailable(source) => StoreError::Unavailable { doing, source },
        SortedFailure::UnknownOutcome(source) => StoreError::UnknownOutcome { doing, source },
        SortedFailure::Corrupt(source) => StoreError::Corrupt { doing, source },
    }
}
