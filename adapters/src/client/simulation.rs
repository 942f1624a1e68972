//! Visitors of a running service: they rent, return, are late and pay, at a pace that does not wait for the answers.

mod action;
mod demonstration;
mod drain;
mod library;
mod load;
mod outcome;
mod schedule;
mod seed;
mod tally;
mod visitors;

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use thiserror::Error;
use uuid::Uuid;

use super::{Client, ClientError};

pub use demonstration::{Demonstration, demonstrate};
use load::Load;
pub use outcome::{Arrivals, Attempts, Latency, Requests, SimulationOutcome};
use schedule::Schedule;
use seed::Furnished;

/// What visitors shall do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Names the run: its members' ids begin with it, and its books' numbers follow from it, so that runs do not meet.
    pub run: Uuid,
    /// The day that rents are said to happen on, where the service allows that to be said.
    pub today: Date,
    /// How many members take part.
    pub members: u32,
    /// How many books they rent.
    pub books: u32,
    /// How many requests begin in a second.
    pub rate: u32,
    /// How long requests begin.
    pub length: Duration,
    /// The choices; the same again for the same seed, as far as the answers are the same.
    pub seed: u64,
    /// Most requests at once; one more begins late, which is counted.
    pub in_flight_max: usize,
    /// How long to wait for attempts to end, once all requests are answered.
    pub settle_limit: Duration,
}

/// How far a simulation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Members, cards and books are made.
    Furnishing {
        /// So many are there,
        done: u64,
        /// of so many.
        all: u64,
    },
    /// Visitors come.
    Visiting {
        /// So many requests have begun,
        done: u64,
        /// of so many.
        all: u64,
    },
    /// Attempts come to their end.
    Settling {
        /// So many have not yet.
        left: u64,
    },
}

/// Whoever wants to know how far it is.
pub type Watch = Arc<dyn Fn(Stage) + Send + Sync>;

/// Why a simulation could not go on.
#[derive(Debug, Error)]
pub enum SimulationError {
    /// Members, cards or books could not be made.
    #[error("making members, cards and books for the run failed")]
    Furnish(#[source] ClientError),
    /// What became of the attempts could not be read.
    #[error("asking what became of the attempts failed")]
    Settle(#[source] ClientError),
}

/// Lets visitors come, waits until what they began has ended, and says what came of it. Everything that happens is the
/// service's: a run that is cut off leaves nothing half.
///
/// # Errors
/// [`SimulationError`]; refusals and failures of single requests are counted and are no errors.
pub async fn simulate(
    client: &Client,
    plan: &Plan,
    watch: &Watch,
) -> Result<SimulationOutcome, SimulationError> {
    let run = format!("sim-{}", plan.run.simple());
    let furnished = Furnished::make(client, plan, &run, watch).await.map_err(SimulationError::Furnish)?;
    let given_dates = furnished.today.is_some();
    let schedule = Schedule::of(plan.rate, plan.length);
    let load = Load::new(client.clone(), furnished.visitors(plan.seed), &run, plan.in_flight_max);
    let mut visited = load.run(schedule, watch).await;
    let limit = plan.settle_limit;
    let ends = drain::ends(client, &visited.tally.accepted, limit, watch).await;
    let ends = ends.map_err(SimulationError::Settle)?;
    visited.wrong.extend(drain::contradictions(&visited.tally.accepted, &ends));
    Ok(SimulationOutcome::of(run, plan, given_dates, visited, &ends))
}
