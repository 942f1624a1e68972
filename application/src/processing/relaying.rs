//! The relay: what events say to others is published in the order of the log, and an event is done once the broker has
//! acknowledged what it says.

use std::sync::Arc;

use futures::{StreamExt, stream};

use super::handling::{HandlingVerdict, KEYS_AT_ONCE, Reacted, Rows, handle};
use super::item::{Content, Group};
use super::message_counts;
use super::reaction::{DecodedEvent, EventHandler, Relay, cause_of};
use crate::messages::{Message, messages_of, record_of};
use crate::ports::event_store::Position;
use crate::ports::publisher::{OutgoingRecord, PublishError, PublishFailure, Published};

/// Which event of which group says something to others.
#[derive(Clone, Copy)]
struct Speaker {
    position: Position,
    group: usize,
    item: usize,
}

/// What events say, and who says it: the same places in both.
#[derive(Default)]
struct Outgoing {
    speakers: Vec<Speaker>,
    records: Vec<OutgoingRecord>,
}

impl Outgoing {
    /// In the order of the log.
    fn of(mut said: Vec<(Speaker, OutgoingRecord)>) -> Self {
        said.sort_by_key(|(speaker, _)| speaker.position);
        let (speakers, records) = said.into_iter().unzip();
        Self { speakers, records }
    }

    /// What lies behind the first `count`, without what this group says.
    fn after_without(self, count: usize, group: usize) -> Self {
        let left = self.speakers.into_iter().zip(self.records).skip(count);
        let (speakers, records) = left.filter(|(speaker, _)| speaker.group != group).unzip();
        Self { speakers, records }
    }
}

impl Relay {
    /// Publishes what these events say. A record that the broker refuses for good blocks what follows in its group and
    /// nothing else; one that is not taken this time ends the work, since nothing may overtake it. What has to happen
    /// afterwards is tried `tries` times in place.
    pub(super) async fn publish(&self, groups: &[Group], tries: u32) -> Vec<Reacted> {
        let mut reacted = Vec::with_capacity(groups.len());
        let mut said = Vec::new();
        for (number, group) in groups.iter().enumerate() {
            let (verdicts, outgoing) = self.translated(number, group);
            reacted.push(Reacted { verdicts, rows: Rows::new() });
            said.extend(outgoing);
        }
        self.send(Outgoing::of(said), &mut reacted).await;
        match &self.afterwards {
            None => reacted,
            Some(handler) => follow_up(handler, groups, reacted, tries).await,
        }
    }

    async fn send(&self, mut left: Outgoing, reacted: &mut [Reacted]) {
        while !left.records.is_empty() {
            let published = self.publisher.publish(&left.records).await;
            let (acknowledged, verdict) = judged(published, left.records.len());
            message_counts::produced(&left.records[..acknowledged]);
            for Speaker { group, item, .. } in &left.speakers[..acknowledged] {
                reacted[*group].verdicts[*item] = HandlingVerdict::Done;
            }
            let Some(Speaker { group, item, .. }) = left.speakers.get(acknowledged).copied() else { return };
            let waits = matches!(verdict, HandlingVerdict::Waits(_));
            reacted[group].verdicts[item] = verdict;
            if waits {
                return;
            }
            left = left.after_without(acknowledged, group);
        }
    }

    /// What the events of a group say, and what became of those that say nothing or cannot be read. All others are behind
    /// until what they say is acknowledged.
    fn translated(
        &self,
        number: usize,
        group: &Group,
    ) -> (Vec<HandlingVerdict>, Vec<(Speaker, OutgoingRecord)>) {
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
                    let speaker = Speaker { position, group: number, item: at };
                    outgoing.extend(messages.iter().map(|message| (speaker, record_of(message))));
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
        let is_own = event.service().is_some_and(|service| self.services.contains(service));
        if is_own { messages_of(recorded, metadata, event) } else { vec![] }
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
