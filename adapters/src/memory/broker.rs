//! A broker in memory: topics with partitions, and offsets in each. What it holds is gone with the process.

mod faults;
mod partition;
mod partitioner;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use application::messages::{ForeignRecord, Topic};
use application::ports::baseline::Terms;
use application::ports::message_source::SourceError;
use application::ports::publisher::{OutgoingRecord, PublishError, PublishFailure, Published};
use application::ports::topics::FollowedPartition;
use application::ports::{Clock, Publisher, PublisherBaseline, Topics};
use application::reactions::{Exchange, PlainPeers};
use async_trait::async_trait;
use thiserror::Error;
use tokio::sync::watch;
use uuid::Uuid;

pub use faults::Fault;
use faults::Faults;
pub use partition::MemoryPartition;

/// Keeps what is published, in order for each partition; stops a batch at its first failure, so nothing overtakes. A
/// record's partition follows from its key as for Kafka's Java clients. Cheap to clone.
#[derive(Clone)]
pub struct MemoryBroker(Arc<Broker>);

struct Broker {
    cluster: Uuid,
    clock: Arc<dyn Clock>,
    topics: Mutex<KeptTopics>,
    /// How many records were taken since it began.
    taken: watch::Sender<u64>,
}

#[derive(Default)]
struct KeptTopics {
    partitions: BTreeMap<String, Vec<Kept>>,
    faults: Faults,
}

/// What a partition keeps: the records from an offset on.
#[derive(Default)]
struct Kept {
    start: u64,
    records: Vec<ForeignRecord>,
}

#[derive(Debug, Error)]
#[error("the topic `{0}` is not there; topics are made before they are written to")]
struct NoTopic(String);

impl MemoryBroker {
    /// Without any topic. Brokers with different ids are different clusters.
    #[must_use]
    pub fn new(cluster: Uuid, clock: Arc<dyn Clock>) -> Self {
        let (topics, taken) = (Mutex::default(), watch::Sender::new(0));
        Self(Arc::new(Broker { cluster, clock, topics, taken }))
    }

    /// With every topic there is something said on, each with so many partitions.
    #[must_use]
    pub fn with_all_topics(cluster: Uuid, clock: Arc<dyn Clock>, partitions: NonZeroU32) -> Self {
        let broker = Self::new(cluster, clock);
        Topic::ALL.into_iter().for_each(|topic| broker.create(topic.name(), partitions));
        broker
    }

    /// This broker between the parts of the library, with the partitions that topics have now.
    #[must_use]
    pub fn exchange(&self) -> Exchange {
        let of_topic =
            |(topic, count): (Topic, u32)| (0..count).map(move |number| self.followed(topic, number));
        let partitions = self.counts().into_iter().flat_map(of_topic).collect();
        let (publisher, topics) = (Arc::new(self.clone()), Arc::new(self.clone()));
        Exchange { publisher, partitions, topics, plain: PlainPeers::default() }
    }

    fn counts(&self) -> Vec<(Topic, u32)> {
        let kept = self.lock();
        let count = |topic: &Topic| kept.partitions.get(topic.name()).map(Vec::len);
        let all = Topic::ALL.into_iter().filter_map(|topic| Some((topic, count(&topic)?)));
        all.map(|(topic, count)| (topic, u32::try_from(count).unwrap_or(u32::MAX))).collect() // made from a u32
    }

    fn followed(&self, topic: Topic, number: u32) -> FollowedPartition {
        let signed = i32::try_from(number).unwrap_or(i32::MAX); // there is none of so high a number
        let source = Arc::new(MemoryPartition::of(self.clone(), topic.name(), signed));
        FollowedPartition::tracked(topic, number, source)
    }

    /// Makes a topic with so many partitions; one that is there stays as it is.
    pub fn create(&self, topic: &str, partitions: NonZeroU32) {
        let none = || (0..partitions.get()).map(|_| Kept::default()).collect();
        self.lock().partitions.entry(topic.to_owned()).or_insert_with(none);
    }

    /// Gives a topic that is there so many partitions, unless it has as many; what was written stays where it is.
    pub fn grow(&self, topic: &str, partitions: NonZeroU32) {
        let mut topics = self.lock();
        let Some(all) = topics.partitions.get_mut(topic) else { return };
        let count = partitions.get() as usize;
        all.resize_with(count.max(all.len()), Kept::default);
    }

