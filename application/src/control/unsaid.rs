//! Whether topics hold what this log has never said in the name of its services. Then the log was put back to an older
//! state, and what it has lost since would be believed from the topics.

use futures::{StreamExt, TryStreamExt, stream};
use thiserror::Error;

use crate::messages::{Envelope, ForeignRecord};
use crate::ports::event_store::{Position, Recorded, StoreError, Types};
use crate::ports::message_source::{SourceError, StartingPoint, Token};
use crate::ports::topics::FollowedPartition;
use crate::ports::{EventStore, Topics};
use crate::services::{ServiceName, Services};

/// Records looked at before the end of each partition: other services may have written the last ones.
const LOOKED_AT: u64 = 200;
/// Partitions looked at at once. A broker takes about as long for many as for one.
const AT_ONCE: usize = 32;

/// A message in the name of a service of this log, of an event that the log does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "partition {partition} of `{topic}` has at offset {offset} a message of event {event} of `{service}`, and this log, which \
     ends at {head}, does not have that event: the log was put back to an older state, or these topics are of another \
     library"
)]
pub struct UnsaidMessage {
    /// The topic.
    pub topic: &'static str,
    /// The partition of it.
    pub partition: u32,
    /// Its place there, from 0.
    pub offset: u64,
    /// Whose it says it is.
    pub service: ServiceName,
    /// Where its event is said to stand in the log.
    pub event: Position,
    /// Where the log ends.
    pub head: Position,
}

/// Why topics and log were not found to fit.
#[derive(Debug, Error)]
pub enum UnsaidError {
    /// They do not fit.
    #[error(transparent)]
    Unsaid(#[from] UnsaidMessage),
    /// The topics could not be read.
    #[error("reading the last messages of the topics failed")]
    Topics(#[from] SourceError),
    /// The log could not be read.
    #[error("reading the log failed")]
    Store(#[from] StoreError),
}

/// Looks at the last messages of each partition for one in the name of these services whose event this log does not
/// have. Messages of others, and those that do not name their event, are not judged.
///
/// # Errors
/// [`UnsaidError::Unsaid`] for the first one found; the others when something cannot be read.
pub async fn nothing_is_unsaid(
    store: &dyn EventStore,
    services: Services,
    topics: &dyn Topics,
) -> Result<(), UnsaidError> {
    let counted = topics.partitions().await?;
    let all = counted
        .into_iter()
        .flat_map(|(topic, count)| (0..count).map(move |number| topics.partition(topic, number)));
    let looks = all.map(|partition| async move { last_said(services, &partition).await });
    let found: Vec<_> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
    let head = store.head().await?.position;
    for said in found.into_iter().flatten() {
        if !has(store, &said.envelope).await? {
            return Err(said.unsaid(head).into());
        }
    }
    Ok(())
}

/// A message of ours, and where it stands.
struct OwnMessage {
    partition: FollowedPartition,
    offset: u64,
    service: ServiceName,
    envelope: Envelope,
}

impl OwnMessage {
    const fn unsaid(&self, head: Position) -> UnsaidMessage {
        let Self { partition, offset, service, envelope } = self;
        let (topic, partition) = (partition.topic.name(), partition.number);
        UnsaidMessage { topic, partition, offset: *offset, service: *service, event: envelope.position, head }
    }
}

async fn has(store: &dyn EventStore, envelope: &Envelope) -> Result<bool, StoreError> {
    let Some(before) = envelope.position.value().checked_sub(1) else { return Ok(false) };
    let page = store.read_log(Position::new(before), &Types::new(), 1).await?;
    Ok(page.events.first().is_some_and(|event| event.id == envelope.causation))
}

/// Of the last messages of a partition the one of these services whose event stands last in their log.
async fn last_said(
    services: Services,
    partition: &FollowedPartition,
) -> Result<Option<OwnMessage>, SourceError> {
    let records = last_records(partition).await?;
    let said = records.iter().filter_map(|recorded| said_by(services, partition, recorded));
    Ok(said.max_by_key(|said| said.envelope.position))
}

fn said_by(services: Services, partition: &FollowedPartition, recorded: &Recorded) -> Option<OwnMessage> {
    let record = ForeignRecord::of(recorded)?.ok()?;
    let envelope = record.message(partition.topic).ok()?.envelope;
    let service = services.iter().find(|service| service.source() == envelope.source)?;
    let names_its_event = envelope.causation.uuid() != envelope.id;
    names_its_event.then(|| OwnMessage {
        partition: partition.clone(),
        offset: record.offset,
        service,
        envelope,
    })
}

async fn last_records(partition: &FollowedPartition) -> Result<Vec<Recorded>, SourceError> {
    let source = &partition.source;
    let begin = source.token_at(StartingPoint::Beginning).await?;
    let end = source.token_at(StartingPoint::Head).await?.position;
    let from = begin.position.max(Position::new(end.value().saturating_sub(LOOKED_AT)));
    let mut token = Token { position: from, event: ForeignRecord::id_at(begin.log, from), ..begin };
    let mut records = Vec::new();
    match partition.read_up_to(&mut token, end, |recorded| records.push(recorded.clone())).await {
        // What is kept for a while only may go just now.
        Ok(()) | Err(SourceError::Gone { .. }) => Ok(records),
        Err(error) => Err(error),
    }
}
