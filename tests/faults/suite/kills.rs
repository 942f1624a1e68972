//! Killed at any moment under load, and started again on the same place.

use super::Store;
use crate::dice::{Dice, asked};
use crate::lives::Lives;
use crate::store::FaultStore;

/// The variable that says how often it is killed.
const ROUNDS: &str = "FAULTS_ROUNDS";
const ROUNDS_USUAL: u64 = 20;
/// At most so many answers before a kill.
const ANSWERS_MAX: u64 = 300;

/// T11, T22, T72, I1 to I8: what was acknowledged is there once, what got no answer is done once when it is asked for
/// again, and views are what the log says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_outlives_kills_at_any_moment_and_nothing_is_done_twice() {
    let Some(store) = Store::fresh().await else { return };
    let mut lives = Lives::furnished(store, Dice::of("kills")).await;
    for _ in 0..asked(ROUNDS).unwrap_or(ROUNDS_USUAL) {
        if lives.dice.one_in(3) {
            lives.start_in_vain();
        }
        let (server, desk) = lives.next().await;
        let crowd = lives.crowd(&desk, ANSWERS_MAX).await;
        lives.any_moment(20_000).await;
        drop(server); // which kills it
        lives.left(crowd).await;
    }
    lives.end("kills").await;
}
