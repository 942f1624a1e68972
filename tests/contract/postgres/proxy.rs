//! A way to the server on which messages are counted and answers get lost.

use std::io::Result;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Listens on a port of its own until it goes away.
pub(super) struct Proxy {
    /// The URL that leads through it.
    pub(super) url: String,
    traffic: Arc<Traffic>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Traffic {
    statements: AtomicU64,
    round_trips: AtomicU64,
    loses_next_answer: AtomicBool,
    refuses: AtomicBool,
}

impl Proxy {
    /// A way to the server of `url`.
    pub(super) async fn to(url: &str) -> Self {
        let server = PgConnectOptions::from_str(url).unwrap().ssl_mode(PgSslMode::Disable);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = (server.get_host().to_owned(), server.get_port());
        let traffic = Arc::<Traffic>::default();
        let task = tokio::spawn(accept(listener, target, Arc::clone(&traffic)));
        let url = server.host("127.0.0.1").port(port).to_url_lossy().to_string();
        Self { url, traffic, task }
    }

    /// How many statements were executed on it so far.
    pub(super) fn statements(&self) -> u64 {
        self.traffic.statements.load(Ordering::SeqCst)
    }

    /// How often the server was made to answer so far.
    pub(super) fn round_trips(&self) -> u64 {
        self.traffic.round_trips.load(Ordering::SeqCst)
    }

    /// Does what is asked next, and cuts the connection in place of the answer.
    pub(super) fn lose_next_answer(&self) {
        self.traffic.loses_next_answer.store(true, Ordering::SeqCst);
    }

    /// From now on, or no longer, connections are not taken.
    pub(super) fn refuse(&self, refuses: bool) {
        self.traffic.refuses.store(refuses, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: (String, u16), traffic: Arc<Traffic>) {
    while let Ok((client, _)) = listener.accept().await {
        if traffic.refuses.load(Ordering::SeqCst) {
            continue;
        }
        let (target, traffic) = (target.clone(), Arc::clone(&traffic));
        tokio::spawn(async move {
            let Ok(server) = TcpStream::connect(target).await else { return };
            // Else small messages are held back for each other.
            let _ = client.set_nodelay(true).and(server.set_nodelay(true));
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            // Whichever way ends first ends both.
            tokio::select! {
                _ = count(from_client, to_server, &traffic) => {}
                _ = answer(from_server, to_client, &traffic) => {}
            }
        });
    }
}

/// Passes on what a client says, message by message: a byte for the kind, unless it is the first, and four for the
/// length.
async fn count(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    traffic: &Traffic,
) -> Result<()> {
    let mut kind = None;
    loop {
        let length = from.read_u32().await?;
        let mut message: Vec<u8> = kind.into_iter().chain(length.to_be_bytes()).collect();
        let head = message.len();
        message.resize(head + length as usize - 4, 0);
        from.read_exact(&mut message[head..]).await?;
        to.write_all(&message).await?;
        kind = Some(from.read_u8().await?);
        match kind {
            Some(b'E') => drop(traffic.statements.fetch_add(1, Ordering::SeqCst)),
            Some(b'S') => drop(traffic.round_trips.fetch_add(1, Ordering::SeqCst)),
            Some(b'Q') => {
                traffic.statements.fetch_add(1, Ordering::SeqCst);
                traffic.round_trips.fetch_add(1, Ordering::SeqCst);
            }
            _ => {}
        }
    }
}

async fn answer(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    traffic: &Traffic,
) -> Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 || traffic.loses_next_answer.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        to.write_all(&piece[..read]).await?;
    }
}
