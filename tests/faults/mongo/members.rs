//! A replica set of three under two nodes: its primary killed, and standing still for longer than an election takes, and
//! a member away for long that is needed then.

use std::time::Duration;

use tests::own_infra::OwnInfra;
use tests::servers;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Store;
use crate::asking::Desk;
use crate::dice::Dice;
use crate::lives::Lives;
use crate::outages::are_ready;
use crate::people::{Crowd, Way};
use crate::server::LIMIT;

/// So many answers come before something happens, and as many after each thing that does.
const ANSWERS: u64 = 150;

/// Two nodes and the set that they share.
struct Nodes {
    set: OwnInfra,
    lives: Lives<Store>,
    desks: [Desk; 2],
}

impl Nodes {
    /// Does one thing after the other to a member while people come to both nodes: those are answered before and after
    /// each. Then all holds, at the second node. Gives the longest time in which nobody was answered.
    async fn suffer(&mut self, doings: &[(&str, &str)]) -> Duration {
        let [desk, other] = self.desks.clone();
        let enough = CancellationToken::new();
        let way = Way::Both { desk: desk.clone(), other: other.clone(), enough: enough.clone() };
        let crowd = self.lives.crowd_at(&way);
        go_on(&crowd, ANSWERS).await;
        for (answers, (member, what)) in (2..).zip(doings) {
            self.set.fault_of(member, what);
            go_on(&crowd, answers * ANSWERS).await;
        }
        enough.cancel();
        let pause = self.lives.left(crowd).await;
        are_ready(&[&desk, &other]).await;
        self.lives.ask_again(&other).await;
        pause
    }

    /// A member that is the primary, or one that is not.
    fn member(&self, is_primary: bool) -> String {
        let mut members = self.set.members().into_iter();
        members.find(|(_, is)| *is == is_primary).expect("a set with a primary").0
    }
}

/// An election takes ten seconds from the last sign of life, and a node waits a little longer for one that hangs.
async fn go_on(crowd: &Crowd, answers: u64) {
    timeout(3 * LIMIT, crowd.answered(answers)).await.expect("answers");
}

/// T1, T10, T24, T31: what either node acknowledged is there once whoever is the primary, and all goes on without a hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_outlive_the_primaries_of_three_and_a_member_that_was_away_for_long() {
    if servers::mongo().is_none() {
        return;
    }
    let (set, url) = OwnInfra::started_with("mongo", "MONGO_URL", &[("INFRA_MONGO_MEMBERS", "3")]);
    let mut lives = Lives::furnished(Store::on(&url), Dice::of("members")).await;
    let (first, desk) = lives.next().await;
    let (second, other) = lives.started().await;
    let mut nodes = Nodes { set, lives, desks: [desk, other] };

    let primary = nodes.member(true);
    let killed = nodes.suffer(&[(&primary, "crash"), (&primary, "restart")]).await;
    let primary = nodes.member(true);
    let paused = nodes.suffer(&[(&primary, "pause"), (&primary, "resume")]).await;
    let away = nodes.member(false);
    let missing = nodes.suffer(&[(&away, "crash")]).await;
    let primary = nodes.member(true);
    // The majority takes the one that was away.
    let back = nodes.suffer(&[(&away, "restart"), (&primary, "crash"), (&primary, "restart")]).await;

    eprintln!(
        "longest time without an answer: {killed:?} when the primary is killed, {paused:?} when it stands still, \
         {missing:?} when another member goes, {back:?} when the primary is killed after that one is back"
    );
    drop((first, second)); // which kills them
    nodes.lives.end("members").await;
}
