//! The proxy before a small server that sends back what it gets.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::Proxy;

/// The most that anything which has to happen may take.
const LIMIT: Duration = Duration::from_secs(20);
/// How long nothing has to happen before it counts as nothing.
const SILENCE: Duration = Duration::from_millis(200);

/// Sends back what it gets; says how many connections it has.
struct Echo {
    address: SocketAddr,
    open: watch::Receiver<usize>,
    _serving: AbortOnDropHandle<()>,
}

impl Echo {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (count, open) = watch::channel(0);
        let serving = tokio::spawn(serve(listener, count));
        Self { address, open, _serving: AbortOnDropHandle::new(serving) }
    }

    async fn has(&self, connections: usize) {
        let mut open = self.open.clone();
        timeout(LIMIT, open.wait_for(|open| *open == connections)).await.unwrap().unwrap();
    }

    async fn keeps(&self, connections: usize) {
        let mut open = self.open.clone();
        let change =
            timeout(SILENCE, open.wait_for(|open| *open != connections)).await.map(|open| *open.unwrap());
        assert!(change.is_err(), "{change:?} instead of {connections}");
    }
}

async fn serve(listener: TcpListener, count: watch::Sender<usize>) {
    let mut connections = JoinSet::new();
    while let Ok((mut stream, _)) = listener.accept().await {
        let count = count.clone();
        count.send_modify(|open| *open += 1);
        connections.spawn(async move {
            let (mut from, mut to) = stream.split();
            drop(tokio::io::copy(&mut from, &mut to).await);
            drop(to.shutdown().await);
            count.send_modify(|open| *open -= 1);
        });
    }
}

struct Caller(TcpStream);

impl Caller {
    /// Whose first word has been answered, so that the connection stands on both sides.
    async fn connected(proxy: &Proxy) -> Self {
        let mut caller = Self::to(proxy).await;
        caller.says("hello").await;
        caller.hears("hello").await;
        caller
    }

    async fn to(proxy: &Proxy) -> Self {
        Self(timeout(LIMIT, TcpStream::connect(proxy.address())).await.unwrap().unwrap())
    }

    async fn says(&mut self, words: &str) {
        timeout(LIMIT, self.0.write_all(words.as_bytes())).await.unwrap().unwrap();
    }

    async fn hears(&mut self, words: &str) {
        let mut heard = vec![0; words.len()];
        timeout(LIMIT, self.0.read_exact(&mut heard)).await.unwrap().unwrap();
        assert_eq!(heard, words.as_bytes());
    }

    async fn hears_nothing(&mut self) {
        let heard = timeout(SILENCE, self.0.read_u8()).await;
        assert!(heard.is_err(), "{heard:?}");
    }

    /// How the connection ended: with nothing more to read, or with an error.
    async fn end(&mut self) -> Result<usize, io::ErrorKind> {
        let mut rest = [0; 1];
        timeout(LIMIT, self.0.read(&mut rest)).await.unwrap().map_err(|error| error.kind())
    }
}

async fn echo_behind_proxy() -> (Echo, Proxy) {
    let echo = Echo::start().await;
    let proxy = Proxy::before(echo.address).await.unwrap();
    (echo, proxy)
}

#[tokio::test]
async fn bytes_pass_both_ways_and_so_does_the_end() {
    let (echo, proxy) = echo_behind_proxy().await;
    let mut caller = Caller::connected(&proxy).await;
    caller.says("goodbye").await;
    caller.0.shutdown().await.unwrap();
    caller.hears("goodbye").await;
    assert_eq!(caller.end().await, Ok(0));
    echo.has(0).await;
}

#[tokio::test]
async fn latency_is_added_in_each_direction_and_pass_takes_it_away() {
    let (_echo, proxy) = echo_behind_proxy().await;
    let mut caller = Caller::connected(&proxy).await;
    proxy.latency(Duration::from_millis(80));
    let asked = Instant::now();
    caller.says("late").await;
    caller.hears("late").await;
    assert!(asked.elapsed() >= Duration::from_millis(160), "{:?}", asked.elapsed());
    proxy.latency(LIMIT * 3);
    proxy.pass();
    caller.says("soon").await;
    caller.hears("soon").await;
}

#[tokio::test]
async fn latency_holds_for_the_end_as_well() {
    let (_echo, proxy) = echo_behind_proxy().await;
    let mut caller = Caller::connected(&proxy).await;
    proxy.latency(Duration::from_millis(80));
    let left = Instant::now();
    caller.0.shutdown().await.unwrap();
    assert_eq!(caller.end().await, Ok(0));
    assert!(left.elapsed() >= Duration::from_millis(160), "{:?}", left.elapsed());
}

