//! Why a piece of work on the tables ended without an answer.

use application::ports::token_store::TokenError;

use super::super::connection::Failure;

/// A refusal, which says everything, or a failure, which does not know yet what was being done.
#[derive(Debug)]
pub(super) enum StepError {
    Refused(TokenError),
    Failed(Failure),
}

impl StepError {
    /// The same with more said of a failure; a refusal says everything.
    pub(super) fn about(self, say: impl FnOnce(Failure) -> Failure) -> Self {
        match self {
            Self::Refused(_) => self,
            Self::Failed(failure) => Self::Failed(say(failure)),
        }
    }

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
