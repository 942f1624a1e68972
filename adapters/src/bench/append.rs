//! Writing: commands on many streams or on one, beside the bare rows that these commands left.

use std::collections::BTreeMap;

use super::Bench;
use super::closed_loop::Loop;
use super::error::BenchError;
use super::fixture::Site;
use super::measured::{BenchTurns, Measured};
use super::replay::Replay;
use super::report::Report;
use super::running::Running;

/// Commands on many streams.
pub(super) async fn many(
    bench: &Bench,
    clients: u32,
    streams: u32,
    with_processors: bool,
) -> Result<Report, BenchError> {
    let own = Loop::over(bench, bench.site("append").await?, streams).await?;
    let mut raw = Raw::beside(bench, &own).await?;
    let mut appends = BenchTurns::of("append", "commands", "command");
    let mut followed = Followed::new(bench, streams, with_processors).await?;
    for _ in 0..bench.pace.rounds {
        let turn = raw.watched(bench, &own, clients).await?;
        appends.add(turn)?;
        followed.turn(bench, clients).await?;
        raw.turn(bench, &own).await?;
    }
    let mut ratios = vec![appends.beside(&raw.turns)];
    let mut sides = vec![appends.side()?, raw.turns.side()?];
    if let Some((_, turns)) = &followed.0 {
        ratios.push(turns.beside(&appends));
        sides.push(turns.side()?);
    }
    let plan = [("clients", f64::from(clients)), ("streams", f64::from(streams))];
    bench.report("append", &plan, &raw.site, (ratios, sides)).await
}

/// Commands on one stream, and on many for comparison.
pub(super) async fn hot(bench: &Bench, clients: u32, streams: u32) -> Result<Report, BenchError> {
    let own = Loop::over(bench, bench.site("hot").await?, 1).await?;
    let spread = Loop::over(bench, bench.site("append").await?, streams).await?;
    let mut raw = Raw::beside(bench, &own).await?;
    let mut hots = BenchTurns::of("hot", "commands", "command");
    let mut appends = BenchTurns::of("append", "commands", "command");
    for _ in 0..bench.pace.rounds {
        let turn = raw.watched(bench, &own, clients).await?;
        hots.add(turn)?;
        appends.add(driven(bench, &spread, clients).await?)?;
        raw.turn(bench, &own).await?;
    }
    let ratios = vec![hots.beside(&raw.turns), hots.beside(&appends)];
    let sides = vec![hots.side()?, raw.turns.side()?, appends.side()?];
    let plan = [("clients", f64::from(clients)), ("streams", f64::from(streams))];
    bench.report("hot", &plan, &raw.site, (ratios, sides)).await
}

/// A turn of commands, after its warm-up.
async fn driven(bench: &Bench, path: &Loop, clients: u32) -> Result<Measured, BenchError> {
    bench.pause().await;
    path.drive(clients, bench.pace.warm_up).await?;
    path.drive(clients, bench.pace.length).await
}

/// The raw side: it writes the rows that the turn of commands before it has written.
struct Raw {
    site: Site,
    replay: Replay,
    turns: BenchTurns,
    batch: f64,
}

impl Raw {
    async fn beside(bench: &Bench, path: &Loop) -> Result<Self, BenchError> {
        let site = bench.site("raw").await?;
        let replay = Replay::new(bench, &path.site.store, &site.raw);
        Ok(Self { site, replay, turns: BenchTurns::of("raw", "rows", "transaction"), batch: 1.0 })
    }

    /// A turn of commands; before it is measured, what was written until then is copied.
    async fn watched(&mut self, bench: &Bench, path: &Loop, clients: u32) -> Result<Measured, BenchError> {
        bench.pause().await;
        path.drive(clients, bench.pace.warm_up).await?;
        self.replay.up_to(path.head().await?).await?;
        bench.pause().await;
        let turn = path.drive(clients, bench.pace.length).await?;
        self.batch = turn.batch.unwrap_or(1.0);
        Ok(turn)
    }

    async fn turn(&mut self, bench: &Bench, path: &Loop) -> Result<(), BenchError> {
        bench.pause().await;
        let end = path.head().await?;
        self.turns.add(self.replay.measure(end, self.batch, bench.pace.length).await?)?;
        // What there was no time for is copied all the same, so that both places stay equally full.
        self.replay.up_to(end).await
    }
}

/// The side with all processors running beside, if it is wanted.
struct Followed(Option<(Loop, BenchTurns)>);

impl Followed {
    async fn new(bench: &Bench, streams: u32, wanted: bool) -> Result<Self, BenchError> {
        if !wanted {
            return Ok(Self(None));
        }
        let path = Loop::over(bench, bench.site("with-processors").await?, streams).await?;
        Ok(Self(Some((path, BenchTurns::of("with processors", "commands", "command")))))
    }

    async fn turn(&mut self, bench: &Bench, clients: u32) -> Result<(), BenchError> {
        let Some((path, turns)) = &mut self.0 else { return Ok(()) };
        let running = Running::start(bench, &path.site, &path.commands).await?;
        let mut turn = driven(bench, path, clients).await?;
        turn.followed = Some(running.follow(path.head().await?).await?);
        running.stop().await?;
        turns.add(turn)
    }
}

impl Bench {
    pub(super) async fn report(
        &self,
        workload: &'static str,
        plan: &[(&'static str, f64)],
        site: &Site,
        (ratios, sides): (Vec<super::Ratio>, Vec<super::Side>),
    ) -> Result<Report, BenchError> {
        let terms = site.raw.terms().await.map_err(BenchError::store("asking the store for its settings"))?;
        let mut plan: BTreeMap<_, _> = plan.iter().copied().collect();
        plan.insert("forSeconds", self.pace.length.as_secs_f64());
        plan.insert("warmUpSeconds", self.pace.warm_up.as_secs_f64());
        plan.insert("rounds", f64::from(self.pace.rounds));
        Ok(Report { workload, plan, store: terms.into(), broker: None, ratios, attempts: None, sides })
    }
}
