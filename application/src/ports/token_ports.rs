//! The ports of a token store, as one adapter has them all.

use std::sync::Arc;

use super::{DeadLetters, ProcessorAdmin, TokenStore};

/// The three ports of one token store. Cheap to clone.
#[derive(Clone)]
pub struct TokenPorts {
    /// Claims, rows, commits, and how far processors are.
    pub store: Arc<dyn TokenStore>,
    /// What could not be handled, and what was said about single events.
    pub letters: Arc<dyn DeadLetters>,
    /// Which processors there are, and their shape.
    pub admin: Arc<dyn ProcessorAdmin>,
}

impl TokenPorts {
    /// Those of this adapter.
    #[must_use]
    pub fn of<T: TokenStore + DeadLetters + ProcessorAdmin + 'static>(adapter: &Arc<T>) -> Self {
        Self {
            store: Arc::<T>::clone(adapter),
            letters: Arc::<T>::clone(adapter),
            admin: Arc::<T>::clone(adapter),
        }
    }
}
