//! What is seen of deadlines: told by whoever looks at them, for whoever shows it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ports::token_store::ProcessorName;

/// Of which views deadlines are not looked at, or not all of them, and why. Cheap to clone; all clones say the same.
#[derive(Debug, Clone, Default)]
pub struct DeadlineSight(Arc<Mutex<Option<Unseen>>>);

/// Views, each with why its deadlines are not looked at.
pub type Unseen = BTreeMap<ProcessorName, &'static str>;

impl DeadlineSight {
    /// What was told last; none when nobody here looks at deadlines, or has looked yet.
    #[must_use]
    pub fn told(&self) -> Option<Unseen> {
        self.inner().clone()
    }

    /// Takes the place of what was told before.
    pub(crate) fn tell(&self, unseen: Unseen) {
        *self.inner() = Some(unseen);
    }

    fn inner(&self) -> MutexGuard<'_, Option<Unseen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
