//! A partition through a consumer group: a source like any other, whose place the broker knows.

use std::sync::Arc;
use std::time::Duration;

use adapters::kafka::{KafkaBroker, KafkaPublisher};
use application::messages::Topic;
use application::ports::message_source::{SourceError, StartingPoint, Token};
use application::ports::{MessageSource, Topics};
use application::services::{ServiceName, Services};
use async_trait::async_trait;
use tests::laws::message_source::SourceUnderTest;
use tests::topics::TestTopics;
use tokio::time::{interval, timeout};

use super::{add, lose};

tests::message_source_laws!(SubscribedTopic);

/// It is shared out by one group only.
const TOPIC: Topic = Topic::RentalUncount;
const GROUP: &str = "best-seller";
/// A member that was killed is missed after ten seconds.
const LIMIT: Duration = Duration::from_secs(30);

/// One partition and the member that has it.
struct SubscribedTopic {
    topics: TestTopics,
    publisher: KafkaPublisher,
    broker: KafkaBroker,
    partition: Arc<dyn MessageSource>,
}

async fn member(topics: &TestTopics) -> (KafkaBroker, Arc<dyn MessageSource>) {
    let broker = KafkaBroker::connect(topics.settings()).await.expect("the broker is there");
    let broker = broker.subscribed(Services::of([ServiceName::BestSeller]).unwrap()).unwrap();
    let partition = Topics::partition(&broker, TOPIC, 0).shared.remove(&ServiceName::BestSeller);
    (broker, partition.expect("it is shared out"))
}

async fn until(doing: &str, is_so: impl Fn() -> bool) {
    let mut again = interval(Duration::from_millis(20));
    let waiting = async {
        while !is_so() {
            again.tick().await;
        }
    };
    timeout(LIMIT, waiting).await.unwrap_or_else(|_| panic!("{doing} took too long"));
}

#[async_trait]
impl SourceUnderTest for SubscribedTopic {
    async fn fresh() -> Option<Self> {
        let topics = TestTopics::fresh()?;
        topics.create(TOPIC.name(), 1).await;
        topics.create(Topic::RentalRent.name(), 1).await;
        let (broker, partition) = member(&topics).await;
        until("getting a share", || partition.turn().is_ok()).await;
        let publisher = KafkaPublisher::new(topics.settings());
        Some(Self { topics, publisher, broker, partition })
    }

    fn source(&self) -> Arc<dyn MessageSource> {
        Arc::clone(&self.partition)
    }

    async fn add(&self, kinds: &[&'static str]) {
        add(&self.publisher, TOPIC.name(), kinds).await;
    }

    /// Until the source knows.
    async fn lose(&self, count: u64) -> bool {
        lose(&self.topics, TOPIC.name(), &*self.partition, count).await;
        true
    }
}

impl SubscribedTopic {
    async fn first(&self) -> Token {
        self.partition.token_at(StartingPoint::Beginning).await.unwrap()
    }

    /// The token after so many records.
    async fn after(&self, count: usize) -> Token {
        let page = self.partition.read(&self.first().await, &Default::default(), count).await.unwrap();
        assert_eq!(page.events.len(), count);
        page.next
    }
}

#[tokio::test]
async fn a_group_goes_on_where_it_was_told_and_before_that_where_the_token_stands() {
    let Some(subject) = SubscribedTopic::fresh().await else { return };
    subject.add(&["a", "b", "c", "d"]).await;
    let (first, two, three) = (subject.first().await, subject.after(2).await, subject.after(3).await);
    assert_eq!(subject.partition.resume(&first).await.unwrap(), first);
    assert_eq!(subject.partition.resume(&two).await.unwrap(), two, "the group knows nothing yet");

    subject.partition.acknowledged(&three).await.unwrap();
    subject.topics.wait_until_committed_at(GROUP, TOPIC.name(), 0, 3).await;
    assert_eq!(subject.partition.resume(&two).await.unwrap(), three);
    subject.partition.acknowledged(&two).await.unwrap();
    subject.topics.wait_until_committed_at(GROUP, TOPIC.name(), 0, 2).await;
    assert_eq!(subject.partition.resume(&three).await.unwrap(), two, "also further back");
}

/// T42a
#[tokio::test]
async fn an_offset_of_a_group_that_is_gone_is_named_with_both_numbers() {
    let Some(subject) = SubscribedTopic::fresh().await else { return };
    subject.add(&["a", "b", "c", "d"]).await;
    subject.partition.acknowledged(&subject.after(1).await).await.unwrap();
    subject.topics.wait_until_committed_at(GROUP, TOPIC.name(), 0, 1).await;
    let beyond = subject.after(4).await;
    assert!(subject.lose(3).await);
    let refused = subject.partition.resume(&beyond).await.unwrap_err();
    let SourceError::Gone { from, to } = refused else { panic!("{refused}") };
    assert_eq!((from.value(), to.value()), (1, 3));
}

#[tokio::test]
async fn a_partition_has_one_member_at_a_time_and_goes_on_from_the_group_with_the_next() {
    let Some(subject) = SubscribedTopic::fresh().await else { return };
    subject.add(&["a", "b", "c"]).await;
    let (first, two) = (subject.first().await, subject.after(2).await);
    let (other_broker, other) = member(&subject.topics).await;
    let why = other.turn().unwrap_err().to_string();
    let group = subject.topics.settings().topic(GROUP);
    assert!(why.contains(&format!("waiting for the group `{group}`")), "{why}");
    let both = || subject.partition.turn().is_ok() && other.turn().is_ok();
    // The other one gets the other topic, or this one.
    let other_topic = |broker: &KafkaBroker| {
        Topics::partition(broker, Topic::RentalRent, 0).shared.remove(&ServiceName::BestSeller).unwrap()
    };
    let held = || {
        assert!(!both(), "two members have one partition");
        other.turn().is_ok() || other_topic(&other_broker).turn().is_ok()
    };
    until("sharing", held).await;

    let (holder, next, leaving) = if subject.partition.turn().is_ok() {
        (&subject.partition, &other, &subject.broker)
    } else {
        (&other, &subject.partition, &other_broker)
    };
    holder.acknowledged(&two).await.unwrap();
    leaving.close().await;
    until("taking over", || next.turn().is_ok()).await;
    assert_eq!(
        next.resume(&first).await.unwrap(),
        two,
        "what was told last is there before anybody takes over"
    );
}
