//! What holds of two nodes whatever the store is that they share: included once for each kind.

use std::collections::BTreeMap;

use super::Store;
use crate::asking::Answer;
use crate::dice::Dice;
use crate::lives::Lives;
use crate::store::FaultStore;

/// At most so many answers at each node before something happens.
const ANSWERS_MAX: u64 = 200;

/// T2, T11, T23: a node is killed under load, the other one takes over what it held, and answers for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_takes_over_from_one_that_was_killed_under_load() {
    let Some(place) = Store::fresh().await else { return };
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
    let Some(place) = Store::fresh().await else { return };
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

/// T23b: a node that joins gets its part of the segments, and the other one has all of them again soon after it was told
/// to drain while people are served; nothing is done twice or left out by that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_joins_gets_its_part_and_leaves_it_to_the_other_when_it_drains() {
    let Some(place) = Store::fresh().await else { return };
    let mut lives = Lives::furnished(place, Dice::of("fair-share")).await;
    let (node, desk) = lives.next().await;
    let (joined, other) = lives.started().await;
    for each in [&desk, &other] {
        each.until("/v1/processors", |answer| parts(answer) == [16, 17]).await;
    }

    // People at the node that drains: they leave when it does not answer any more.
    let crowd = lives.crowd(&other, ANSWERS_MAX).await;
    joined.signal("TERM");
    desk.until("/v1/processors", |answer| parts(answer) == [33]).await;
    lives.left(crowd).await;
    lives.ask_again(&desk).await;
    drop(joined);
    drop(node);
    lives.end("fair-share").await;
}

/// How many segments each node works on, the fewest first: eight processors have four each, and one has one.
fn parts(answer: &Answer) -> Vec<usize> {
    let all = answer.json();
    let mut parts = BTreeMap::<String, usize>::new();
    let processors = all["items"].as_array().into_iter().flatten();
    let segments = processors.flat_map(|processor| processor["segments"].as_array().into_iter().flatten());
    for owner in segments.filter_map(|segment| segment["owner"].as_str()) {
        *parts.entry(owner.to_owned()).or_default() += 1;
    }
    let mut parts: Vec<_> = parts.into_values().collect();
    parts.sort_unstable();
    parts
}
