//! The binary with messages over a Kafka broker of the test's own, which is killed and stands still.

#[path = "kafka/backup.rs"]
mod backup;
#[path = "kafka/brokers.rs"]
mod brokers;
#[path = "kafka/console.rs"]
mod console;
#[path = "kafka/own_broker.rs"]
mod own_broker;
#[path = "kafka/services.rs"]
mod services;
#[path = "kafka/spoilt.rs"]
mod spoilt;
#[path = "kafka/subscribing.rs"]
mod subscribing;
#[path = "kafka/together.rs"]
mod together;

use adapters::kafka::KafkaBroker;
use application::messages::Topic;
use tests::topics::TestTopics;

use crate::dice::Dice;
use crate::lives::Lives;
use crate::people::Way;
use crate::store::{FaultStore, Files, Stores};
use own_broker::OwnBroker;

/// How many partitions topics have after they have grown.
const GROWN: i32 = 12;
/// How many topics have by default.
const PARTITIONS: i32 = 4;

/// Files of a folder, and topics of a broker.
struct OverBroker {
    files: Files,
    topics: TestTopics,
    consume: &'static str,
}

impl OverBroker {
    async fn on(brokers: &str) -> Self {
        let files = Files::fresh().await.unwrap();
        Self { files, topics: TestTopics::on(brokers), consume: "tracking" }
    }

    fn subscribing(self) -> Self {
        Self { consume: "subscribing", ..self }
    }

    /// The words with which messages go over it.
    fn publisher(&self) -> Vec<String> {
        ["--publisher".to_owned(), format!("kafka://{}", self.topics.settings().brokers)].into()
    }

    /// How many messages are in partitions that topics did not have at first.
    async fn moved(&self) -> usize {
        let mut moved = 0;
        for topic in Topic::ALL {
            let held = self.topics.records(topic.name(), GROWN).await.len();
            moved += held - self.topics.records(topic.name(), PARTITIONS).await.len();
        }
        moved
    }
}

impl FaultStore for OverBroker {
    const IS_SHARED: bool = false;

    async fn fresh() -> Option<Self> {
        Some(Self::on(&tests::servers::kafka()?).await)
    }

    fn words(&self) -> Vec<String> {
        [self.files.words(), self.publisher()].concat()
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("RENTAL__PUBLISHER__PREFIX", self.topics.settings().prefix),
            ("RENTAL__PUBLISHER__CREATE_TOPICS", "true".to_owned()),
            ("RENTAL__PUBLISHER__DELIVERY_LIMIT", "3s".to_owned()),
            ("RENTAL__PUBLISHER__CONSUME", self.consume.to_owned()),
        ]
    }

    async fn stores(&self) -> Stores {
        self.files.stores().await
    }

    async fn stores_to_write(&self) -> Stores {
        self.files.stores_to_write().await
    }
}

/// T34 to T37: what is asked while the broker is away is accepted and done when it is back; a process that is killed in
/// the middle publishes and handles again, and everything has its effect once. In the end the topics hold what the log
/// says, each key in its order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed_or_stands_still_under_load_loses_and_doubles_nothing() {
    let Some(broker) = OwnBroker::started() else { return };
    let mut lives = Lives::furnished(OverBroker::on(&broker.address).await, Dice::of("broker")).await;
    for [away, back] in [["crash", "restart"], ["pause", "resume"]] {
        let (server, desk) = lives.next().await;
        let crowd = lives.crowd_at(&Way::One(desk.clone()));
        crowd.answered(60).await;
        broker.fault(away);
        // Everybody goes on asking, and is answered.
        crowd.answered(240).await;
        broker.fault(back);
        crowd.answered(300).await;
        drop(server); // which kills it
        lives.left(crowd).await;
    }
    let (server, _desk) = lives.next().await;
    let stores = lives.place.stores().await;
    let topics = KafkaBroker::open(lives.place.topics.settings()).await.unwrap();
    let logs = [stores.evidence()];
    let report = together::judged_at_rest(&logs, &topics).await;
    let published = report.published.unwrap();
    assert!(published.messages > 100, "too little was said: {published:?}");
    eprintln!("{} messages are there, {} times one once more", published.messages, published.repeated);
    let lost = spoilt::judged_without_one(&logs, &topics, Topic::RentalRent).await;
    together::is_found(&lost, "1 messages that were published are not on rental_rent");
    topics.close().await;
    stores.let_go().await;
    drop(server);
    lives.end("broker").await;
}

/// T40: topics get more partitions under load, and a process that runs follows them: everything in them has its effect
/// once, also when it is killed right after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_that_are_added_under_load_are_followed_and_nothing_is_lost_or_doubled() {
    let Some(place) = OverBroker::fresh().await else { return };
    let mut lives = Lives::furnished(place, Dice::of("partitions")).await;
    let (server, desk) = lives.next().await;
    let crowd = lives.crowd_at(&Way::One(desk.clone()));
    crowd.answered(60).await;
    for topic in Topic::ALL {
        lives.place.topics.grow(topic.name(), GROWN).await;
    }
    desk.until("/v1/processors", |answer| answer.json().to_string().contains("lend-books:rental_rent:11"))
        .await;
    crowd.answered(300).await;
    drop(server); // which kills it
    lives.left(crowd).await;
    let (server, _desk) = lives.next().await;
    let stores = lives.place.stores().await;
    let topics = KafkaBroker::open(lives.place.topics.settings()).await.unwrap();
    together::judged_at_rest(&[stores.evidence()], &topics).await;
    topics.close().await;
    stores.let_go().await;
    let moved = lives.place.moved().await;
    assert!(moved > 0, "nothing was written to the new partitions");
    eprintln!("{moved} messages came by partitions that were added");
    drop(server);
    lives.end("partitions").await;
}
