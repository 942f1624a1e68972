//! Signals for a command that reads a file to its end, and may wait for what comes over a pipe.

use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, OnceLock};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::signals::Signals;

/// How long a read waits before it looks whether it is still wanted: 100 ms.
const WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// The signal that came, once one has. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Interruption(Arc<OnceLock<&'static str>>);

impl Interruption {
    /// Watches for signals from now on.
    pub(super) fn watch(mut signals: Signals) -> Self {
        let interruption = Self::default();
        let came = interruption.clone();
        tokio::spawn(async move {
            let signal = signals.next().await;
            came.0.get_or_init(|| signal);
        });
        interruption
    }

    /// Which one came.
    pub(super) fn signal(&self) -> Option<&'static str> {
        self.0.get().copied()
    }
}

/// A file that is read until a signal comes; then reading it fails.
#[derive(Debug)]
pub(super) struct InterruptibleFile {
    pub(super) file: File,
    pub(super) interruption: Interruption,
}

impl Read for InterruptibleFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(signal) = self.interruption.signal() {
                // Not `Interrupted`, which asks the reader to try again.
                return Err(io::Error::other(format!("{signal} came")));
            }
            let mut ready = [PollFd::new(&self.file, PollFlags::IN)];
            match poll(&mut ready, Some(&WAIT)) {
                Ok(0) | Err(Errno::INTR) => {} // nothing yet
                Ok(_) => return self.file.read(buffer),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
