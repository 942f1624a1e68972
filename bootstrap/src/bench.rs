//! Measuring the configured store in a place that is made for it and removed again, whatever happens between.

mod failure;
mod machine;
mod report;
mod store;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use adapters::bench as room;
use adapters::system_clock::{SystemClock, SystemIds};
use application::ports::Clock;
use tokio::time::{MissedTickBehavior, interval};

use crate::cli::{Bench, Output, Pace};
use crate::settings::{PublisherKind, Settings};
use crate::signals::Signals;
use crate::telemetry;
use failure::BenchFailure;
use machine::Machine;
use report::Document;
use store::BenchStore;

/// The longest pause between two sides.
const PAUSE_MAX: Duration = Duration::from_millis(1_500);
/// How long tasks may take to end before their files are removed.
const END_LIMIT: Duration = Duration::from_secs(5);
/// How often recorded metrics are condensed, as in a service.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Measures, says what was found, and gives the code to end with.
pub(crate) fn run(settings: Settings, bench: &Bench) -> ExitCode {
    let log = match telemetry::start_log(&settings) {
        Ok(log) => log,
        Err(failure) => return failure.exit_without_log(),
    };
    let printed = measured(&settings, bench).and_then(|document| print(&document, bench.pace().output));
    log.flush();
    printed.map_or_else(|failure| failure.exit(), |()| ExitCode::SUCCESS)
}

/// The place goes after everything that has files open in it, and before anything is said.
fn measured(settings: &Settings, bench: &Bench) -> Result<Document, BenchFailure> {
    if matches!((bench, settings.publisher), (Bench::Relay { .. }, PublisherKind::Local)) {
        return Err(BenchFailure::NoBroker);
    }
    let runtime = settings.workers.start().map_err(BenchFailure::Runtime)?;
    let place = BenchStore::make(settings)?;
    let found = runtime.block_on(interruptible(settings, bench, &place));
    runtime.shutdown_timeout(END_LIMIT);
    let removed = cleared(place);
    found.and_then(|document| removed.map(|()| document))
}

/// With a runtime of its own, since the other one has ended with all that it ran.
fn cleared(place: BenchStore) -> Result<(), BenchFailure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(BenchFailure::Runtime)?;
    runtime.block_on(place.remove())
}

async fn interruptible(
    settings: &Settings,
    bench: &Bench,
    place: &BenchStore,
) -> Result<Document, BenchFailure> {
    let mut signals = Signals::catch()?;
    tokio::select! {
        document = measure(settings, bench, place) => document,
        signal = signals.next() => Err(BenchFailure::Interrupted { signal }),
    }
}

async fn measure(settings: &Settings, bench: &Bench, place: &BenchStore) -> Result<Document, BenchFailure> {
    record_metrics()?;
    let machine = Machine::look(place.folder()).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(settings.zone.clone()));
    let ids = Arc::new(SystemIds);
    let segments = settings.segments.clone();
    let room = room::Bench {
        ground: Arc::new(place.ground(Arc::clone(&clock))),
        clock,
        ids,
        commands: settings.commands.clone(),
        segments: Arc::new(move |name| segments.of(name)),
        pace: pace(&bench.pace()),
        worked: machine::worked,
    };
    let report = room.run(&bench.workload()).await?;
    Ok(Document::of(report, machine))
}

fn pace(asked: &Pace) -> room::Pace {
    let Pace { length, rounds, warm_up, .. } = *asked;
    room::Pace { length, rounds, warm_up, pause: (length / 4).min(PAUSE_MAX) }
}

/// Metrics cost what they cost in a service.
fn record_metrics() -> Result<(), BenchFailure> {
    let metrics = telemetry::record_metrics()?;
    tokio::spawn(async move {
        let mut every = interval(UPKEEP_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            metrics.run_upkeep();
        }
    });
    Ok(())
}

fn print(document: &Document, output: Output) -> Result<(), BenchFailure> {
    let said = match output {
        Output::Text => document.text(),
        Output::Json => document.json()?,
    };
    let mut out = io::stdout().lock();
    out.write_all(said.as_bytes()).and_then(|()| out.flush()).map_err(BenchFailure::Output)
}
