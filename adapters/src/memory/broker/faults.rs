//! What goes wrong with records that are offered, when it is asked for.

use std::collections::BTreeMap;

use application::ports::publisher::PublishFailure;
use thiserror::Error;

/// What goes wrong when it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// The record is refused for good.
    #[error("the record was to be refused")]
    Permanent,
    /// The record is not taken this time.
    #[error("the record was not to be taken this time")]
    Transient,
    /// Nobody is there when the record's batch comes.
    #[error("nobody was to be there")]
    Away,
}

/// Faults by the number of the record that they stand before.
#[derive(Default)]
pub(super) struct Faults {
    offered: usize,
    planned: BTreeMap<usize, Fault>,
}

impl Faults {
    pub(super) fn plan(&mut self, nth: usize, fault: Fault) {
        self.planned.insert(self.offered + nth, fault);
    }

    /// Being away stands before the whole batch: nothing of it is offered.
    pub(super) fn is_away(&mut self, count: usize) -> bool {
        let mut coming = self.planned.range(self.offered..self.offered + count);
        let Some(at) = coming.find(|(_, fault)| **fault == Fault::Away).map(|(&at, _)| at) else {
            return false;
        };
        self.planned.remove(&at).is_some()
    }

    /// Counts a record that is offered.
    pub(super) fn offer(&mut self) -> Result<(), PublishFailure> {
        let at = self.offered;
        self.offered += 1;
        match self.planned.remove(&at) {
            None => Ok(()),
            Some(Fault::Permanent) => Err(PublishFailure::Permanent(Box::new(Fault::Permanent))),
            Some(fault @ (Fault::Transient | Fault::Away)) => Err(PublishFailure::Transient(Box::new(fault))),
        }
    }
}
