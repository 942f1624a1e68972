//! Who is at the other end of a connection, as the requests that come on it see them.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::Extensions;
use tokio::sync::watch;

/// How often somebody who has closed their side is sent a sign of life: if nobody is there any more, that comes to
/// light.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// The client of a connection.
#[derive(Clone)]
pub(super) struct Peer {
    listening: SocketAddr,
    closed: watch::Receiver<bool>,
}

impl Peer {
    /// The client of a connection that was accepted where the service listens, and whether it has closed its side
    /// since.
    pub(super) const fn new(listening: SocketAddr, closed: watch::Receiver<bool>) -> Self {
        Self { listening, closed }
    }

    /// The one who sent a request; none when it did not come over a connection.
    pub(super) fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get::<Self>().cloned()
    }

    /// Where the service listens that it came to.
    pub(super) const fn listening(&self) -> SocketAddr {
        self.listening
    }

    /// Whether it has closed its side. It sends nothing more then; whether it still reads cannot be seen.
    pub(super) fn has_closed_its_side(&self) -> bool {
        *self.closed.borrow()
    }

    /// Waits until it has closed its side, and a while then.
    pub(super) async fn probe_due(&mut self) {
        if self.closed.wait_for(|closed| *closed).await.is_err() {
            // The connection is gone, and with it all who wait for something on it.
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(PROBE_EVERY).await;
    }
}
