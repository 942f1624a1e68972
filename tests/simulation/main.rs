//! Simulated lives of the whole service, each chosen by a seed: whatever happens, at rest every invariant holds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is a test")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tests::simulation::{Lived, live};

/// The seeds that are lived each time: up to this one, or to the one that is asked for.
const USUAL: u64 = 200;

/// I1 to I8, and everything else that is said in docs/SIMULATION.md.
#[test]
fn whatever_goes_wrong_everything_holds_at_rest() {
    let (next, last) = (AtomicU64::new(1), asked("SIMULATION_SEEDS").unwrap_or(USUAL));
    let failures = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                // After a failure no more are begun: all before it were, and so it is the first.
                while failures.lock().unwrap().is_empty() {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed > last {
                        return;
                    }
                    if let Some(failure) = live(seed, false).failure {
                        failures.lock().unwrap().insert(seed, failure);
                    }
                }
            });
        }
    });
    if let Some((seed, failure)) = failures.into_inner().unwrap().first_key_value() {
        panic!("{}", said(*seed, failure));
    }
}

#[test]
fn the_same_seed_lives_the_same_life() {
    for seed in [1, 2, 3] {
        let (first, again) = (live(seed, true), live(seed, true));
        assert!(first.calls > 1_000, "seed {seed}: only {} calls", first.calls);
        for (at, (first, again)) in first.trace.iter().zip(&again.trace).enumerate() {
            assert_eq!(first, again, "seed {seed}: line {at}");
        }
        assert_eq!(first.trace.len(), again.trace.len(), "seed {seed}");
    }
}

/// The life of one seed, with every call: `SIMULATION_SEED=17 cargo test -p tests --test simulation replay -- --nocapture`.
#[test]
fn replay() {
    let Some(seed) = asked("SIMULATION_SEED") else { return };
    let Lived { failure, trace, calls, events, seconds } = live(seed, true);
    #[expect(clippy::print_stdout, reason = "it is what was asked for")]
    for line in trace {
        println!("{line}");
    }
    if let Some(failure) = failure {
        panic!("{}", said(seed, &failure));
    }
    #[expect(clippy::print_stdout, reason = "it is what was asked for")]
    {
        println!("seed {seed} held: {events} events, {calls} calls, {seconds} s");
    }
}

fn asked(what: &str) -> Option<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is asked of whoever runs this test, not of the service"
    )]
    let asked = std::env::var(what).ok()?;
    Some(asked.parse().expect("the number of a seed"))
}

fn said(seed: u64, failure: &str) -> String {
    format!(
        "seed {seed}: {failure}\nreplay it: SIMULATION_SEED={seed} cargo test -p tests --test simulation replay -- --nocapture"
    )
}
