//! The servers away under two nodes: killed, and standing still.

use tests::own_infra::OwnInfra;

use crate::asking::Desk;
use crate::dice::Dice;
use crate::lives::Lives;
use crate::store::FaultStore;

/// At most so many answers at each node before something happens.
const ANSWERS_MAX: u64 = 200;

/// What either node acknowledged is there once, what got no answer is done once when the other node is asked for it
/// again, and both go on by themselves when the servers are back.
pub(crate) async fn two_nodes_outlive(server: &OwnInfra, place: impl FaultStore) {
    let mut lives = Lives::furnished(place, Dice::of("outages")).await;
    let (first, desk) = lives.next().await;
    let (second, other) = lives.started().await;
    for [away, back] in [["crash", "restart"], ["pause", "resume"], ["crash", "restart"]] {
        let crowds = [lives.crowd(&desk, ANSWERS_MAX).await, lives.crowd(&other, ANSWERS_MAX).await];
        lives.any_moment(20_000).await;
        server.fault(away);
        for crowd in crowds {
            lives.left(crowd).await;
        }
        server.fault(back);
        are_ready(&[&desk, &other]).await;
        lives.ask_again(&other).await;
    }
    drop((first, second)); // which kills them
    lives.end("outages").await;
}

/// Waits until requests can be sent to each of them.
pub(crate) async fn are_ready(desks: &[&Desk]) {
    for desk in desks {
        desk.until("/readyz", |answer| answer.status == 200).await;
    }
}
