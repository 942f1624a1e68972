//! Where partitions begin and end: many who ask at once are answered by one request.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Weak};
use std::thread;

use application::ports::BoxError;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::kafka::settings::REQUEST_MAX;
use crate::kafka::told::Listener;

/// Those who wait to be asked for; more wait for room.
const WAITING_MAX: usize = 256;

/// The first offset that is kept, and the one after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kafka) struct Ends {
    pub(in crate::kafka) start: u64,
    pub(in crate::kafka) end: u64,
}

/// Asks in a thread of its own, which ends when nobody can ask any more.
pub(super) struct Offsets(mpsc::Sender<Question>);

struct Question {
    place: (String, i32),
    answer: oneshot::Sender<Result<Ends, Unknown>>,
}

/// Why it is not known where a partition begins and ends.
#[derive(Debug, Clone, Error)]
#[error("where partition {partition} of `{topic}` begins and ends is not known: {why}")]
struct Unknown {
    topic: String,
    partition: i32,
    why: String,
}

impl Offsets {
    pub(super) fn of(client: &Arc<BaseConsumer<Listener>>) -> io::Result<Self> {
        let (sender, questions) = mpsc::channel(WAITING_MAX);
        let client = Arc::downgrade(client);
        thread::Builder::new().name("kafka-offsets".to_owned()).spawn(move || answer(&client, questions))?;
        Ok(Self(sender))
    }

    pub(super) async fn ends(&self, topic: &str, partition: i32) -> Result<Ends, BoxError> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Question { place: (topic.to_owned(), partition), answer }).await?;
        Ok(answered.await??)
    }
}

fn answer(client: &Weak<BaseConsumer<Listener>>, mut questions: mpsc::Receiver<Question>) {
    let mut asked = Vec::new();
    while questions.blocking_recv_many(&mut asked, WAITING_MAX) > 0 {
        let Some(client) = client.upgrade() else { return };
        let places: BTreeSet<_> = asked.iter().map(|question: &Question| question.place.clone()).collect();
        let starts = offsets(&client, &places, Offset::Beginning);
        let ends = offsets(&client, &places, Offset::End);
        for Question { place, answer } in asked.drain(..) {
            let ends =
                found(&starts, &place).and_then(|start| Ok(Ends { start, end: found(&ends, &place)? }));
            let (topic, partition) = place;
            // Whoever does not wait any more does not need it.
            let _ = answer.send(ends.map_err(|why| Unknown { topic, partition, why }));
        }
    }
}

fn offsets(
    client: &BaseConsumer<Listener>,
    places: &BTreeSet<(String, i32)>,
    which: Offset,
) -> Result<TopicPartitionList, String> {
    let mut list = TopicPartitionList::with_capacity(places.len());
    for (topic, partition) in places {
        list.add_partition_offset(topic, *partition, which).map_err(|error| error.to_string())?;
    }
    client.offsets_for_times(list, REQUEST_MAX).map_err(|error| error.to_string())
}

fn found(
    list: &Result<TopicPartitionList, String>,
    (topic, partition): &(String, i32),
) -> Result<u64, String> {
    let list = list.as_ref().map_err(Clone::clone)?;
    let place = list.find_partition(topic, *partition).ok_or("it was not answered")?;
    place.error().map_err(|error| error.to_string())?;
    let offset = place.offset().to_raw().and_then(|offset| u64::try_from(offset).ok());
    offset.ok_or_else(|| "the answer is no offset".to_owned())
}