    /// What a topic holds, partition by partition, each from its oldest; nothing when there is no such topic.
    #[must_use]
    pub fn records(&self, topic: &str) -> Vec<ForeignRecord> {
        let topics = self.lock();
        let partitions = topics.partitions.get(topic).into_iter().flatten();
        partitions.flat_map(|kept| kept.records.iter().cloned()).collect()
    }

    /// A partition of a topic, to be followed; none when it is not there.
    #[must_use]
    pub fn partition(&self, topic: &str, partition: u32) -> Option<MemoryPartition> {
        let count = self.lock().partitions.get(topic)?.len();
        let number = i32::try_from(partition).ok().filter(|_| (partition as usize) < count)?;
        Some(MemoryPartition::of(self.clone(), topic, number))
    }

    /// Lets the `nth` record offered from now on fail, counted from 0, once; what follows it in its batch is not sent.
    pub fn fail(&self, nth: usize, fault: Fault) {
        self.lock().faults.plan(nth, fault);
    }

    /// Lets go of the records of a partition before an offset, as if they were too old.
    pub fn forget_before(&self, topic: &str, partition: u32, offset: u64) {
        let mut topics = self.lock();
        let kept = topics.partitions.get_mut(topic).and_then(|all| all.get_mut(partition as usize));
        if let Some(kept) = kept {
            let gone = offset.min(kept.end()).saturating_sub(kept.start);
            kept.records.drain(..usize::try_from(gone).unwrap_or(usize::MAX).min(kept.records.len()));
            kept.start += gone;
        }
    }

    fn lock(&self) -> MutexGuard<'_, KeptTopics> {
        self.0.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Publisher for MemoryBroker {
    async fn publish(&self, batch: &[OutgoingRecord]) -> Result<Published, PublishError> {
        let published = self.lock().take_all(batch, &*self.0.clock)?;
        self.0.taken.send_modify(|taken| *taken += published.contiguous as u64);
        Ok(published)
    }
}

#[async_trait]
impl Topics for MemoryBroker {
    async fn partitions(&self) -> Result<Vec<(Topic, u32)>, SourceError> {
        Ok(self.counts())
    }

    fn partition(&self, topic: Topic, number: u32) -> FollowedPartition {
        self.followed(topic, number)
    }
}

#[async_trait]
impl PublisherBaseline for MemoryBroker {
    async fn publish_bare(&self, records: Arc<[OutgoingRecord]>) -> Result<(), PublishError> {
        self.publish(&records).await.map(|_| ())
    }

    async fn terms(&self) -> Result<Terms, PublishError> {
        Ok(Terms { kind: "memory", version: env!("CARGO_PKG_VERSION").to_owned(), durability: vec![] })
    }
}

impl KeptTopics {
    fn take_all(&mut self, batch: &[OutgoingRecord], clock: &dyn Clock) -> Result<Published, PublishError> {
        if self.faults.is_away(batch.len()) {
            let source = Box::new(Fault::Away);
            return Err(PublishError::Unavailable { count: batch.len(), source });
        }
        for (index, record) in batch.iter().enumerate() {
            if let Err(failure) = self.faults.offer().and_then(|()| self.take(record, clock)) {
                return Ok(Published { contiguous: index, failed: vec![(index, failure)] });
            }
        }
        Ok(Published { contiguous: batch.len(), failed: Vec::new() })
    }

    fn take(&mut self, record: &OutgoingRecord, clock: &dyn Clock) -> Result<(), PublishFailure> {
        let OutgoingRecord { topic, key, headers, body } = record.clone();
        let Some(partitions) = self.partitions.get_mut(&topic) else {
            return Err(PublishFailure::Permanent(Box::new(NoTopic(topic))));
        };
        let number = partitioner::partition_of(key.as_bytes(), partitions.len());
        let kept = &mut partitions[number];
        kept.records.push(ForeignRecord {
            topic,
            partition: i32::try_from(number).unwrap_or(i32::MAX),
            offset: kept.end(),
            time: clock.now(),
            key: Some(key.into()),
            headers,
            body: Some(body),
        });
        Ok(())
    }
}

impl Kept {
    /// The offset that the next record gets.
    fn end(&self) -> u64 {
        self.start + self.records.len() as u64
    }
}
