//! One client of the library for all partitions that a node follows, and the threads that serve it.
//!
//! Partitions are assigned by us and never by a group, so the broker keeps no place for us and nothing is committed.

mod offsets;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use application::ports::BoxError;
use jiff::Timestamp;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::failure::{KafkaFailure, safe};
use super::settings::{KafkaSettings, REQUEST_MAX};
use super::told::{self, ClientProblem, Listener};
pub(super) use offsets::Ends;
use offsets::Offsets;

/// How often the thread of the client looks whether it may end.
const LOOK: Duration = Duration::from_millis(200);
/// What the client fetches ahead for each partition, in records and in kilobytes.
const AHEAD_RECORDS: &str = "1000";
const AHEAD_KB: &str = "1024";

/// The client. Its last owner lets its thread end, which then closes it: closing may take long when the broker is away.
pub(super) struct KafkaConsumer {
    client: Option<Arc<BaseConsumer<Listener>>>,
    offsets: Offsets,
    stop: Arc<AtomicBool>,
    /// How many records came by a way on which they belong to no partition; all partitions are placed anew then.
    strays: Arc<std::sync::atomic::AtomicU64>,
    cluster: String,
    pub(super) settings: KafkaSettings,
}

/// The queue of one partition.
pub(super) type Queue = rdkafka::consumer::base_consumer::PartitionQueue<Listener>;

impl KafkaConsumer {
    /// Connects, and asks which cluster this is.
    ///
    /// # Errors
    /// [`KafkaFailure`] when the settings are refused or nobody answers.
    pub(super) async fn open(settings: KafkaSettings) -> Result<Arc<Self>, KafkaFailure> {
        let opening = tokio::task::spawn_blocking(move || Self::open_blocking(settings));
        opening.await.unwrap_or_else(|panic| Err(KafkaFailure::Client(panic.into())))
    }

    fn open_blocking(settings: KafkaSettings) -> Result<Arc<Self>, KafkaFailure> {
        let client = client(&settings).map_err(|error| KafkaFailure::Client(safe(error)))?;
        let client = Arc::new(client);
        // The id comes with what is known of the cluster, which the client asks for by itself only now and then.
        let asked = client.fetch_metadata(None, 2 * REQUEST_MAX);
        let cluster = asked.ok().and_then(|_known| client.client().fetch_cluster_id(REQUEST_MAX));
        let cluster = cluster.ok_or_else(|| {
            KafkaFailure::away(&settings, "asking which cluster it is", told::problem_of(&client))
        })?;
        let (stop, strays) = (Arc::<AtomicBool>::default(), Arc::default());
        serve(&client, &stop, &strays).map_err(|error| KafkaFailure::Client(error.into()))?;
        let offsets = Offsets::of(&client).map_err(|error| KafkaFailure::Client(error.into()))?;
        Ok(Arc::new(Self { client: Some(client), offsets, stop, strays, cluster, settings }))
    }

    /// The id of the cluster.
    pub(super) fn cluster(&self) -> &str {
        &self.cluster
    }

    /// Where a partition begins and ends now; the end is that of what is committed.
    pub(super) async fn ends(&self, topic: &str, partition: i32) -> Result<Ends, BoxError> {
        let ends = self.offsets.ends(topic, partition).await;
        ends.map_err(|error| {
            let said = self.problem().map_or_else(String::new, |problem| format!("; {problem}"));
            format!("{error}; asked were {}{said}", self.settings.brokers).into()
        })
    }

    /// The offset of the first record that was written at this time or later; none when there is none.
    pub(super) async fn first_since(
        &self,
        topic: &str,
        partition: i32,
        time: Timestamp,
    ) -> Result<Option<u64>, BoxError> {
        let (topic, client) = (topic.to_owned(), self.client()?);
        // The first whole millisecond that is not before it; what lies before 1970 means something else to brokers.
        let since = time.as_millisecond() + i64::from(time.subsec_nanosecond() % 1_000_000 > 0);
        let since = Offset::Offset(since.max(0));
        blocking(move || {
            let mut asked = TopicPartitionList::with_capacity(1);
            asked.add_partition_offset(&topic, partition, since).map_err(safe)?;
            let answer = client.offsets_for_times(asked, REQUEST_MAX).map_err(safe)?;
            let place =
                answer.find_partition(&topic, partition).ok_or("the time's place was not answered")?;
            place.error().map_err(safe)?;
            Ok(place.offset().to_raw().and_then(|offset| u64::try_from(offset).ok()))
        })
        .await
    }

