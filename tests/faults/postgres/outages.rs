//! The database away under two nodes: killed, and standing still.

use super::own_server::OwnServer;
use crate::asking::Desk;
use crate::dice::Dice;
use crate::lives::Lives;
use crate::store::{Database, FaultStore};

/// At most so many answers at each node before something happens.
const ANSWERS_MAX: u64 = 200;

/// T1, T10, T24, T31: what either node acknowledged is there once, what got no answer is done once when the other node
/// is asked for it again, and both go on by themselves when the database is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_outlive_a_database_that_is_killed_or_stands_still() {
    let Some(server) = OwnServer::started() else { return };
    let mut lives = Lives::furnished(Database::on(&server.url), Dice::of("outages")).await;
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

/// T2, T11, T23: a node is killed under load, the other one takes over what it held, and answers for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_takes_over_from_one_that_was_killed_under_load() {
    let Some(place) = Database::fresh().await else { return };
    let mut lives = Lives::furnished(place, Dice::of("take-over")).await;
    let (mut node, mut desk) = lives.next().await;
    for _ in 0..3 {
        let (next, other) = lives.started().await;
        let crowd = lives.crowd(&desk, ANSWERS_MAX).await;
        drop(node); // which kills it
        lives.left(crowd).await;
        lives.ask_again(&other).await;
        (node, desk) = (next, other);
    }
    drop(node);
    lives.end("take-over").await;
}

/// T23, T31: a node stands still with answers under way and processors in hand until another one has taken over and its
/// people have given up. When it wakes, what it had begun is done once, and it works on beside the other one.
///
/// The second time it sleeps until the other node has answered for all of it and serves other people: what that node
/// refused may be possible by then, and the one that wakes still has the first request in hand. At last it is alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stood_still_wakes_beside_the_one_that_took_over() {
    let Some(place) = Database::fresh().await else { return };
    let mut lives = Lives::furnished(place, Dice::of("sleeper")).await;
    let (sleeper, desk) = lives.next().await;

    let crowd = lives.crowd(&desk, ANSWERS_MAX).await;
    sleeper.signal("STOP");
    let (awake, other) = lives.started().await;
    other.settled().await;
    lives.left(crowd).await;
    sleeper.signal("CONT");
    lives.ask_again(&other).await;
    desk.settled().await;

    let crowd = lives.crowd(&desk, ANSWERS_MAX).await;
    sleeper.signal("STOP");
    lives.left(crowd).await;
    lives.ask_again(&other).await;
    let crowd = lives.crowd(&other, ANSWERS_MAX).await;
    sleeper.signal("CONT");
    desk.until("/readyz", |answer| answer.status == 200).await;
    drop(awake); // which kills it
    lives.left(crowd).await;
    lives.ask_again(&desk).await;
    drop(sleeper);
    lives.end("sleeper").await;
}

async fn are_ready(desks: &[&Desk]) {
    for desk in desks {
        desk.until("/readyz", |answer| answer.status == 200).await;
    }
}
