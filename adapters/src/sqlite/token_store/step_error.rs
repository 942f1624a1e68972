//! Why a piece of work on the tables ended without an answer.

use super::super::connection::Failure;
use crate::stores::step_error::StepError as AnyStepError;

/// A refusal, or a failure of this database.
pub(super) type StepError = AnyStepError<Failure>;

impl StepError {
    /// The same with more said of a failure; a refusal says everything.
    pub(super) fn about(self, say: impl FnOnce(Failure) -> Failure) -> Self {
        match self {
            Self::Refused(_) => self,
            Self::Failed(failure) => Self::Failed(say(failure)),
        }
    }
}

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
