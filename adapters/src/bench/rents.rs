//! Rents and returns to their end, through the write path and all processors, beside the bare rows they left.

use std::sync::Arc;
use std::time::Duration;

use application::commands::{CardResult, CardService, CommandError, Commands};
use domain::book::BookCommand;
use domain::{BookNo, MemberId, ProcessId};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Bench;
use super::attempts::{AttemptTurns, AttemptsOfTurn};
use super::closed_loop::{FILLING_AT_ONCE, Share, head_of, member};
use super::counting::Counting;
use super::endings::{Ending, Endings};
use super::error::BenchError;
use super::fixture::Site;
use super::measured::{BenchTurns, Measured, Times};
use super::replay::Replay;
use super::report::Report;
use super::running::Running;

/// How long a client waits for the end of an attempt.
const END_LIMIT: Duration = Duration::from_secs(120);

/// Who rents what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crowd {
    pub(super) clients: u32,
    pub(super) members: u32,
    pub(super) books: u32,
}

pub(super) async fn run(bench: &Bench, crowd: Crowd) -> Result<Report, BenchError> {
    let people = People::gather(bench, crowd).await?;
    let raw_site = bench.site("raw").await?;
    let mut replay = Replay::new(bench, &people.site.store, &raw_site.raw);
    let mut rents = BenchTurns::of("rents", "events", "rent to its end");
    let mut raw = BenchTurns::of("raw", "rows", "transaction");
    let mut attempts = AttemptTurns::default();
    for _ in 0..bench.pace.rounds {
        let batch = people.turn(&mut replay, &mut rents, &mut attempts).await?;
        bench.pause().await;
        let end = head_of(&people.site).await?;
        raw.add(replay.measure(end, batch, bench.pace.length).await?)?;
        // What there was no time for is copied all the same, so that both places stay equally full.
        replay.up_to(end).await?;
    }
    let Crowd { clients, members, books } = crowd;
    let plan = [("clients", clients), ("members", members), ("books", books)];
    let plan = plan.map(|(name, count)| (name, f64::from(count)));
    let found = (vec![rents.beside(&raw)], vec![rents.side()?, raw.side()?]);
    let report = bench.report("rents", &plan, &raw_site, found).await?;
    Ok(Report { attempts: Some(attempts.summary()), ..report })
}

/// Members with cards, books on the shelf, and the way to both.
struct People {
    bench: Bench,
    crowd: Crowd,
    site: Site,
    commands: Commands,
    cards: CardService,
    counting: Arc<Counting>,
    endings: Arc<Endings>,
    members: Arc<[MemberId]>,
    books: Arc<[BookNo]>,
}

impl People {
    async fn gather(bench: &Bench, crowd: Crowd) -> Result<Self, BenchError> {
        let (site, endings) = (bench.site("rents").await?, Arc::<Endings>::default());
        let counting = Counting::watched(Arc::clone(&site.store), Some(Arc::clone(&endings)));
        let commands = bench.start_commands(Arc::clone(&counting) as _);
        let cards = CardService::new(commands.clone(), Arc::clone(&bench.clock), Arc::clone(&bench.ids));
        let members =
            stream::iter(0..u64::from(crowd.members)).map(|number| card(bench, &commands, &cards, number));
        let members: Vec<_> = members.buffered(FILLING_AT_ONCE).try_collect().await?;
        let enter = |details| BookCommand::Enter { details, available: true };
        let books =
            stream::iter(0..u64::from(crowd.books)).map(|number| bench.enter_book(&commands, number, enter));
        let books: Vec<_> = books.buffered(FILLING_AT_ONCE).try_collect().await?;
        let (members, books, bench) = (members.into(), books.into(), bench.clone());
        Ok(Self { bench, crowd, site, commands, cards, counting, endings, members, books })
    }

    /// A turn, measured from when nothing is under way until nothing is any more. Answers how many rows an append had.
    async fn turn(
        &self,
        replay: &mut Replay,
        rents: &mut BenchTurns,
        attempts: &mut AttemptTurns,
    ) -> Result<f64, BenchError> {
        self.bench.pause().await;
        let running = Running::start(&self.bench, &self.site, &self.commands).await?;
        self.drive(self.bench.pace.warm_up).await?;
        running.follow_all(&self.site).await?;
        let start = head_of(&self.site).await?;
        replay.up_to(start).await?;
        self.bench.pause().await;
        let (before, counted, begun) =
            (self.transactions().await?, self.counting.so_far(), self.bench.begin());
        let (done, times) = self.drive(self.bench.pace.length).await?;
        let end = running.follow_all(&self.site).await?;
        let events = end.value() - start.value();
        let turn = Measured::since(&begun, events, times);
        let transactions =
            self.transactions().await?.zip(before).map(|(now, before)| now.saturating_sub(before));
        running.stop().await?;
        let batch = self.counting.so_far().batch_since(&counted);
        attempts.add(AttemptsOfTurn { done, events, transactions, took: turn.took, worked: turn.worked });
        rents.add(Measured { batch, ..turn })?;
        Ok(batch.unwrap_or(1.0))
    }

