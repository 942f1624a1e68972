//! What stands before a server and has habits of its own, as poolers have.

use std::io::{Error, Result};
use std::str::FromStr;
use std::sync::Arc;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, copy, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// What it does to a session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Each client has a session of its own, and what its beginning asked for is dropped in silence.
    ForgetsOptions,
    /// The same, and one session is handed to all clients in turn, as the one before has left it.
    SharesSessions,
    /// A beginning that asks for more than it knows is refused.
    RefusesOptions,
}

/// Listens on a port of its own until it goes away.
pub(super) struct Pooler {
    /// The URL that leads through it.
    pub(super) url: String,
    task: JoinHandle<()>,
}

/// A session that is handed on, with what the server said when it began.
type Shared = Arc<Mutex<Option<(TcpStream, Vec<u8>)>>>;

impl Pooler {
    /// One before the server of `url`.
    pub(super) async fn before(url: &str, habit: Habit) -> Self {
        let server = PgConnectOptions::from_str(url).unwrap().ssl_mode(PgSslMode::Disable);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = (server.get_host().to_owned(), server.get_port());
        let task = tokio::spawn(async move {
            let shared = Shared::default();
            while let Ok((client, _)) = listener.accept().await {
                let (target, shared) = (target.clone(), Arc::clone(&shared));
                tokio::spawn(async move {
                    // One that is cut ends here, as it does in a pooler.
                    let _ = serve(client, target, habit, shared).await;
                });
            }
        });
        Self { url: server.host("127.0.0.1").port(port).to_url_lossy().to_string(), task }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut client: TcpStream, target: (String, u16), habit: Habit, shared: Shared) -> Result<()> {
    let startup = without_options(&message(&mut client).await?);
    match habit {
        Habit::RefusesOptions => {
            let said = b"SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0";
            client.write_u8(b'E').await?;
            client.write_u32(said.len() as u32 + 4).await?;
            client.write_all(said).await
        }
        Habit::ForgetsOptions => {
            let mut server = TcpStream::connect(target).await?;
            server.write_all(&startup).await?;
            copy_bidirectional(&mut client, &mut server).await.map(drop)
        }
        Habit::SharesSessions => {
            let mut shared = shared.lock().await;
            if shared.is_none() {
                *shared = Some(begun(target, &startup).await?);
            }
            let Some((server, greeting)) = &mut *shared else { return Ok(()) };
            client.write_all(greeting).await?;
            hand_over(&mut client, server).await
        }
    }
}

/// A session, and all that is said before it is ready.
async fn begun(target: (String, u16), startup: &[u8]) -> Result<(TcpStream, Vec<u8>)> {
    let mut server = TcpStream::connect(target).await?;
    server.write_all(startup).await?;
    let mut greeting = Vec::new();
    loop {
        let kind = server.read_u8().await?;
        greeting.push(kind);
        greeting.extend(message(&mut server).await?);
        if kind == b'Z' {
            return Ok((server, greeting));
        }
    }
}

/// Passes on what both say, until the client says farewell, which the server does not hear.
async fn hand_over(client: &mut TcpStream, server: &mut TcpStream) -> Result<()> {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.split(), server.split());
    let asking = async {
        loop {
            let kind = from_client.read_u8().await?;
            let rest = message(&mut from_client).await?;
            if kind == b'X' {
                return Ok::<(), Error>(());
            }
            to_server.write_all(&[&[kind], rest.as_slice()].concat()).await?;
        }
    };
    tokio::select! {
        asked = asking => asked,
        answered = copy(&mut from_server, &mut to_client) => answered.map(drop),
    }
}

/// A message without its kind: four bytes for the length, and the rest.
async fn message(from: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>> {
    let length = from.read_u32().await?;
    let mut message = length.to_be_bytes().to_vec();
    message.resize(length as usize, 0);
    from.read_exact(&mut message[4..]).await?;
    Ok(message)
}

/// Length and version, and then names and values, each with a zero behind it.
fn without_options(startup: &[u8]) -> Vec<u8> {
    let mut words: Vec<_> = startup[8..].split(|byte| *byte == 0).collect();
    if let Some(at) = words.iter().position(|word| *word == b"options") {
        words.drain(at..at + 2);
    }
    let words = words.join(&0);
    [&(words.len() as u32 + 8).to_be_bytes(), &startup[4..8], &words].concat()
}
