//! Reading the log from its beginning: decoded for a handler that does nothing, beside pages that nobody looks into.

use std::sync::Arc;

use application::ports::event_store::{Position, Types};
use application::ports::{Baseline, EventStore};
use application::processing::{DecodedEvent, EventHandler, HandlingError, Sequence};
use async_trait::async_trait;
use tokio::time::Instant;

use super::Bench;
use super::error::BenchError;
use super::measured::{BenchTurns, Measured, Times};
use super::replay::Replay;
use super::report::Report;

/// Positions read at once, as by a processor that is far behind.
const PAGE: usize = 1_000;
/// Bare rows read at once: more make a page slower and reading no faster.
const RAW_PAGE: usize = 10_000;

pub(super) async fn run(bench: &Bench, events: u64) -> Result<Report, BenchError> {
    let site = bench.site("catch-up").await?;
    bench.fill(&site.store, events).await?;
    let raw_site = bench.site("raw").await?;
    let end = site.store.head().await.map_err(BenchError::store("looking for the end of the log"))?.position;
    Replay::new(bench, &site.store, &raw_site.raw).up_to(end).await?;
    let handler: Arc<dyn EventHandler> = Arc::new(Nothing);
    let mut typed = BenchTurns::of("catch-up", "events", "page of 1,000");
    let mut raw = BenchTurns::of("raw", "rows", "page of 10,000");
    typed_once(&*site.store, &*handler, &Times::none()?).await?;
    raw_once(&*raw_site.raw, &Times::none()?).await?;
    for _ in 0..bench.pace.rounds {
        bench.pause().await;
        typed.add(read_for(bench, async |times| typed_once(&*site.store, &*handler, times).await).await?)?;
        bench.pause().await;
        raw.add(read_for(bench, async |times| raw_once(&*raw_site.raw, times).await).await?)?;
    }
    let plan = [("events", end.value() as f64)];
    let found = (vec![typed.beside(&raw)], vec![typed.side()?, raw.side()?]);
    bench.report("catch-up", &plan, &raw_site, found).await
}

/// Reads from the beginning again and again, until the time is up; a reading that was begun is finished.
async fn read_for(
    bench: &Bench,
    read: impl AsyncFn(&Times) -> Result<u64, BenchError>,
) -> Result<Measured, BenchError> {
    let (times, begun) = (Times::none()?, bench.begin());
    let mut count = 0;
    while begun.at.elapsed() < bench.pace.length {
        count += read(&times).await?;
    }
    Ok(Measured::since(&begun, count, times))
}

async fn typed_once(
    store: &dyn EventStore,
    handler: &dyn EventHandler,
    times: &Times,
) -> Result<u64, BenchError> {
    let (mut at, mut count, none) = (Position::START, 0, Types::new());
    loop {
        let begun = Instant::now();
        let page = store.read_log(at, &none, PAGE).await.map_err(BenchError::store("reading the log"))?;
        if page.events.is_empty() {
            return Ok(count);
        }
        (at, count) = (page.scanned_to, count + page.events.len() as u64);
        for recorded in page.events {
            let happened = DecodedEvent::read(recorded).map_err(BenchError::inside("decoding an event"))?;
            handler.handle(&happened).await.map_err(BenchError::inside("handling an event"))?;
        }
        times.keep_since(begun);
    }
}

async fn raw_once(raw: &dyn Baseline, times: &Times) -> Result<u64, BenchError> {
    let (mut at, mut count) = (Position::START, 0);
    loop {
        let begun = Instant::now();
        let page = raw.read_page(at, RAW_PAGE).await.map_err(BenchError::store("reading bare rows"))?;
        if page.rows == 0 {
            return Ok(count);
        }
        (at, count) = (page.last, count + page.rows);
        times.keep_since(begun);
    }
}

/// A handler that wants everything and does nothing.
struct Nothing;

#[async_trait]
impl EventHandler for Nothing {
    fn wanted(&self) -> &'static [&'static str] {
        &[]
    }

    fn sequence(&self) -> Sequence {
        Sequence::Member
    }

    async fn handle(&self, _happened: &DecodedEvent) -> Result<(), HandlingError> {
        Ok(())
    }
}
