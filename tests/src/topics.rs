//! Topics of a Kafka broker, seen and changed past the adapter: what is really there.
#![expect(clippy::expect_used, reason = "a test that cannot set its scene has failed")]

use std::sync::Arc;
use std::time::Duration;

use adapters::kafka::KafkaSettings;
use adapters::system_clock::SystemIds;
use application::messages::Topic;
use application::ports::Ids;
use application::ports::publisher::OutgoingRecord;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};
use tokio::time::{Instant, interval, timeout};

use crate::servers;

const LIMIT: Duration = Duration::from_secs(20);
/// How often is asked how far a group has come.
const LOOK: Duration = Duration::from_millis(20);

/// Topics with a prefix of their own, so that tests do not see one another's.
pub struct TestTopics {
    brokers: String,
    prefix: String,
    admin: AdminClient<DefaultClientContext>,
}

impl TestTopics {
    /// On the broker that tests have; none when there is none, which is said in a line.
    #[must_use]
    pub fn fresh() -> Option<Self> {
        Some(Self::on(&servers::kafka()?))
    }

    /// On this one.
    #[must_use]
    pub fn on(brokers: &str) -> Self {
        let admin = client(brokers).create().expect("an admin client");
        Self { brokers: brokers.to_owned(), prefix: format!("t-{}-", SystemIds.next().simple()), admin }
    }

    /// How the adapter reaches them.
    #[must_use]
    pub fn settings(&self) -> KafkaSettings {
        KafkaSettings { prefix: self.prefix.clone(), ..KafkaSettings::of(&self.brokers) }
    }

    /// Makes all topics that there is something said on.
    pub async fn create_all(&self) {
        for topic in Topic::ALL {
            self.create(topic.name(), 4).await;
        }
    }

    /// Makes a topic.
    pub async fn create(&self, topic: &str, partitions: i32) {
        let name = self.name(topic);
        let topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
        let made = self.admin.create_topics([&topic], &AdminOptions::new()).await.expect("an answer");
        made.into_iter().for_each(|made| drop(made.expect("the topic is made")));
        self.wait_until_there(&name, partitions).await;
    }

    /// Gives a topic so many partitions, more than it has.
    pub async fn grow(&self, topic: &str, partitions: i32) {
        let name = self.name(topic);
        let wanted = NewPartitions::new(&name, usize::try_from(partitions).expect("a small number"));
        let made = self.admin.create_partitions([&wanted], &AdminOptions::new()).await.expect("an answer");
        made.into_iter().for_each(|made| drop(made.expect("the partitions are made")));
        self.wait_until_there(&name, partitions).await;
    }

    /// Loses what a partition has before an offset, as when it was kept long enough.
    pub async fn lose(&self, topic: &str, partition: i32, before: i64) {
        let mut places = TopicPartitionList::new();
        let place = Offset::Offset(before);
        places.add_partition_offset(&self.name(topic), partition, place).expect("a place");
        self.admin.delete_records(&places, &AdminOptions::new()).await.expect("the records are lost");
    }

    /// Removes a topic.
    pub async fn delete(&self, topic: &str) {
        let name = self.name(topic);
        let gone = self.admin.delete_topics(&[&name], &AdminOptions::new()).await.expect("an answer");
        gone.into_iter().for_each(|gone| drop(gone.expect("the topic is removed")));
    }

