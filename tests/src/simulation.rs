//! A simulated life of the whole service: nodes, people and operators on one thread, in simulated time, with everything
//! that goes wrong chosen by a seed. The same seed lives the same life, call by call.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a life in which something does not hold has failed its test"
)]

mod answers;
mod chaos;
mod clock;
mod deeds;
mod dice;
mod life;
mod log;
mod node;
mod operators;
mod people;
mod plug;
mod port_error;
mod reshaping;
mod rest;
mod restoring;
mod sky;
mod tokens;
mod trace;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use answers::{Answers, Sent};
pub use clock::SimulatedClock;
pub use deeds::{Came, Deed, same_again};
pub use dice::{Dice, SeededIds};

/// What a life came to.
pub struct Lived {
    /// What was wrong with it; none when everything held.
    pub failure: Option<String>,
    /// Every call of every port in its order, with what was asked and answered; empty unless it was wanted.
    pub trace: Vec<String>,
    /// How many calls of ports there were.
    pub calls: u64,
    /// How many events its log has.
    pub events: u64,
    /// How long it was, in simulated seconds.
    pub seconds: u64,
}

/// Lives the life of a seed to its end.
///
/// # Panics
/// When there can be no runtime.
#[must_use]
pub fn live(seed: u64, is_traced: bool) -> Lived {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime of one thread");
    let trace = trace::Trace::new(is_traced);
    let lived = catch_unwind(AssertUnwindSafe(|| runtime.block_on(Box::pin(life::life(seed, &trace)))));
    let failure = lived.err().map(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "it panicked".to_owned())
    });
    trace.ended(failure)
}
