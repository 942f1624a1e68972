//! Why a piece of work on the tables ended without an answer.

use application::ports::token_store::TokenError;

use crate::postgres::connection::Failure;

/// A refusal, which says everything, or a failure, which does not know yet what was being done.
#[derive(Debug)]
pub(super) enum StepError {
    Refused(TokenError),
    Failed(Failure),
}

impl StepError {
    pub(super) fn while_doing(self, doing: &'static str) -> TokenError {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Failed(Failure::Unavailable(source)) => TokenError::Unavailable { doing, source },
            Self::Failed(Failure::UnknownOutcome(source)) => TokenError::UnknownOutcome { doing, source },
            Self::Failed(Failure::Corrupt(source)) => TokenError::Corrupt { doing, source },
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

impl From<TokenError> for StepError {
    fn from(refusal: TokenError) -> Self {
        Self::Refused(refusal)
    }
}
