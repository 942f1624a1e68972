//! A cluster of three brokers under load: those that lead are killed one after the other, and then two of three at once.

use std::time::Duration;

use adapters::kafka::KafkaBroker;
use application::messages::Topic;
use serde_json::{Value, json};
use tokio::time::{Instant, interval};

use super::own_broker::OwnBroker;
use super::{OverBroker, PARTITIONS, together};
use crate::asking::Desk;
use crate::dice::Dice;
use crate::lives::Lives;
use crate::people::Way;
use crate::server::command;
use crate::store::FaultStore;

/// How long brokers may take to choose a leader, and to copy what they have missed.
const CHOSEN_LIMIT: Duration = Duration::from_secs(90);
/// So many have all that a partition holds when nobody is away.
const COPIES: usize = 3;

/// Three brokers, and one service over them.
struct Cluster {
    brokers: OwnBroker,
    lives: Lives<OverBroker>,
}

impl Cluster {
    async fn started() -> Option<Self> {
        let brokers = OwnBroker::three()?;
        let lives = Lives::furnished(OverBroker::on(&brokers.address).await, Dice::of("brokers")).await;
        Some(Self { brokers, lives })
    }

    /// The broker that leads the first partition of a topic, when nobody is away or behind.
    async fn leader(&self, topic: Topic) -> i32 {
        self.are_led(&[], COPIES).await;
        self.lives.place.topics.led(topic.name())[0].0
    }

    /// Waits until nobody is led by one of these, and each partition of the topics has so many copies.
    async fn are_led(&self, away: &[i32], copies: usize) {
        let (mut again, begun) = (interval(Duration::from_millis(100)), Instant::now());
        loop {
            again.tick().await;
            let led: Vec<_> =
                Topic::ALL.iter().flat_map(|topic| self.lives.place.topics.led(topic.name())).collect();
            let is_led = |(leader, in_sync): &(i32, usize)| {
                *leader >= 0 && !away.contains(leader) && *in_sync >= copies
            };
            if led.len() == Topic::ALL.len() * usize::try_from(PARTITIONS).unwrap() && led.iter().all(is_led)
            {
                return;
            }
            assert!(begun.elapsed() < CHOSEN_LIMIT, "without {away:?} it is still led by {led:?}");
        }
    }

    /// Kills the broker that leads a topic, under load: others lead, and what is said from then on comes through. Then it
    /// comes back.
    async fn loses_a_leader(&mut self, topic: Topic) -> i32 {
        let (server, desk) = self.lives.next().await;
        let crowd = self.lives.crowd_at(&Way::One(desk.clone()));
        crowd.answered(60).await;
        let leader = self.leader(topic).await;
        self.brokers.fault_of(leader, "crash");
        self.are_led(&[leader], COPIES - 1).await;
        crowd.answered(120).await;
        goes_on(&desk).await;
        self.brokers.fault_of(leader, "restart");
        self.are_led(&[], COPIES).await;
        drop(server); // which kills it
        self.lives.left(crowd).await;
        leader
    }

    /// Kills two under load: what is asked is accepted, and waits; the relay says why. Then both come back.
    async fn loses_two(&mut self, two: [i32; 2]) {
        let (server, desk) = self.lives.next().await;
        let crowd = self.lives.crowd_at(&Way::One(desk.clone()));
        crowd.answered(60).await;
        two.iter().for_each(|broker| self.brokers.fault_of(*broker, "crash"));
        let waiting =
            desk.until("/v1/processors", |answer| said(&relay(&answer.json())).contains("within 3s")).await;
        let why = said(&relay(&waiting.json()));
        for part in ["has acknowledged it", "the Kafka client last said: ", "Connection refused"] {
            assert!(why.contains(part), "`{part}` is not said: {why}");
        }
        crowd.answered(120).await;
        let at = relay(&desk.get("/v1/processors").await.unwrap().json())["position"].clone();
        crowd.answered(180).await;
        let still = relay(&desk.get("/v1/processors").await.unwrap().json());
        assert_eq!(still["position"], at, "with one copy nothing may pass: {still:#}");
        assert_eq!(desk.get("/readyz").await.unwrap().status, 200);
        two.iter().for_each(|broker| self.brokers.fault_of(*broker, "restart"));
        self.are_led(&[], COPIES).await;
        goes_on(&desk).await;
        drop(server); // which kills it
        self.lives.left(crowd).await;
    }

    /// The command finds nothing wrong with the log and its topics.
    fn is_sound(&self) {
        let mut check = command(&["verify", "--output", "json"]);
        let output =
            check.args(self.lives.place.words()).envs(self.lives.place.variables()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said} {}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((&report["violations"], &report["inFlight"]), (&json!([]), &json!([])), "{report:#}");
        assert!(report["published"]["messages"].as_u64().unwrap() > 100, "{report:#}");
    }
}

fn relay(processors: &Value) -> Value {
    let mut all = processors["items"].as_array().unwrap().iter();
    all.find(|one| one["name"] == "publish").unwrap().clone()
}

fn said(processor: &Value) -> String {
    processor["waiting"].to_string()
}

/// Waits until the relay has passed what the log holds now.
async fn goes_on(desk: &Desk) {
    let now = relay(&desk.until("/v1/processors", |answer| answer.status == 200).await.json());
    let head = now["head"].as_u64().unwrap();
    let passed = |answer: &crate::asking::Answer| {
        answer.status == 200 && relay(&answer.json())["position"].as_u64().unwrap() >= head
    };
    let (begun, mut again) = (Instant::now(), interval(Duration::from_millis(50)));
    loop {
        again.tick().await;
        let answer = desk.get("/v1/processors").await;
        if answer.as_ref().is_some_and(passed) {
            return;
        }
        assert!(begun.elapsed() < CHOSEN_LIMIT, "the relay has not come to {head}: {answer:?}");
    }
}

/// T34 to T37 on three brokers: whoever leads may go, and with too few copies left everything waits. In the end each
/// attempt has ended, and topics and log say the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaders_that_are_killed_under_load_and_two_of_three_at_once_lose_and_double_nothing() {
    let Some(mut cluster) = Cluster::started().await else { return };
    let first = cluster.loses_a_leader(Topic::RentalRent).await;
    let second = cluster.loses_a_leader(Topic::RentalResult).await;
    assert_ne!(first, second, "who was away leads nothing");
    cluster.loses_two([first, second]).await;

    let (server, _desk) = cluster.lives.next().await;
    let stores = cluster.lives.place.stores().await;
    let topics = KafkaBroker::open(cluster.lives.place.topics.settings()).await.unwrap();
    let report = together::judged_at_rest(&[stores.evidence()], &topics).await;
    topics.close().await;
    stores.let_go().await;
    drop(server); // which kills it
    cluster.is_sound();
    eprintln!("three brokers: {} events, {:?}", report.events, report.published);
    cluster.lives.end("brokers").await;
}
