//! The errors of the ports, as somebody makes them who lets calls fail.

use std::fmt;

use application::ports::event_store::StoreError;
use application::ports::token_store::TokenError;

/// What every port can say went wrong.
pub(super) trait PortError: fmt::Debug + Send + Sized + 'static {
    /// Nothing was done.
    fn away(doing: &'static str) -> Self;
    /// Nobody knows whether it was done.
    fn lost(doing: &'static str) -> Self;
    /// What is stored contradicts itself.
    fn corrupt(doing: &'static str) -> Self;
}

macro_rules! port_errors {
    ($($error:ty),+) => {
        $(impl PortError for $error {
            fn away(doing: &'static str) -> Self {
                Self::Unavailable { doing, source: "simulated: it is away".into() }
            }

            fn lost(doing: &'static str) -> Self {
                Self::UnknownOutcome { doing, source: "simulated: the answer is lost".into() }
            }

            fn corrupt(doing: &'static str) -> Self {
                Self::Corrupt { doing, source: "simulated: it is torn".into() }
            }
        })+
    };
}

port_errors!(StoreError, TokenError);
