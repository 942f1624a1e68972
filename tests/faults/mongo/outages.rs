//! The replica set away under a node: killed, and standing still.

use tests::servers;

use crate::dice::Dice;
use crate::lives::Lives;
use crate::own_infra::OwnInfra;
use crate::store::{FaultStore, ReplicaSet};

/// At most so many answers before something happens.
const ANSWERS_MAX: u64 = 200;

/// T1, T10, T24, T31: what was acknowledged is there once, what got no answer is done once when it is asked for again,
/// and the node goes on by itself when the servers are back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_outlives_a_replica_set_that_is_killed_or_stands_still() {
    if servers::mongo().is_none() {
        return;
    }
    let (server, url) = OwnInfra::started("mongo", "MONGO_URL");
    let mut lives = Lives::furnished(ReplicaSet::on(&url), Dice::of("outages")).await;
    let (node, desk) = lives.next().await;
    for [away, back] in [["crash", "restart"], ["pause", "resume"], ["crash", "restart"]] {
        let crowd = lives.crowd(&desk, ANSWERS_MAX).await;
        lives.any_moment(20_000).await;
        server.fault(away);
        lives.left(crowd).await;
        server.fault(back);
        desk.until("/readyz", |answer| answer.status == 200).await;
        lives.ask_again(&desk).await;
    }
    drop(node); // which kills it
    lives.end("outages").await;
}

/// The node is killed under load, and the next one answers for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_node_answers_for_one_that_was_killed_under_load() {
    let Some(place) = ReplicaSet::fresh().await else { return };
    let mut lives = Lives::furnished(place, Dice::of("killed")).await;
    for _ in 0..3 {
        let (node, desk) = lives.next().await;
        let crowd = lives.crowd(&desk, ANSWERS_MAX).await;
        lives.any_moment(20_000).await;
        drop(node); // which kills it
        lives.left(crowd).await;
        let (node, desk) = lives.started().await;
        lives.ask_again(&desk).await;
        drop(node);
    }
    lives.end("killed").await;
}
