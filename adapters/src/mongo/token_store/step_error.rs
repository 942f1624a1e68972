//! Why a piece of work on the collections ended without an answer.

use application::ports::token_store::TokenError;

use crate::mongo::connection::{Failure, TransactionError};
use crate::stores::step_error::StepError as AnyStepError;

/// A refusal, or a failure of this database.
pub(super) type StepError = AnyStepError<Failure>;

/// The same of work that may be done once more within a transaction.
pub(super) type WorkError = TransactionError<StepError>;

impl From<Failure> for StepError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<StepError> for WorkError {
    fn from(error: StepError) -> Self {
        Self::Refused(error)
    }
}

impl From<TokenError> for WorkError {
    fn from(refusal: TokenError) -> Self {
        Self::Refused(refusal.into())
    }
}

impl WorkError {
    /// When it is not tried again.
    pub(super) fn ended(self) -> StepError {
        match self {
            Self::Driver(error) => Failure::from(error).into(),
            Self::Refused(error) => error,
        }
    }
}
