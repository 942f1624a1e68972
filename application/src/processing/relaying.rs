//! The relay: what events say to others is published in the order of the log, and an event is done once the broker has
//! acknowledged what it says.

use std::sync::Arc;

use futures::{StreamExt, stream};

use super::handling::{HandlingVerdict, KEYS_AT_ONCE, Reacted, Rows, handle};
use super::item::{Content, Group};
use super::reaction::{DecodedEvent, EventHandler, Relay, cause_of};
use crate::messages::{Message, messages_of, record_of};
use crate::ports::event_store::Position;
use crate::ports::publisher::{OutgoingRecord, PublishError, PublishFailure, Published};

/// What an event says to others, and which event of which group that is.
struct Outgoing {
    position: Position,
    group: usize,
    item: usize,
    record: OutgoingRecord,
}

impl Relay {
    /// Publishes what these events say. A record that the broker refuses for good blocks what follows in its group and
    /// nothing else; one that is not taken this time ends the work, since nothing may overtake it. What has to happen
    /// afterwards is tried `tries` times in place.
    pub(super) async fn publish(&self, groups: &[Group], tries: u32) -> Vec<Reacted> {
        let mut reacted = Vec::with_capacity(groups.len());
        let mut left = Vec::new();
        for (number, group) in groups.iter().enumerate() {
            let (verdicts, outgoing) = self.translated(number, group);
            reacted.push(Reacted { verdicts, rows: Rows::new() });
            left.extend(outgoing);
        }
        left.sort_by_key(|outgoing: &Outgoing| outgoing.position);
        while !left.is_empty() {
            let batch: Vec<_> = left.iter().map(|outgoing| outgoing.record.clone()).collect();
            let (acknowledged, verdict) = judged(self.publisher.publish(&batch).await, batch.len());
            for done in left.drain(..acknowledged) {
                reacted[done.group].verdicts[done.item] = HandlingVerdict::Done;
            }
            let Some(stopped) = left.first() else { break };
            let (group, waits) = (stopped.group, matches!(verdict, HandlingVerdict::Waits(_)));
            reacted[group].verdicts[stopped.item] = verdict;
            if waits {
                break;
            }
            left.retain(|outgoing| outgoing.group != group);
        }
        match &self.afterwards {
            None => reacted,
            Some(handler) => follow_up(handler, groups, reacted, tries).await,
        }
    }

    /// What the events of a group say, and what became of those that say nothing or cannot be read. All others are behind
    /// until what they say is acknowledged.
    fn translated(&self, number: usize, group: &Group) -> (Vec<HandlingVerdict>, Vec<Outgoing>) {
        let mut verdicts = vec![HandlingVerdict::Behind; group.items.len()];
        let mut outgoing = Vec::new();
        for (at, item) in group.items.iter().enumerate() {
            let position = item.original.position;
            match &item.content {
                Content::Skipped => verdicts[at] = HandlingVerdict::Done,
                Content::Read(happened) => {
                    let messages = self.messages_of(happened);
                    if messages.is_empty() {
                        verdicts[at] = HandlingVerdict::Done;
                    }
                    let records = messages.iter().map(record_of);
                    outgoing.extend(records.map(|record| Outgoing {
                        position,
                        group: number,
                        item: at,
                        record,
                    }));
                }
                Content::Unreadable(error) => {
                    verdicts[at] = HandlingVerdict::Failed { cause: cause_of(error), tries: 1 };
                    break;
                }
                Content::Message(_) | Content::NoMessage(_) => {
                    verdicts[at] = HandlingVerdict::Rejected("it is no event of the log".to_owned());
                }
            }
        }
        (verdicts, outgoing)
    }

    fn messages_of(&self, happened: &DecodedEvent) -> Vec<Message> {
        let DecodedEvent { recorded, metadata, event } = happened;
        if self.services.contains(event.service()) { messages_of(recorded, metadata, event) } else { vec![] }
    }
}

/// Does what has to happen after events were published, many groups at once and each in order. What follows in a group
/// whose turn that is not over yet is published again, which is allowed.
async fn follow_up(
    handler: &Arc<dyn EventHandler>,
    groups: &[Group],
    reacted: Vec<Reacted>,
    tries: u32,
) -> Vec<Reacted> {
    let all = groups.iter().zip(reacted).map(|(group, reacted)| async move {
        Reacted { verdicts: verdicts_after(&**handler, group, reacted.verdicts, tries).await, ..reacted }
    });
    stream::iter(all.collect::<Vec<_>>()).buffered(KEYS_AT_ONCE).collect().await
}

async fn verdicts_after(
    handler: &dyn EventHandler,
    group: &Group,
    mut verdicts: Vec<HandlingVerdict>,
    tries: u32,
) -> Vec<HandlingVerdict> {
    for at in 0..verdicts.len() {
        let (HandlingVerdict::Done, Content::Read(happened)) = (&verdicts[at], &group.items[at].content)
        else {
            continue;
        };
        if !handler.wanted().contains(&happened.recorded.kind.as_str()) {
            continue;
        }
        verdicts[at] = handle(tries, || handler.handle(happened)).await;
        if !matches!(verdicts[at], HandlingVerdict::Done | HandlingVerdict::Rejected(_)) {
            verdicts[at + 1..].fill(HandlingVerdict::Behind);
            break;
        }
    }
    verdicts
}

/// How many of a batch are acknowledged without a gap, and what becomes of the one after them. What lies beyond that one
/// is published again, which is allowed.
fn judged(published: Result<Published, PublishError>, count: usize) -> (usize, HandlingVerdict) {
    let Published { contiguous, failed } = match published {
        Ok(published) => published,
        Err(error) => return (0, HandlingVerdict::Waits(cause_of(&error))),
    };
    let acknowledged = contiguous.min(count);
    let failure = failed.into_iter().find(|(at, _)| *at == acknowledged).map(|(_, failure)| failure);
    let verdict = match failure {
        Some(failure @ PublishFailure::Permanent(_)) => {
            HandlingVerdict::Failed { cause: cause_of(&failure), tries: 1 }
        }
        Some(failure @ PublishFailure::Transient(_)) => HandlingVerdict::Waits(cause_of(&failure)),
        None => HandlingVerdict::Waits("the broker did not say what became of its message".to_owned()),
    };
    (acknowledged, verdict)
}
