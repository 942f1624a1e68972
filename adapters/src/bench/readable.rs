//! How long it takes from a command's answer until others can read its message: with all clients as fast as they can,
//! and then with half as many commands a second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use application::commands::Commands;
use application::messages::{ForeignRecord, Topic};
use application::ports::MessageSource;
use application::ports::event_store::{Position, Types};
use application::ports::message_source::{StartingPoint, Token};
use application::processing::Reaction;
use application::reactions::PUBLISH;
use domain::book::BookCommand;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::error::BenchError;
use super::fixture::BrokerSite;
use super::measured::{BenchTurns, Measured, Times};
use super::relay::all_of;
use super::report::Side;
use super::running::Running;
use super::{Bench, Pace};

/// Records read at once.
const PAGE: usize = 1_000;
/// How long a message may take.
const COMING_MAX: Duration = Duration::from_secs(60);

/// Clients that enter books, a relay, and those who read the catalogue's topic.
pub(super) struct CatalogueReaders {
    bench: Bench,
    clients: u32,
    commands: Commands,
    running: Running,
    arrivals: Arc<Arrivals>,
    numbers: Arc<AtomicU64>,
    reading: JoinSet<Result<(), BenchError>>,
}

/// Those who wait for the message of a book, by its key.
#[derive(Default)]
struct Arrivals(Mutex<HashMap<String, oneshot::Sender<Instant>>>);

impl CatalogueReaders {
    pub(super) async fn start(bench: &Bench, broker: &BrokerSite, clients: u32) -> Result<Self, BenchError> {
        let site = bench.site("readable").await?;
        let commands = bench.start_commands(Arc::clone(&site.store));
        let (arrivals, mut reading) = (Arc::<Arrivals>::default(), JoinSet::new());
        let all = broker.exchange.partitions.iter();
        for partition in all.filter(|partition| partition.topic == Topic::BookCatalogue) {
            let (source, arrivals) = (Arc::clone(&partition.source), Arc::clone(&arrivals));
            let head = source.token_at(StartingPoint::Head).await;
            let head = head.map_err(BenchError::inside("asking where a topic ends"))?;
            reading.spawn(async move { read(&*source, head, &arrivals).await });
        }
        let relay = Reaction::Relay(all_of(Arc::clone(&broker.exchange.publisher)));
        let running = Running::begin(bench, &site.store, site.tokens, vec![(PUBLISH, relay)])?;
        running.follow(Position::START).await?;
        let (bench, numbers) = (bench.clone(), Arc::default());
        Ok(Self { bench, clients, commands, running, arrivals, numbers, reading })
    }

    /// The sides with all that goes, and with half of that.
    pub(super) async fn measure(mut self) -> Result<(Side, Side), BenchError> {
        let mut full = BenchTurns::of("readable", "books", "answered to readable");
        let mut half = BenchTurns::of("readable at half", "books", "answered to readable");
        let Pace { length, warm_up, rounds, .. } = self.bench.pace;
        self.drive(warm_up, None).await?;
        for _ in 0..rounds {
            self.bench.pause().await;
            let turn = self.drive(length, None).await?;
            let every = turn.took.div_f64((turn.count.max(1)) as f64) * 2;
            full.add(turn)?;
            self.bench.pause().await;
            half.add(self.drive(length, Some(every)).await?)?;
        }
        self.reading.abort_all();
        self.running.stop().await?;
        self.commands.close().await;
        Ok((full.side()?, half.side()?))
    }

    /// Lets the clients go for so long: each as soon as its last message was read, or together with one command in each
    /// `every`.
    async fn drive(&mut self, length: Duration, every: Option<Duration>) -> Result<Measured, BenchError> {
        let (times, begun) = (Arc::new(Times::none()?), self.bench.begin());
        let mut clients = JoinSet::new();
        for number in 0..self.clients {
            let client = CatalogueClient {
                bench: self.bench.clone(),
                commands: self.commands.clone(),
                arrivals: Arc::clone(&self.arrivals),
                numbers: Arc::clone(&self.numbers),
                first: begun.at + every.unwrap_or_default() * number,
                every: every.map(|every| every * self.clients),
            };
            let times = Arc::clone(&times);
            clients.spawn(async move { client.work(begun.at + length, &times).await });
        }
        let mut count = 0;
        while let Some(ended) = clients.join_next().await {
            count += ended.map_err(BenchError::inside("running a client"))??;
        }
        if let Some(ended) = self.reading.try_join_next() {
            ended.map_err(BenchError::inside("reading a topic"))??;
        }
        let times = Times::of_ended(times)?;
        Ok(Measured::since(&begun, count, times))
    }
}

/// One client with one command under way.
struct CatalogueClient {
    bench: Bench,
    commands: Commands,
    arrivals: Arc<Arrivals>,
    numbers: Arc<AtomicU64>,
    first: Instant,
    every: Option<Duration>,
}

impl CatalogueClient {
    async fn work(self, until: Instant, times: &Times) -> Result<u64, BenchError> {
        let (mut count, mut next) = (0, self.first);
        loop {
            if self.every.is_some() {
                sleep_until(next.min(until)).await;
            }
            if Instant::now() >= until {
                return Ok(count);
            }
            times.keep(self.enter().await?);
            count += 1;
            next += self.every.unwrap_or_default();
        }
    }

    /// Enters a book, and says how long its message took from the answer on; nothing when it was there before.
    async fn enter(&self) -> Result<Duration, BenchError> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let arrival = self.arrivals.of(number + 1);
        let enter = |details| BookCommand::Enter { details, available: false };
        self.bench.enter_book(&self.commands, number, enter).await?;
        let answered = Instant::now();
        let limit_s = COMING_MAX.as_secs();
        let arrived = timeout(COMING_MAX, arrival).await;
        let arrived = arrived
            .map_err(|_elapsed| BenchError::TooSlow { what: "a message until it can be read", limit_s })?;
        let arrived = arrived.map_err(BenchError::inside("waiting for a message"))?;
        Ok(arrived.saturating_duration_since(answered))
    }
}

impl Arrivals {
    /// Resolves when the message of a book is read.
    fn of(&self, book: u64) -> oneshot::Receiver<Instant> {
        let (tell, told) = oneshot::channel();
        self.awaited().insert(book.to_string(), tell);
        told
    }

    fn tell(&self, key: &str) {
        if let Some(tell) = self.awaited().remove(key) {
            // Whoever stopped waiting does not want to know.
            let _ = tell.send(Instant::now());
        }
    }

    fn awaited(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<Instant>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a partition until it is stopped.
async fn read(source: &dyn MessageSource, mut at: Token, arrivals: &Arrivals) -> Result<(), BenchError> {
    loop {
        source.arrived(&at).await;
        let page = source.read(&at, &Types::new(), PAGE).await;
        let page = page.map_err(BenchError::inside("reading a topic"))?;
        at = page.next;
        for recorded in page.events {
            let Some(Ok(ForeignRecord { key: Some(key), .. })) = ForeignRecord::of(&recorded) else {
                continue;
            };
            if let Ok(key) = std::str::from_utf8(&key) {
                arrivals.tell(key);
            }
        }
    }
}
