//! Why a bench could not go on.

use application::ports::publisher::PublishError;
use application::ports::{BoxError, StoreError, TokenError};
use thiserror::Error;

/// Why a bench could not go on. What it has made is still there for the ground to clear.
#[derive(Debug, Error)]
pub enum BenchError {
    /// No fresh stores could be made.
    #[error("making fresh stores for `{name}` failed")]
    Fixture {
        /// What they were for.
        name: String,
        /// Why not.
        #[source]
        source: BoxError,
    },
    /// The store did not do its part.
    #[error("{doing} failed")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// What the store said.
        #[source]
        source: StoreError,
    },
    /// The token store did not do its part.
    #[error("{doing} failed")]
    Tokens {
        /// What was being done.
        doing: &'static str,
        /// What the token store said.
        #[source]
        source: TokenError,
    },
    /// The broker did not do its part.
    #[error("{doing} failed")]
    Broker {
        /// What was being done.
        doing: &'static str,
        /// What its client said.
        #[source]
        source: PublishError,
    },
    /// A command was not done, an event could not be read, or a task broke off.
    #[error("{doing} failed")]
    Inside {
        /// What was being done.
        doing: &'static str,
        /// What went wrong.
        #[source]
        source: BoxError,
    },
    /// Something that had to follow did not within its time.
    #[error("{what} took longer than {limit_s} s; the machine is too slow for this load, or something hangs")]
    TooSlow {
        /// What was waited for.
        what: &'static str,
        /// How long, in seconds.
        limit_s: u64,
    },
    /// Nothing was done in the time that was measured.
    #[error("nothing of {side} was done in the time given; measure for longer with --for")]
    Nothing {
        /// Which side.
        side: &'static str,
    },
}

impl BenchError {
    pub(super) fn store(doing: &'static str) -> impl FnOnce(StoreError) -> Self {
        move |source| Self::Store { doing, source }
    }

    pub(super) fn broker(doing: &'static str) -> impl FnOnce(PublishError) -> Self {
        move |source| Self::Broker { doing, source }
    }

    pub(super) fn inside<E: Into<BoxError>>(doing: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Inside { doing, source: error.into() }
    }
}
