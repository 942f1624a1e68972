//! Two nodes that share partitions by consumer groups: one is killed, one stands still past its session, and the broker
//! goes away under both.

use std::collections::BTreeSet;

use adapters::kafka::KafkaPublisher;
use application::messages::Topic;
use application::ports::Publisher;
use application::ports::publisher::OutgoingRecord;
use bytes::Bytes;
use serde_json::Value;
use tests::stores::Schema;
use tests::topics::TestTopics;

use super::OverBroker;
use super::own_broker::OwnBroker;
use crate::asking::Desk;
use crate::dice::Dice;
use crate::lives::Lives;
use crate::people::Way;
use crate::store::{FaultStore, OnServer, Stores};

/// Each group with a topic that it shares out.
const SHARED: [(&str, &str); 4] = [
    ("rental", "rental_result"),
    ("book", "rental_rent"),
    ("member", "rental_return"),
    ("best-seller", "rental_rent"),
];
const PARTITIONS: i32 = 4;

/// A database that two nodes share, and topics that they subscribe to.
struct Subscribers {
    database: OnServer<Schema>,
    over: OverBroker,
}

impl Subscribers {
    async fn on(brokers: &str) -> Option<Self> {
        let (database, over) =
            (OnServer::<Schema>::fresh().await?, OverBroker::on(brokers).await.subscribing());
        Some(Self { database, over })
    }

    fn topics(&self) -> &TestTopics {
        &self.over.topics
    }
}

impl FaultStore for Subscribers {
    const IS_SHARED: bool = true;

    async fn fresh() -> Option<Self> {
        Self::on(&tests::servers::kafka()?).await
    }

    fn words(&self) -> Vec<String> {
        [self.database.words(), self.over.publisher()].concat()
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        [self.database.variables(), self.over.variables()].concat()
    }

    async fn stores(&self) -> Stores {
        self.database.stores().await
    }

    async fn stores_to_write(&self) -> Stores {
        self.database.stores_to_write().await
    }
}

/// T44, T45: whoever is left takes over, what was done is found done, and who wakes leaves alone what is not its own any
/// more. In the end the groups have come to the end of every topic.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_is_killed_or_stands_still_past_its_session_loses_and_doubles_nothing() {
    let Some(place) = Subscribers::fresh().await else { return };
    let mut lives = Lives::furnished(place, Dice::of("subscribing")).await;
    let (first, desk) = lives.next().await;
    let (second, _) = lives.started().await;
    is_shared_out(&desk).await;

    let crowd = lives.crowd_at(&Way::One(desk.clone()));
    crowd.answered(100).await;
    drop(second); // which kills it
    crowd.answered(300).await;
    let (third, other) = lives.started().await;
    is_shared_out(&other).await;
    crowd.answered(500).await;
    first.signal("STOP");
    // They give up long after its session is over.
    lives.left(crowd).await;
    let beside = lives.crowd_at(&Way::One(other.clone()));
    beside.answered(200).await;
    first.signal("CONT");
    is_shared_out(&other).await;
    beside.answered(400).await;
    drop(third); // which kills it
    lives.left(beside).await;
    lives.ask_again(&desk).await;
    has_read_all(lives.place.topics()).await;
    drop(first);
    lives.end("subscribing").await;
}

/// T34 to T37: with the groups' offsets on the very broker that goes away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_outlive_a_broker_that_is_killed_under_load() {
    let Some(broker) = OwnBroker::started() else { return };
    let Some(place) = Subscribers::on(&broker.address).await else { return };
    let mut lives = Lives::furnished(place, Dice::of("subscribed-broker")).await;
    let (first, desk) = lives.next().await;
    let (second, other) = lives.started().await;
    let crowd = lives.crowd_at(&Way::One(desk.clone()));
    crowd.answered(100).await;
    broker.fault("crash");
    crowd.answered(300).await;
    broker.fault("restart");
    crowd.answered(500).await;
    drop(first); // which kills it
    lives.left(crowd).await;
    lives.ask_again(&other).await;
    has_read_all(lives.place.topics()).await;
    drop(second);
    lives.end("subscribed-broker").await;
}

/// T48: it is kept before the group passes it, and a restart does not keep it again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreadable_message_is_kept_before_the_group_passes_it() {
    let Some(brokers) = tests::servers::kafka() else { return };
    let place = OverBroker::on(&brokers).await.subscribing();
    let mut lives = Lives::furnished(place, Dice::of("subscribed-poison")).await;
    let (server, desk) = lives.next().await;
    let poison = OutgoingRecord {
        topic: Topic::RentalRent.name().to_owned(),
        key: "nobody".to_owned(),
        headers: vec![("ce_type".to_owned(), Bytes::from_static(b"\xff"))],
        body: Bytes::from_static(b"{"),
    };
    let publisher = KafkaPublisher::new(lives.place.topics.settings());
    assert_eq!(publisher.publish(&[poison]).await.unwrap().contiguous, 1);
    let kept = |answer: &crate::asking::Answer| rejected(&answer.json()).len() == 3;
    desk.until("/v1/dead-letters", kept).await;
    has_read_all(&lives.place.topics).await;
    drop(server); // which kills it
    let (server, desk) = lives.next().await;
    let letters = desk.get("/v1/dead-letters").await.unwrap().json();
    let names = rejected(&letters);
    let handlers: BTreeSet<_> = names.iter().map(|name| name.split(':').next().unwrap()).collect();
    assert_eq!((names.len(), handlers), (3, BTreeSet::from(["count-rentals", "keep-points", "lend-books"])));
    drop(server);
    lives.end("subscribed-poison").await;
}

/// Waits until two nodes have a part of what is consumed.
async fn is_shared_out(desk: &Desk) {
    desk.until("/v1/processors", |answer| {
        let all = answer.json();
        let consuming = all["items"].as_array().unwrap().iter().filter(|one| one["source"] == "TOPIC");
        let owners: Vec<_> = consuming.map(|one| one["segments"][0]["owner"].clone()).collect();
        owners.iter().all(Value::is_string)
            && owners.iter().map(Value::to_string).collect::<BTreeSet<_>>().len() == 2
    })
    .await;
}

/// Waits until the broker knows that the groups have come to the end of their topics.
async fn has_read_all(topics: &TestTopics) {
    for (group, topic) in SHARED {
        for partition in 0..PARTITIONS {
            topics.wait_until_committed(group, topic, partition).await;
        }
    }
}

fn rejected(letters: &Value) -> Vec<String> {
    let all = letters["items"].as_array().unwrap().iter();
    all.filter(|letter| letter["kind"] == "REJECTED")
        .map(|letter| letter["processor"].as_str().unwrap().to_owned())
        .collect()
}
