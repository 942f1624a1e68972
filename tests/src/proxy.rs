//! A network that breaks when told: a TCP proxy between whoever is tested and a real server.

mod connection;
mod network;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use network::{Mode, Network};

/// Stands before one server, on a port of its own. When it is dropped, so are all its connections.
///
/// What it was told last holds for connections that are open and for those that come.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    network: watch::Sender<Network>,
    closing: CancellationToken,
    accepting: AbortOnDropHandle<()>,
}

impl Proxy {
    /// Lets everything through to `target`, until told otherwise. The target need not be there yet.
    ///
    /// # Errors
    /// When no port of the loopback interface can be had.
    pub async fn before(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (network, seen) = watch::channel(Network::default());
        let closing = CancellationToken::new();
        let accepting = tokio::spawn(accept(listener, target, seen, closing.clone()));
        Ok(Self { address, network, closing, accepting: AbortOnDropHandle::new(accepting) })
    }

    /// Where to connect to, instead of to the target.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets everything through, also what a black hole has held back.
    pub fn pass(&self) {
        self.turn(Mode::Open { delay: Duration::ZERO });
    }

    /// Lets everything through, `delay` later in each direction, in order. What is under way keeps the delay it set out
    /// with.
    pub fn latency(&self, delay: Duration) {
        self.turn(Mode::Open { delay });
    }

    /// Keeps connections open and accepts new ones, but reads nothing and forwards nothing, not even an end.
    ///
    /// The little that was read before may be lost to `reset` or wait for `pass`, like packets in a cable.
    pub fn black_hole(&self) {
        self.turn(Mode::BlackHole);
    }

    /// Cuts all open connections at once, on both sides, and each new one until `pass` or another order.
    pub fn reset(&self) {
        self.network.send_modify(|network| {
            network.mode = Mode::Cut;
            network.resets += 1;
        });
    }

    /// Takes the open connections from the server, and does not tell the client, whose sockets stay open and silent
    /// until `reset`. New connections pass.
    pub fn half_open(&self) {
        self.network.send_modify(|network| {
            network.mode = Mode::Open { delay: Duration::ZERO };
            network.half_opens += 1;
        });
    }

    /// Closes the port and all connections, and comes back when they are closed.
    pub async fn close(self) {
        self.closing.cancel();
        // It ends by itself now; that it panicked instead is reported by the panic.
        drop(self.accepting.await);
    }

    fn turn(&self, mode: Mode) {
        self.network.send_modify(|network| network.mode = mode);
    }
}

/// Owns all connections: they end with it.
async fn accept(
    listener: TcpListener,
    target: SocketAddr,
    network: watch::Receiver<Network>,
    closing: CancellationToken,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = closing.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => admit(client, target, &network, &mut connections),
                // Out of sockets, say: whoever connects from here on is refused, and sees it.
                Err(_) => break,
            },
        }
    }
    drop(listener);
    connections.shutdown().await;
}

fn admit(
    client: TcpStream,
    target: SocketAddr,
    network: &watch::Receiver<Network>,
    connections: &mut JoinSet<()>,
) {
    let born = *network.borrow();
    match born.mode {
        Mode::Cut => connection::cut(client),
        Mode::Open { .. } | Mode::BlackHole => {
            connections.spawn(connection::carry(client, target, network.clone(), born));
        }
    }
}
