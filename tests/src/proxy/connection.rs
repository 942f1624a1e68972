//! One connection through the proxy, from its first byte to its end.

use std::future::pending;
use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, timeout_at};

use super::network::{Network, becomes, closed, opened};

/// The most bytes of one read.
pub(super) const CHUNK_BYTES: usize = 16 * 1024;
/// The most reads under way in one direction: together 1 MiB.
const CHUNKS_MAX: usize = 64;

/// Bytes under way, and when they arrive; none are the end.
struct Chunk {
    due: Instant,
    bytes: Bytes,
}

enum End {
    /// Both sides have closed.
    Closed,
    Cut,
    HalfOpen,
}

/// Carries bytes between a client and the target until both have ended, or the network takes the connection down.
pub(super) async fn carry(
    mut client: TcpStream,
    target: SocketAddr,
    mut network: Receiver<Network>,
    born: Network,
) {
    let mut server = None;
    let end = tokio::select! {
        biased;
        end = taken_down(network.clone(), born) => end,
        done = converse(&mut client, &mut server, target, &network) => match done {
            Ok(()) => End::Closed,
            // The target is away or was cut off: the client sees it as it would without us.
            Err(_) => End::Cut,
        },
    };
    match end {
        End::Closed => {}
        End::Cut => server.into_iter().chain([client]).for_each(cut),
        End::HalfOpen => {
            server.into_iter().for_each(cut);
            if becomes(&mut network, |now| now.resets != born.resets).await.is_ok() {
                cut(client);
            }
        }
    }
}

/// Closes a connection so that its peer gets a reset and not an end.
pub(super) fn cut(stream: TcpStream) {
    // Fails for a socket that is broken already, which is what was wanted.
    drop(stream.set_zero_linger());
}

async fn taken_down(mut network: Receiver<Network>, born: Network) -> End {
    let taken = |now: &Network| now.resets != born.resets || now.half_opens != born.half_opens;
    match becomes(&mut network, taken).await {
        Ok(now) if now.resets != born.resets => End::Cut,
        Ok(_) => End::HalfOpen,
        // The proxy is gone.
        Err(_) => End::Closed,
    }
}

async fn converse(
    client: &mut TcpStream,
    server: &mut Option<TcpStream>,
    target: SocketAddr,
    network: &Receiver<Network>,
) -> io::Result<()> {
    opened(&mut network.clone()).await?;
    let server = server.insert(TcpStream::connect(target).await?);
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    tokio::try_join!(flow(from_client, to_server, network), flow(from_server, to_client, network)).map(drop)
}

async fn flow(from: ReadHalf<'_>, to: WriteHalf<'_>, network: &Receiver<Network>) -> io::Result<()> {
    let (sent, arriving) = mpsc::channel(CHUNKS_MAX);
    tokio::try_join!(take(from, sent, network.clone()), give(to, arriving, network.clone())).map(drop)
}

async fn take(
    mut from: ReadHalf<'_>,
    sent: mpsc::Sender<Chunk>,
    mut network: Receiver<Network>,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        opened(&mut network).await?;
        let count = tokio::select! {
            biased;
            shut = closed(&mut network) => {
                shut?;
                continue;
            }
            count = from.read(&mut buffer) => count?,
        };
        let chunk = Chunk { due: arrival(&network), bytes: Bytes::copy_from_slice(&buffer[..count]) };
        if sent.send(chunk).await.is_err() || count == 0 {
            return Ok(());
        }
    }
}

fn arrival(network: &Receiver<Network>) -> Instant {
    Instant::now() + network.borrow().delay()
}

async fn give(
    mut to: WriteHalf<'_>,
    mut arriving: mpsc::Receiver<Chunk>,
    mut network: Receiver<Network>,
) -> io::Result<()> {
    while let Some(chunk) = arriving.recv().await {
        timeout_at(chunk.due, pending::<()>()).await.unwrap_or_default();
        opened(&mut network).await?;
        if chunk.bytes.is_empty() {
            return to.shutdown().await;
        }
        to.write_all(&chunk.bytes).await?;
    }
    Ok(())
}
