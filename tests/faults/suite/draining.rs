//! Asked to stop under load: what was begun is finished, and what is cut off is found again.

use super::Store;
use crate::dice::Dice;
use crate::lives::Lives;
use crate::store::FaultStore;

const ROUNDS: u64 = 4;

/// T28.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_under_load_drains_and_the_next_process_finds_everything_once() {
    let Some(store) = Store::fresh().await else { return };
    let mut lives = Lives::furnished(store, Dice::of("drains")).await;
    for _ in 0..ROUNDS {
        let (server, desk) = lives.next().await;
        let crowd = lives.crowd(&desk, 200).await;
        server.signal("TERM");
        lives.left(crowd).await;
        let (status, log) = server.ended();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(log.contains("everything has stopped"), "{log}");
    }
    assert_eq!(lives.end("drains").await, 0, "what was done was not answered");
}

/// T30: by a second signal, and by a kill.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_that_is_cut_off_is_recovered_by_the_next_start() {
    let Some(store) = Store::fresh().await else { return };
    let mut lives = Lives::furnished(store, Dice::of("cut-off drains")).await;
    for second in ["TERM", "KILL", "INT", "KILL"] {
        let (server, desk) = lives.next().await;
        let crowd = lives.crowd(&desk, 200).await;
        server.signal("TERM");
        lives.any_moment(10_000).await;
        server.signal(second);
        lives.left(crowd).await;
        let (status, log) = server.ended();
        // The drain may have been over before.
        assert!([None, Some(0), Some(70)].contains(&status.code()), "{status}: {log}");
    }
    lives.end("cut-off drains").await;
}