#[tokio::test]
async fn latency_does_not_add_up_over_what_is_sent_together() {
    let (_echo, proxy) = echo_behind_proxy().await;
    let mut caller = Caller::connected(&proxy).await;
    let delay = Duration::from_millis(500);
    proxy.latency(delay);
    let asked = Instant::now();
    let many = "x".repeat(20 * super::connection::CHUNK_BYTES);
    caller.says(&many).await;
    caller.hears(&many).await;
    assert!(asked.elapsed() < delay * 10, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_black_hole_is_silent_and_what_was_sent_arrives_when_it_ends() {
    let (echo, proxy) = echo_behind_proxy().await;
    let mut caller = Caller::connected(&proxy).await;
    proxy.black_hole();
    caller.says("anybody?").await;
    caller.hears_nothing().await;
    echo.has(1).await;
    proxy.pass();
    caller.hears("anybody?").await;
}

#[tokio::test]
async fn a_black_hole_accepts_who_comes_and_tells_nobody() {
    let (echo, proxy) = echo_behind_proxy().await;
    proxy.black_hole();
    let mut caller = Caller::to(&proxy).await;
    caller.says("anybody?").await;
    caller.hears_nothing().await;
    echo.has(0).await;
    proxy.pass();
    caller.hears("anybody?").await;
}

#[tokio::test]
async fn a_black_hole_does_not_pass_on_an_end() {
    let (echo, proxy) = echo_behind_proxy().await;
    let caller = Caller::connected(&proxy).await;
    proxy.black_hole();
    drop(caller);
    echo.keeps(1).await;
    proxy.pass();
    echo.has(0).await;
}

#[tokio::test]
async fn a_black_hole_does_not_pass_on_a_reset() {
    let (echo, proxy) = echo_behind_proxy().await;
    let caller = Caller::connected(&proxy).await;
    proxy.black_hole();
    super::connection::cut(caller.0);
    echo.keeps(1).await;
    proxy.pass();
    echo.has(0).await;
}

#[tokio::test]
async fn a_black_hole_stops_reading_so_that_a_sender_has_to_wait() {
    let (_echo, proxy) = echo_behind_proxy().await;
    let mut caller = Caller::connected(&proxy).await;
    proxy.black_hole();
    let mut taken = 0;
    while let Ok(count) = timeout(SILENCE, caller.0.write(&[0; 64 * 1024])).await {
        taken += count.unwrap();
        assert!(taken < 64 * 1024 * 1024, "more than the system keeps for two sockets was taken");
    }
}

#[tokio::test]
async fn a_reset_cuts_both_sides_at_once() {
    let (echo, proxy) = echo_behind_proxy().await;
    let mut caller = Caller::connected(&proxy).await;
    proxy.reset();
    assert_eq!(caller.end().await, Err(io::ErrorKind::ConnectionReset));
    echo.has(0).await;
}

#[tokio::test]
async fn a_reset_cuts_what_is_open_even_if_pass_follows_at_once() {
    let (_echo, proxy) = echo_behind_proxy().await;
    let mut caller = Caller::connected(&proxy).await;
    proxy.reset();
    proxy.pass();
    assert_eq!(caller.end().await, Err(io::ErrorKind::ConnectionReset));
    Caller::connected(&proxy).await;
}

#[tokio::test]
async fn a_reset_ends_a_black_hole() {
    let (_echo, proxy) = echo_behind_proxy().await;
    let mut caller = Caller::connected(&proxy).await;
    proxy.black_hole();
    let mut silent = Caller::to(&proxy).await;
    silent.hears_nothing().await;
    proxy.reset();
    assert_eq!(caller.end().await, Err(io::ErrorKind::ConnectionReset));
    assert_eq!(silent.end().await, Err(io::ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn after_a_reset_new_connections_are_cut_until_pass() {
    let (echo, proxy) = echo_behind_proxy().await;
    proxy.reset();
    let mut caller = Caller::to(&proxy).await;
    assert_eq!(caller.end().await, Err(io::ErrorKind::ConnectionReset));
    echo.has(0).await;
    proxy.pass();
    Caller::connected(&proxy).await;
}

#[tokio::test]
async fn of_a_half_open_connection_the_server_knows_the_end_and_the_client_nothing() {
    let (echo, proxy) = echo_behind_proxy().await;
    let mut caller = Caller::connected(&proxy).await;
    proxy.half_open();
    echo.has(0).await;
    caller.says("anybody?").await;
    caller.hears_nothing().await;
    Caller::connected(&proxy).await;
    proxy.reset();
    assert_eq!(caller.end().await, Err(io::ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn a_server_that_is_away_cuts_the_client() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    let proxy = Proxy::before(free).await.unwrap();
    let mut caller = Caller::to(&proxy).await;
    assert_eq!(caller.end().await, Err(io::ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn closing_ends_all_connections_and_frees_the_port() {
    let (echo, proxy) = echo_behind_proxy().await;
    let address = proxy.address();
    let mut passing = Caller::connected(&proxy).await;
    proxy.black_hole();
    let mut silent = Caller::to(&proxy).await;
    proxy.close().await;
    assert!(passing.end().await.is_ok_and(|read| read == 0));
    silent.end().await.unwrap_or_default();
    echo.has(0).await;
    TcpListener::bind(address).await.unwrap();
}

#[tokio::test]
async fn dropping_ends_all_connections() {
    let (echo, proxy) = echo_behind_proxy().await;
    let mut caller = Caller::connected(&proxy).await;
    drop(proxy);
    assert_eq!(caller.end().await, Ok(0));
    echo.has(0).await;
}
