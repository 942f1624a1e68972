//! SIGTERM, SIGINT and SIGHUP: the first asks the process to drain, the second ends it at once.

use std::fs;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::RunFailure;

/// The three signals, caught from the moment this exists.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// None where whoever started the process wants it to outlast the terminal, as `nohup` does.
    hang_up: Option<Signal>,
}

impl Signals {
    /// Catches the signals from now on. SIGUSR1 and SIGUSR2, which mean nothing here and would end the process, do
    /// nothing.
    ///
    /// # Errors
    /// [`RunFailure::Runtime`] when the system does not let them be caught.
    pub(crate) fn catch() -> Result<Self, RunFailure> {
        let catch = |kind| signal(kind).map_err(RunFailure::Runtime);
        // Once caught, a signal stays so, whether or not anybody listens.
        for ignored in [SignalKind::user_defined1(), SignalKind::user_defined2()] {
            drop(catch(ignored)?);
        }
        let hang_up = if hang_up_is_ignored() { None } else { Some(catch(SignalKind::hangup())?) };
        Ok(Self {
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
            hang_up,
        })
    }

    /// Waits for the next of them and says which it was. Dropping the future loses none.
    pub(crate) async fn next(&mut self) -> &'static str {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            _ = hang_up => "SIGHUP",
        }
    }
}

/// Whether the process was started with SIGHUP ignored. Where the system does not say so, it was not.
fn hang_up_is_ignored() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hang_up(&status))
}

/// The mask of ignored signals is in hexadecimal, and SIGHUP is its lowest bit.
fn ignores_hang_up(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_was_started_to_outlast_its_terminal_is_recognised() {
        assert!(ignores_hang_up("Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t0\n"));
        assert!(!ignores_hang_up("Name:\tx\nSigIgn:\t0000000000001000\nSigCgt:\t1\n"));
        assert!(!ignores_hang_up("nothing of the kind"));
    }
}
