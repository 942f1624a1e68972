//! Why a piece of work on the tables ended without an answer.

use crate::postgres::connection::Failure;
use crate::stores::step_error::StepError as AnyStepError;

/// A refusal, or a failure of this database.
pub(super) type StepError = AnyStepError<Failure>;

impl From<sqlx::Error> for StepError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Failure> for StepError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
