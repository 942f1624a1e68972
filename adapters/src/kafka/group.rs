//! Membership in a consumer group: which partitions this node has of it, and what it has told the broker about them.
//!
//! The group's client fetches nothing: it asks for its share, hears what that is, and commits offsets. What is in the
//! partitions comes by the client that all partitions of a node share.

mod membership;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use application::ports::BoxError;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::sync::watch;
use tokio::time::timeout;

use super::failure::{KafkaFailure, safe};
use super::settings::{KafkaSettings, REQUEST_MAX};
pub(super) use membership::Membership;

/// How long a member may be silent before its partitions go to others: as long as a claim holds.
const SESSION_MS: &str = "10000";
/// How often it says that it lives.
const HEARTBEAT_MS: &str = "3000";
/// How often offsets are committed at most, and how soon the thread notices that it may end.
const LOOK: Duration = Duration::from_millis(200);
/// How long leaving may take. Who does not get away in time is missed by the others after a session.
const LEAVING_MAX: Duration = Duration::from_secs(3);

/// One member of a group.
pub(super) struct KafkaGroup {
    /// The thread holds it, and leaves the group as it lets go of it.
    client: Weak<BaseConsumer<Membership>>,
    membership: Arc<Membership>,
    stop: Arc<AtomicBool>,
    /// Whether the thread has ended, and with it the membership.
    left: watch::Receiver<bool>,
}

impl KafkaGroup {
    /// Joins a group, which shares these topics among its members.
    ///
    /// # Errors
    /// [`KafkaFailure`] when the settings are refused.
    pub(super) fn join(
        settings: &KafkaSettings,
        name: &str,
        topics: &[String],
    ) -> Result<Self, KafkaFailure> {
        let client = client(settings, name).map_err(|error| KafkaFailure::Client(safe(error)))?;
        let names: Vec<_> = topics.iter().map(String::as_str).collect();
        client.subscribe(&names).map_err(|error| KafkaFailure::Client(safe(error)))?;
        let (member, stop) = (Arc::new(client), Arc::<AtomicBool>::default());
        let (client, membership) = (Arc::downgrade(&member), Arc::clone(member.context()));
        let (gone, left) = watch::channel(false);
        let is_over = Arc::clone(&stop);
        let serving = move || {
            serve(&member, &is_over);
            drop(member);
            gone.send_replace(true);
        };
        let thread = thread::Builder::new().name("kafka-group".to_owned()).spawn(serving);
        thread.map_err(|error| KafkaFailure::Client(error.into()))?;
        Ok(Self { client, membership, stop, left })
    }

    /// What this node has of the group.
    pub(super) fn membership(&self) -> &Membership {
        &self.membership
    }

    /// The offset that the group has committed for a partition; none when it never did, or too long ago.
    pub(super) async fn committed(&self, topic: &str, partition: i32) -> Result<Option<i64>, BoxError> {
        let client = self.client.upgrade().ok_or("the group was left")?;
        let place = (topic.to_owned(), partition);
        let asking = tokio::task::spawn_blocking(move || {
            let mut asked = TopicPartitionList::new();
            asked.add_partition(&place.0, place.1);
            let found = client.committed_offsets(asked, REQUEST_MAX).map_err(safe)?;
            let found = found.find_partition(&place.0, place.1).ok_or("it was not answered")?;
            found.error().map_err(safe)?;
            Ok::<_, BoxError>(match found.offset() {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            })
        });
        asking.await?
    }

    /// Commits what is not committed yet, and leaves the group, within a limit.
    pub(super) async fn leave(&self) {
        self.stop.store(true, Ordering::Release);
        let mut left = self.left.clone();
        if timeout(LEAVING_MAX, left.wait_for(|left| *left)).await.is_err() {
            tracing::debug!(group = self.membership.group(), "the group was not left in time");
        }
    }
}

impl Drop for KafkaGroup {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

fn client(settings: &KafkaSettings, name: &str) -> KafkaResult<BaseConsumer<Membership>> {
    let mut client = settings.client();
    client
        .set("group.id", name)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", SESSION_MS)
        .set("heartbeat.interval.ms", HEARTBEAT_MS)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error");
    client.create_with_context(Membership::of(name))
}

/// Serves the membership until it is told to stop.
fn serve(client: &BaseConsumer<Membership>, stop: &AtomicBool) {
    let membership = client.context();
    while !stop.load(Ordering::Acquire) {
        match client.poll(LOOK) {
            // Fetched before its partition was paused: it comes by the other client, too.
            Some(Ok(_record)) => {}
            Some(Err(error)) => membership.failed(&error),
            None => {}
        }
        membership.commit(client, CommitMode::Async);
    }
    membership.commit(client, CommitMode::Sync);
}
