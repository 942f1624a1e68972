//! What a member has of its group, as the broker says, and what of that is done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::sync::watch;

use crate::kafka::told;

/// A partition: its topic's name on the broker, and its number.
type Place = (String, i32);

/// The context of a group's client.
pub(in crate::kafka) struct Membership {
    group: String,
    share: watch::Sender<GroupShare>,
    offsets: Mutex<Offsets>,
}

/// What the group has given to this node.
#[derive(Debug, Default)]
struct GroupShare {
    /// Whether it has given anything yet, if only nothing.
    is_given: bool,
    /// Why there may be none.
    trouble: Option<String>,
    partitions: BTreeSet<Place>,
}

/// Offsets after the last record that is done.
#[derive(Debug, Default)]
struct Offsets {
    /// As the broker knows them, or is being told.
    told: BTreeMap<Place, i64>,
    /// Those that it is to be told.
    fresh: BTreeMap<Place, i64>,
}

impl Membership {
    pub(super) fn of(group: &str) -> Self {
        Self { group: group.to_owned(), share: watch::Sender::default(), offsets: Mutex::default() }
    }

    /// The group's name.
    pub(in crate::kafka) fn group(&self) -> &str {
        &self.group
    }

    /// That the group has given a partition to this node, or why it is not its turn.
    pub(in crate::kafka) fn check(&self, topic: &str, partition: i32) -> Result<(), String> {
        let share = self.share.borrow();
        match (&share.trouble, share.is_given) {
            _ if share.holds(topic, partition) => Ok(()),
            (Some(trouble), _) => Err(format!("it gives this node nothing: {trouble}")),
            (None, true) => Err("it has given this partition to another member, or to nobody yet".to_owned()),
            (None, false) => Err("it has not given this node its share yet".to_owned()),
        }
    }

    /// Notes why there may be no share. Whoever has one is told by what it does with it.
    pub(super) fn failed(&self, error: &KafkaError) {
        told::error(error, "of a group");
        if self.share.borrow().partitions.is_empty() {
            self.share.send_modify(|share| share.trouble = Some(error.to_string()));
        }
    }

    /// Resolves when a partition is not this node's any more.
    pub(in crate::kafka) async fn lost(&self, topic: &str, partition: i32) {
        let mut share = self.share.subscribe();
        // An error would mean that the sender is gone, and it lives as long as this.
        let _ = share.wait_for(|share| !share.holds(topic, partition)).await;
    }

    /// Notes what the broker knows already of a partition.
    pub(in crate::kafka) fn knows(&self, topic: &str, partition: i32, offset: i64) {
        let mut offsets = self.offsets();
        let place = (topic.to_owned(), partition);
        offsets.fresh.remove(&place);
        offsets.told.insert(place, offset);
    }

    /// Everything before an offset is done; the broker is told soon. Whoever has it now says so of a partition that is
    /// not this node's any more.
    pub(in crate::kafka) fn done(&self, topic: &str, partition: i32, offset: i64) {
        if !self.share.borrow().holds(topic, partition) {
            return;
        }
        let place = (topic.to_owned(), partition);
        let mut offsets = self.offsets();
        if offsets.told.get(&place) == Some(&offset) {
            offsets.fresh.remove(&place);
        } else {
            offsets.fresh.insert(place, offset);
        }
    }

    /// Tells the broker what is done and not told yet.
    pub(super) fn commit(&self, client: &BaseConsumer<Self>, mode: CommitMode) {
        let mut list = TopicPartitionList::new();
        {
            let mut offsets = self.offsets();
            let fresh = std::mem::take(&mut offsets.fresh);
            for ((topic, partition), offset) in &fresh {
                if let Err(error) = list.add_partition_offset(topic, *partition, Offset::Offset(*offset)) {
                    told::error(&error, "of an offset that is to be committed");
                }
            }
            offsets.told.extend(fresh);
        }
        if list.count() == 0 {
            return;
        }
        if let Err(error) = client.commit(&list, mode) {
            self.not_told(&error, places(&list));
        }
    }

    /// What could not be told is told again, unless more is done since.
    fn not_told(&self, error: &KafkaError, list: impl Iterator<Item = (Place, Offset)>) {
        let (group, error) = (&self.group, error as &dyn std::error::Error);
        tracing::debug!(group, error, "offsets were not committed; nothing is lost by that");
        let share = self.share.borrow();
        let mut offsets = self.offsets();
        for (place, offset) in list {
            let Some(offset) = offset.to_raw().filter(|offset| offsets.told.get(&place) == Some(offset))
            else {
                continue;
            };
            offsets.told.remove(&place);
            if share.holds(&place.0, place.1) {
                offsets.fresh.entry(place).or_insert(offset);
            }
        }
    }

    fn gained(&self, list: &TopicPartitionList) {
        self.share.send_modify(|share| {
            (share.is_given, share.trouble) = (true, None);
            share.partitions.extend(places(list).map(|(place, _)| place));
        });
        let (partitions, all) = (list.count(), self.share.borrow().partitions.len());
        if partitions > 0 {
            tracing::info!(
                group = self.group,
                partitions,
                all,
                "the group has given partitions to this node"
            );
        }
    }

    fn gave_up(&self, list: &TopicPartitionList) {
        self.share.send_modify(|share| {
            for (place, _) in places(list) {
                share.partitions.remove(&place);
            }
        });
        let mut offsets = self.offsets();
        for (place, _) in places(list) {
            offsets.fresh.remove(&place);
            offsets.told.remove(&place);
        }
        drop(offsets);
        let (partitions, all) = (list.count(), self.share.borrow().partitions.len());
        tracing::info!(group = self.group, partitions, all, "the group has taken partitions from this node");
    }

    fn offsets(&self) -> MutexGuard<'_, Offsets> {
        self.offsets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GroupShare {
    fn holds(&self, topic: &str, partition: i32) -> bool {
        self.partitions.iter().any(|(name, number)| name == topic && *number == partition)
    }
}

impl ClientContext for Membership {
    fn log(&self, level: RDKafkaLogLevel, about: &str, text: &str) {
        told::log(level, about, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        told::error(&error, reason);
    }
}

impl ConsumerContext for Membership {
    fn pre_rebalance(&self, client: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(_) => {}
            Rebalance::Revoke(list) => {
                // A member that was missed has nothing to say any more.
                if !client.assignment_lost() {
                    self.commit(client, CommitMode::Sync);
                }
                self.gave_up(list);
            }
            Rebalance::Error(error) => self.failed(error),
        }
    }

    fn post_rebalance(&self, client: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let Rebalance::Assign(list) = rebalance else { return };
        // The records come by another client.
        if let Err(error) = client.pause(list) {
            told::error(&error, "of partitions that are not to be fetched");
        }
        self.gained(list);
    }

    fn commit_callback(&self, result: KafkaResult<()>, list: &TopicPartitionList) {
        if let Err(error) = result {
            return self.not_told(&error, places(list));
        }
        // The broker may refuse some of them.
        for place in list.elements() {
            if let Err(error) = place.error() {
                let of_place = ((place.topic().to_owned(), place.partition()), place.offset());
                self.not_told(&error, std::iter::once(of_place));
            }
        }
    }
}

fn places(list: &TopicPartitionList) -> impl Iterator<Item = (Place, Offset)> {
    let elements = list.elements().into_iter();
    let places = elements.map(|place| ((place.topic().to_owned(), place.partition()), place.offset()));
    places.collect::<Vec<_>>().into_iter()
}