    /// Which topics there are with its prefix, by their names on the broker.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let found = self.admin.inner().fetch_metadata(None, LIMIT).expect("the broker's topics");
        let names = found.topics().iter().map(|topic| topic.name().to_owned());
        names.filter(|name| name.starts_with(&self.prefix)).collect()
    }

    /// The broker that leads each partition of a topic, which is below 0 when nobody does, and how many have all of it.
    #[must_use]
    pub fn led(&self, topic: &str) -> Vec<(i32, usize)> {
        let found = self.admin.inner().fetch_metadata(Some(&self.name(topic)), LIMIT).expect("the topic");
        let partitions = found.topics().iter().flat_map(|topic| topic.partitions());
        partitions.map(|partition| (partition.leader(), partition.isr().len())).collect()
    }

    /// Waits until a group has committed the end of a partition.
    pub async fn wait_until_committed(&self, group: &str, topic: &str, partition: i32) {
        self.wait_until_group(group, topic, partition, |committed, end| committed == end).await;
    }

    /// Waits until a group has committed this offset.
    pub async fn wait_until_committed_at(&self, group: &str, topic: &str, partition: i32, offset: i64) {
        self.wait_until_group(group, topic, partition, move |committed, _| committed == offset).await;
    }

    async fn wait_until_group(
        &self,
        group: &str,
        topic: &str,
        partition: i32,
        is_there: impl Fn(i64, i64) -> bool,
    ) {
        let (name, group) = (self.name(topic), self.name(group));
        let client: BaseConsumer = client(&self.brokers).set("group.id", &group).create().expect("a client");
        let (client, mut found, mut again) = (Arc::new(client), (0, 0), interval(LOOK));
        let waiting = async {
            loop {
                again.tick().await;
                let (client, name) = (Arc::clone(&client), name.clone());
                let asking = move || group_and_end(&client, &name, partition);
                found = tokio::task::spawn_blocking(asking).await.expect("an answer");
                if is_there(found.0, found.1) {
                    return;
                }
            }
        };
        let is_there = timeout(LIMIT, waiting).await.is_ok();
        assert!(is_there, "{group} is at {} of {} in {name}:{partition}", found.0, found.1);
    }

    /// Everything that a topic holds, partition by partition.
    pub async fn records(&self, topic: &str, partitions: i32) -> Vec<OutgoingRecord> {
        let (brokers, name, topic) = (self.brokers.clone(), self.name(topic), topic.to_owned());
        let reading = tokio::task::spawn_blocking(move || read_all(&brokers, &name, partitions));
        let all = reading.await.expect("a reader that ends");
        all.into_iter().map(|record| OutgoingRecord { topic: topic.clone(), ..record }).collect()
    }

    fn name(&self, topic: &str) -> String {
        format!("{}{topic}", self.prefix)
    }

    async fn wait_until_there(&self, name: &str, partitions: i32) {
        let (brokers, name) = (self.brokers.clone(), name.to_owned());
        let waiting = tokio::task::spawn_blocking(move || {
            let client: BaseConsumer = client(&brokers).create().expect("a client");
            let count = |name: &str| {
                let found = client.fetch_metadata(Some(name), LIMIT).expect("the broker is there");
                let partitions = found.topics().first().map(|topic| topic.partitions());
                partitions.into_iter().flatten().filter(|partition| partition.leader() >= 0).count()
            };
            while count(&name) < usize::try_from(partitions).expect("a small number") {}
        });
        waiting.await.expect("a topic that is there");
    }
}

fn client(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("allow.auto.create.topics", "false");
    config
}

/// How far a group has come, and where the partition ends.
fn group_and_end(client: &BaseConsumer, name: &str, partition: i32) -> (i64, i64) {
    let mut asked = TopicPartitionList::new();
    asked.add_partition(name, partition);
    let committed = client.committed_offsets(asked, LIMIT).expect("the broker is there");
    let offset = committed.find_partition(name, partition).expect("an answer").offset();
    let (_, end) = ends_of(client, name, partition);
    // A partition into which nothing was written may have none.
    (offset.to_raw().filter(|offset| *offset >= 0).unwrap_or(0), end)
}

/// Where a partition begins and ends. One that was just made may not be known to its leader for a moment.
fn ends_of(client: &BaseConsumer, name: &str, partition: i32) -> (i64, i64) {
    let until = Instant::now() + LIMIT;
    loop {
        match client.fetch_watermarks(name, partition, LIMIT) {
            Ok(ends) => return ends,
            Err(error) => {
                assert!(Instant::now() < until, "{name}:{partition} does not say its ends: {error}")
            }
        }
    }
}

fn read_all(brokers: &str, name: &str, partitions: i32) -> Vec<OutgoingRecord> {
    let consumer: BaseConsumer = client(brokers)
        .set("group.id", "tests")
        .set("enable.auto.commit", "false")
        .create()
        .expect("a client");
    let mut all = Vec::new();
    for partition in 0..partitions {
        let (low, high) = ends_of(&consumer, name, partition);
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(name, partition, Offset::Offset(low)).expect("a place");
        consumer.assign(&place).expect("the partition can be read");
        let mut left = high - low;
        while left > 0 {
            let message = consumer.poll(LIMIT).expect("a record in time").expect("a record");
            left -= i64::from(message.partition() == partition);
            all.push(record_of(&message));
        }
    }
    all
}

fn record_of(message: &BorrowedMessage<'_>) -> OutgoingRecord {
    let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap_or_default().to_vec()).expect("a text");
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    let headers =
        headers.map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec().into()));
    OutgoingRecord {
        topic: message.topic().to_owned(),
        key: text(message.key()),
        headers: headers.collect(),
        body: message.payload().unwrap_or_default().to_vec().into(),
    }
}