    /// What the client last complained about.
    pub(super) fn problem(&self) -> Option<ClientProblem> {
        self.client.as_ref()?.context().problem.get()
    }

    /// How often all partitions have had to be placed anew.
    pub(super) fn strays(&self) -> u64 {
        self.strays.load(Ordering::Acquire)
    }

    /// Begins to fetch a partition from an offset, into a queue of its own.
    pub(super) async fn follow(
        self: &Arc<Self>,
        topic: &str,
        partition: i32,
        offset: i64,
        ring: impl Fn() + Send + Sync + 'static,
    ) -> Result<Queue, BoxError> {
        let (topic, client) = (topic.to_owned(), self.client()?);
        blocking(move || {
            // Split off before it is assigned: so nothing of it comes by the common queue.
            let mut queue =
                client.split_partition_queue(&topic, partition).ok_or("the partition has no queue")?;
            queue.set_nonempty_callback(ring);
            let place = place(&topic, partition, offset)?;
            if client.incremental_assign(&place).is_err() {
                // It is followed already, as after a start that was cut off.
                client.incremental_unassign(&place).map_err(safe)?;
                client.incremental_assign(&place).map_err(safe)?;
            }
            Ok(queue)
        })
        .await
    }

    /// Goes on from another offset; what was fetched from the place before is thrown away by the client.
    pub(super) async fn seek(&self, topic: &str, partition: i32, offset: i64) -> Result<(), BoxError> {
        let (topic, client) = (topic.to_owned(), self.client()?);
        blocking(move || client.seek(&topic, partition, Offset::Offset(offset), REQUEST_MAX).map_err(safe))
            .await
    }

    fn client(&self) -> Result<Arc<BaseConsumer<Listener>>, BoxError> {
        self.client.clone().ok_or_else(|| "the client is closed".into())
    }
}

impl Drop for KafkaConsumer {
    /// The thread is the last to hold the client.
    fn drop(&mut self) {
        self.client = None;
        self.stop.store(true, Ordering::Release);
    }
}

fn client(settings: &KafkaSettings) -> KafkaResult<BaseConsumer<Listener>> {
    let mut client = settings.client();
    client
        // It joins no group; the library wants a name before anything can be assigned.
        .set("group.id", settings.topic("rental"))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("isolation.level", "read_committed")
        .set("check.crcs", "true")
        .set("fetch.wait.max.ms", "100")
        .set("fetch.error.backoff.ms", "100")
        .set("fetch.queue.backoff.ms", "20")
        .set("queued.min.messages", AHEAD_RECORDS)
        .set("queued.max.messages.kbytes", AHEAD_KB);
    client.create_with_context(Listener::default())
}

/// Serves what concerns no partition, until it is told to stop; then closes the client.
fn serve(
    client: &Arc<BaseConsumer<Listener>>,
    stop: &Arc<AtomicBool>,
    strays: &Arc<std::sync::atomic::AtomicU64>,
) -> std::io::Result<JoinHandle<()>> {
    let (client, stop, strays) = (Arc::clone(client), Arc::clone(stop), Arc::clone(strays));
    thread::Builder::new().name("kafka-client".to_owned()).spawn(move || {
        while !stop.load(Ordering::Acquire) {
            match client.poll(LOOK) {
                Some(Ok(_record)) => {
                    strays.fetch_add(1, Ordering::AcqRel);
                }
                Some(Err(error)) => told::error(&error, "of no partition"),
                None => {}
            }
        }
    })
}

fn place(topic: &str, partition: i32, offset: i64) -> Result<TopicPartitionList, BoxError> {
    let mut place = TopicPartitionList::new();
    place.add_partition_offset(topic, partition, Offset::Offset(offset)).map_err(safe)?;
    Ok(place)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BoxError> + Send + 'static,
) -> Result<T, BoxError> {
    tokio::task::spawn_blocking(work).await?
}
