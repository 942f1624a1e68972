//! SIGTERM and SIGINT: the first asks the process to drain, the second ends it at once.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::Failure;

/// The two signals, caught from the moment this exists.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Catches the signals from now on.
    ///
    /// # Errors
    /// [`Failure::Runtime`] when the system does not let them be caught.
    pub(crate) fn catch() -> Result<Self, Failure> {
        let catch = |kind| signal(kind).map_err(Failure::Runtime);
        Ok(Self { terminate: catch(SignalKind::terminate())?, interrupt: catch(SignalKind::interrupt())? })
    }

    /// Waits for the next of them and says which it was. Dropping the future loses none.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
