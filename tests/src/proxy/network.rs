//! What the network does at the moment, and waiting for it to change.

use std::io;
use std::time::Duration;

use tokio::sync::watch::Receiver;

/// What happens to bytes and to new connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Open { delay: Duration },
    BlackHole,
    Cut,
}

/// The mode, and how often connections were taken down: an order is not missed when the next one follows at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Network {
    pub(super) mode: Mode,
    pub(super) resets: u64,
    pub(super) half_opens: u64,
}

impl Network {
    /// How much later bytes arrive; those that wait for another reason need no delay.
    pub(super) const fn delay(&self) -> Duration {
        match self.mode {
            Mode::Open { delay } => delay,
            Mode::BlackHole | Mode::Cut => Duration::ZERO,
        }
    }

    const fn is_open(&self) -> bool {
        matches!(self.mode, Mode::Open { .. })
    }
}

impl Default for Network {
    fn default() -> Self {
        Self { mode: Mode::Open { delay: Duration::ZERO }, resets: 0, half_opens: 0 }
    }
}

/// Waits until bytes may go.
///
/// # Errors
/// When the proxy is gone.
pub(super) async fn opened(network: &mut Receiver<Network>) -> io::Result<()> {
    becomes(network, Network::is_open).await.map(drop)
}

/// Waits until bytes may not go any more.
///
/// # Errors
/// When the proxy is gone.
pub(super) async fn closed(network: &mut Receiver<Network>) -> io::Result<()> {
    becomes(network, |now| !now.is_open()).await.map(drop)
}

/// Waits until the network is as wanted, and tells how it is then.
///
/// # Errors
/// When the proxy is gone.
pub(super) async fn becomes(
    network: &mut Receiver<Network>,
    wanted: impl FnMut(&Network) -> bool,
) -> io::Result<Network> {
    network.wait_for(wanted).await.map(|now| *now).map_err(|_| io::ErrorKind::ConnectionAborted.into())
}
