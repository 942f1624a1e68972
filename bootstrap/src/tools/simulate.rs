//! Letting visitors come to a running service, and how what came of it is written.

mod report;

use std::sync::Arc;
use std::time::Duration;

use adapters::client::simulation::{self, Plan, SimulationError, Stage, Watch};
use adapters::client::{Address, Client, ClientError, ClientSettings, HttpEvidence, ServicePlaces};
use adapters::system_clock::{SystemClock, SystemIds};
use application::ports::{Clock, Ids};
use application::verify::{CheckedLog, Report, verify_logs};
use jiff::tz::TimeZone;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::failure::ToolFailure;
use super::progress::Progress;
use super::{FoundLog, client, print, verify};
use crate::cli::{Output, Simulate};

/// Most requests at once. A service takes 512 before it turns others away.
const IN_FLIGHT_MAX: usize = 256;
/// How long attempts may take to end: those that nobody answers are in review after half a minute.
const SETTLE_LIMIT: Duration = Duration::from_secs(60);
/// How long processors may take to catch up before the check.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(30);
/// How often it is asked whether they have.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Simulates, reports and checks the invariants.
pub(super) async fn run(simulate: Simulate, places: ServicePlaces) -> Result<FoundLog, ToolFailure> {
    let settings = ClientSettings { connections_max: IN_FLIGHT_MAX, ..ClientSettings::default() };
    let processes = places.processes();
    let client = Client::of(places, &settings)?;
    let progress = Progress::start();
    let outcome = simulation::simulate(&client, &plan(&simulate), &watch(&progress)).await;
    let outcome = outcome.map_err(failed)?;
    progress.says("checking the invariants");
    let report = checked(&processes).await?;
    progress.finish();
    match simulate.output {
        Output::Text => print(&report::text(&outcome, &report))?,
        Output::Json => {
            let document = json!({"simulation": outcome, "check": verify::document(&report)});
            print(&format!("{document}\n"))?;
        }
    }
    Ok(if outcome.wrong.is_empty() { verify::found(&report) } else { FoundLog::Something })
}

/// Whoever simulates tells this how far it is.
fn watch(progress: &Progress) -> Watch {
    let progress = progress.clone();
    Arc::new(move |stage| match stage {
        Stage::Furnishing { done, all } => progress.shows("furnishing", done, all),
        Stage::Visiting { done, all } => progress.shows("visiting", done, all),
        Stage::Settling { left } => progress.shows("waiting for the end", 0, left),
    })
}

fn plan(simulate: &Simulate) -> Plan {
    // Without a seed any will do, and the report says which it was.
    let any = || SystemIds.next().as_u128() as u64 & u64::from(u32::MAX);
    Plan {
        run: SystemIds.next(),
        today: SystemClock::new(TimeZone::UTC).today(),
        members: simulate.members,
        books: simulate.books,
        rate: simulate.rate,
        length: simulate.length,
        seed: simulate.seed.unwrap_or_else(any),
        in_flight_max: IN_FLIGHT_MAX,
        settle_limit: SETTLE_LIMIT,
    }
}

/// The invariants, as the logs of all processes show them.
async fn checked(processes: &[Address]) -> Result<Report, ToolFailure> {
    let clients = processes.iter().map(|address| client(address, &ClientSettings::default()));
    let clients = clients.collect::<Result<Vec<_>, _>>()?;
    caught_up(&clients).await?;
    let names: Vec<_> = processes.iter().map(ToString::to_string).collect();
    let shown: Vec<_> = clients.into_iter().map(HttpEvidence::of).collect();
    let logs = names.iter().zip(&shown).map(|(name, evidence)| CheckedLog { name, evidence });
    Ok(verify_logs(&logs.collect::<Vec<_>>(), None).await?)
}

/// Waits until the processors have passed what happened, so that all of it can be judged; what they have not passed
/// after a while is left out by the check.
async fn caught_up(clients: &[Client]) -> Result<(), ToolFailure> {
    let until = Instant::now() + CATCH_UP_LIMIT;
    while Instant::now() < until {
        let mut lag = 0;
        for client in clients {
            lag += client.processors().await?.iter().map(|processor| processor.lag_events).sum::<u64>();
        }
        if lag == 0 {
            return Ok(());
        }
        sleep(POLL_INTERVAL).await;
    }
    Ok(())
}

fn failed(error: SimulationError) -> ToolFailure {
    let (doing, source): (_, ClientError) = match error {
        SimulationError::Furnish(source) => ("making members, cards and books for the run", source),
        SimulationError::Settle(source) => ("asking what became of the attempts", source),
    };
    ToolFailure::Simulation { doing, source }
}
