//! Loading one long stream with nothing of it in the cache: with a snapshot, without one, and as bare rows.

use std::sync::Arc;
use std::time::Duration;

use application::commands::CommandSettings;
use application::ports::event_store::{LoadFrom, StreamName};
use application::ports::{Baseline, EventStore};
use domain::MemberId;
use domain::member::Member;
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::{Instant, sleep};

use super::Bench;
use super::closed_loop::{FILLING_AT_ONCE, member, stream_of};
use super::error::BenchError;
use super::fixture::Site;
use super::measured::{BenchTurns, Measured, Times};
use super::replay::Replay;
use super::report::Report;

/// How long a snapshot may take to be written.
const SNAPSHOT_LIMIT: Duration = Duration::from_secs(30);
/// How often it is looked for.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

pub(super) async fn run(bench: &Bench, events: u64) -> Result<Report, BenchError> {
    let (with, without) = (member(1)?, member(2)?);
    let (quiet, site) = (bench.without_snapshots(), bench.site("load").await?);
    // The worst moment: the next event would bring the next snapshot.
    let tail = bench.commands.snapshot_every.saturating_sub(1).min(events / 2);
    quiet.grow(&site.store, &without, events).await?;
    quiet.grow(&site.store, &with, events - tail).await?;
    bench.snapshot(&site.store, &with).await?;
    quiet.add(&site.store, &with, tail).await?;
    let raw_site = bare(bench, &site).await?;
    let mut snapshots = BenchTurns::of("with snapshot", "loads", "load");
    let mut plain = BenchTurns::of("without snapshot", "loads", "load");
    let mut raw = BenchTurns::of("raw", "loads", "load");
    for _ in 0..bench.pace.rounds {
        bench.pause().await;
        snapshots.add(quiet.load_for(&site.store, &with).await?)?;
        plain.add(quiet.load_for(&site.store, &without).await?)?;
        raw.add(read_for(bench, &*raw_site.raw, &stream_of(&without)).await?)?;
    }
    let ratios = vec![plain.beside(&raw), snapshots.beside(&plain)];
    let sides = vec![plain.side()?, raw.side()?, snapshots.side()?];
    let plan = [("events", events as f64), ("afterSnapshot", tail as f64)];
    bench.report("load", &plan, &raw_site, (ratios, sides)).await
}

/// The same rows where nothing but bare rows is.
async fn bare(bench: &Bench, site: &Site) -> Result<Site, BenchError> {
    let raw_site = bench.site("raw").await?;
    let head = site.store.head().await.map_err(BenchError::store("looking for the end of the log"))?;
    Replay::new(bench, &site.store, &raw_site.raw).up_to(head.position).await?;
    Ok(raw_site)
}

impl Bench {
    fn without_snapshots(&self) -> Self {
        Self { commands: CommandSettings { snapshot_every: 0, ..self.commands.clone() }, ..self.clone() }
    }

    /// Registers a member, and saves points until its stream has so many events.
    async fn grow(
        &self,
        store: &Arc<dyn EventStore>,
        member: &MemberId,
        events: u64,
    ) -> Result<(), BenchError> {
        let commands = self.start_commands(Arc::clone(store));
        self.register(&commands, member).await?;
        commands.close().await;
        self.add(store, member, events.saturating_sub(1)).await
    }

    async fn add(
        &self,
        store: &Arc<dyn EventStore>,
        member: &MemberId,
        events: u64,
    ) -> Result<(), BenchError> {
        let commands = self.start_commands(Arc::clone(store));
        let saves = stream::iter(0..events).map(|_| self.save(&commands, member));
        saves.buffer_unordered(FILLING_AT_ONCE).try_collect::<()>().await?;
        commands.close().await;
        Ok(())
    }

    /// Has a snapshot taken of a stream as it is now.
    async fn snapshot(&self, store: &Arc<dyn EventStore>, member: &MemberId) -> Result<(), BenchError> {
        let each =
            Self { commands: CommandSettings { snapshot_every: 1, ..self.commands.clone() }, ..self.clone() };
        let commands = each.start_commands(Arc::clone(store));
        commands.current::<Member>(member).await.map_err(BenchError::inside("loading a stream"))?;
        let (stream, begun) = (stream_of(member), Instant::now());
        while !has_snapshot(&**store, &stream).await? {
            if begun.elapsed() > SNAPSHOT_LIMIT {
                let limit_s = SNAPSHOT_LIMIT.as_secs();
                return Err(BenchError::TooSlow { what: "writing a snapshot", limit_s });
            }
            sleep(POLL_INTERVAL).await;
        }
        commands.close().await;
        Ok(())
    }

    /// Loads with an empty cache again and again, until the time is up.
    async fn load_for(&self, store: &Arc<dyn EventStore>, member: &MemberId) -> Result<Measured, BenchError> {
        let (times, mut took, mut count, all) = (Times::none()?, Duration::ZERO, 0, self.begin());
        while took < self.pace.length {
            let commands = self.start_commands(Arc::clone(store));
            let begun = Instant::now();
            commands.current::<Member>(member).await.map_err(BenchError::inside("loading a stream"))?;
            took += begun.elapsed();
            times.keep_since(begun);
            count += 1;
            commands.close().await;
        }
        // Starting and closing the write path is work too, but not of loading: its time is left out.
        Ok(Measured { took, ..Measured::since(&all, count, times) })
    }
}

async fn has_snapshot(store: &dyn EventStore, stream: &StreamName) -> Result<bool, BenchError> {
    let loaded = store.load(stream, LoadFrom::Snapshot, 1).await;
    Ok(loaded.map_err(BenchError::store("looking for a snapshot"))?.snapshot.is_some())
}

async fn read_for(bench: &Bench, raw: &dyn Baseline, stream: &StreamName) -> Result<Measured, BenchError> {
    let (times, mut count, begun) = (Times::none()?, 0, bench.begin());
    while begun.at.elapsed() < bench.pace.length {
        let one = Instant::now();
        let payloads = raw.read_stream(stream).await.map_err(BenchError::store("reading bare rows"))?;
        for payload in payloads {
            let read: Result<serde_json::Value, _> = serde_json::from_slice(&payload);
            std::hint::black_box(read.map_err(BenchError::inside("reading JSON"))?);
        }
        times.keep_since(one);
        count += 1;
    }
    Ok(Measured::since(&begun, count, times))
}