    async fn transactions(&self) -> Result<Option<u64>, BenchError> {
        let asked = self.site.raw.transactions().await;
        asked.map_err(BenchError::store("asking how many transactions were committed"))
    }

    /// Lets the clients go for so long. What is under way then is finished and counts.
    async fn drive(&self, length: Duration) -> Result<(Done, Times), BenchError> {
        let (times, until) = (Arc::new(Times::none()?), Instant::now() + length);
        let mut running = JoinSet::new();
        for number in 0..self.crowd.clients {
            let client = self.client(number);
            let times = Arc::clone(&times);
            running.spawn(async move { client.work(until, &times).await });
        }
        let mut done = Done::default();
        while let Some(ended) = running.join_next().await {
            done.add(ended.map_err(BenchError::inside("running a client"))??);
        }
        let times = Times::of_ended(times)?;
        Ok((done, times))
    }

    fn client(&self, number: u32) -> Client {
        let share = |count| Share::of(number, self.crowd.clients, count);
        Client {
            bench: self.bench.clone(),
            cards: self.cards.clone(),
            endings: Arc::clone(&self.endings),
            members: (Arc::clone(&self.members), share(self.members.len())),
            books: (Arc::clone(&self.books), share(self.books.len())),
        }
    }
}

/// How many attempts ended, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) completed: u64,
    pub(super) cancelled: u64,
    pub(super) refused: u64,
}

impl Done {
    fn add(&mut self, other: Self) {
        self.completed += other.completed;
        self.cancelled += other.cancelled;
        self.refused += other.refused;
    }
}

/// One client: it rents, waits for the end, returns, waits for the end, with the next of its members and books.
struct Client {
    bench: Bench,
    cards: CardService,
    endings: Arc<Endings>,
    members: (Arc<[MemberId]>, Share),
    books: (Arc<[BookNo]>, Share),
}

impl Client {
    async fn work(self, until: Instant, times: &Times) -> Result<Done, BenchError> {
        let (mut done, mut number) = (Done::default(), 0);
        loop {
            let begun = Instant::now();
            if begun >= until {
                return Ok(done);
            }
            let ((members, of_members), (books, of_books)) = (&self.members, &self.books);
            let (member, book) = (&members[of_members.nth(number)], books[of_books.nth(number)]);
            number += 1;
            let rent = self.cards.rent(member, book, None, None, self.bench.context()).await;
            if self.end(rent, &mut done).await? {
                times.keep_since(begun);
                let back = self.cards.return_item(member, book, None, self.bench.context()).await;
                self.end(back, &mut done).await?;
            }
        }
    }

    /// Waits for the end of what was started, and answers whether it was completed. Only where clients share members or
    /// books is it ever not.
    async fn end(&self, started: CardResult, done: &mut Done) -> Result<bool, BenchError> {
        let process = match started {
            Ok(executed) => executed.events.iter().find_map(domain::rental_card::RentalCardEvent::process),
            Err(CommandError::Refused(_)) => {
                done.refused += 1;
                // Nothing else here waits for anything, and others have to get on.
                tokio::task::yield_now().await;
                return Ok(false);
            }
            Err(error) => return Err(BenchError::inside("starting an attempt")(error)),
        };
        match self.ending(process).await? {
            Ending::Completed => done.completed += 1,
            Ending::Cancelled => {
                done.cancelled += 1;
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn ending(&self, process: Option<ProcessId>) -> Result<Ending, BenchError> {
        let missing =
            |what: &'static str| BenchError::Inside { doing: "waiting for an attempt", source: what.into() };
        let process = process.ok_or_else(|| missing("what was started names no attempt"))?;
        let ended = tokio::time::timeout(END_LIMIT, self.endings.of(process)).await;
        let limit_s = END_LIMIT.as_secs();
        let ended =
            ended.map_err(|_elapsed| BenchError::TooSlow { what: "an attempt to its end", limit_s })?;
        ended.ok_or_else(|| missing("nobody tells of its end"))
    }
}

async fn card(
    bench: &Bench,
    commands: &Commands,
    cards: &CardService,
    number: u64,
) -> Result<MemberId, BenchError> {
    let member = member(number)?;
    bench.register(commands, &member).await?;
    let card = cards.issue_card(&member, None, bench.context()).await;
    card.map_err(BenchError::inside("issuing a card"))?;
    Ok(member)
}
