//! Whether a disk that refused a write would refuse the next one.

use std::sync::{Mutex, PoisonError};

use application::ports::DiskFault;

use super::failure::{FULL, Failure, INPUT_OUTPUT};

/// Why the last write that failed did, when its disk was the reason. It is asked for by those who might send requests
/// here, and a service to which nobody sends any would never find out by itself that there is room again.
#[derive(Debug, Default)]
pub(super) struct WriteFault(Mutex<Option<DiskFault>>);

impl WriteFault {
    /// Keeps in mind why a write failed.
    pub(super) fn note(&self, failure: &Failure) {
        if let Some(FULL | INPUT_OUTPUT) = failure.code() {
            let fault = if failure.code() == Some(FULL) { DiskFault::NoRoom } else { DiskFault::Failing };
            self.set(Some(fault));
        }
    }

    /// Forgets it: something could be written.
    pub(super) fn is_over(&self) {
        self.set(None);
    }

    /// What is kept in mind.
    pub(super) fn noted(&self) -> Option<DiskFault> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, fault: Option<DiskFault>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }
}
