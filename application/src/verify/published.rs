//! I6: what a relay has passed is in its topic, as the event says it and in the order of the log; and what is there, one
//! of the logs says.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use uuid::Uuid;

use super::listeners::Heard;
use super::part::Part;
use super::said::{SaidMessage, SaidMessages, Written};
use super::topics::PartitionName;
use super::{Invariant, Published, Report};
use crate::messages::{ForeignRecord, Message, Topic};
use crate::ports::event_store::Position;
use crate::services::ServiceName;

/// What the logs say, and what was found of it in the topics.
pub(super) struct MessageCheck {
    said: SaidMessages,
    /// The log of each service.
    parts: HashMap<ServiceName, usize>,
    /// The events of each log that its relay has set aside: others may have said what they say.
    aside: Vec<BTreeSet<Position>>,
    begins: BTreeMap<PartitionName, Position>,
    /// The event of a log whose message is the first of that log in a partition.
    first_kept: HashMap<(PartitionName, usize), Position>,
    /// The events of a log whose messages came first and furthest, for each key of a partition.
    order: HashMap<(PartitionName, usize, u64), (Position, Position)>,
    published: Published,
    faults: BTreeMap<(Topic, Fault), MessageTally>,
    /// Messages of services whose logs are not among these.
    of_others: BTreeMap<ServiceName, u64>,
    foreign: BTreeMap<Topic, MessageTally>,
    cut_short: BTreeMap<PartitionName, (Position, Position)>,
}

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Missing,
    /// Something of it is not as the event says.
    Other(&'static str),
    OutOfOrder,
    /// It says that it is of a service here, whose log does not say it.
    Unsaid(ServiceName),
}

/// How many there are, and the first: of events of a log, and of records of a partition.
#[derive(Default)]
struct MessageTally {
    count: u64,
    event: Option<(usize, Position)>,
    record: Option<(PartitionName, Position)>,
}

/// Where the message of an event stands.
pub(super) enum MessagePlace {
    /// There.
    At(Topic, u32, Position),
    /// Before where the partitions of its topic begin by now.
    Gone(Topic, Vec<(u32, Position)>),
    /// It was not seen.
    Unseen,
}

impl MessageCheck {
    pub(super) fn of(parts: &[Part<'_>]) -> Self {
        let of_part = |(at, part): (usize, &Part<'_>)| {
            part.services.iter().map(move |service| (service, at)).collect::<Vec<_>>()
        };
        Self {
            said: SaidMessages::default(),
            parts: parts.iter().enumerate().flat_map(of_part).collect(),
            aside: parts
                .iter()
                .map(|part| part.relay().map_or_else(BTreeSet::new, |it| it.set_aside.clone()))
                .collect(),
            begins: BTreeMap::new(),
            first_kept: HashMap::new(),
            order: HashMap::new(),
            published: Published::default(),
            faults: BTreeMap::new(),
            of_others: BTreeMap::new(),
            foreign: BTreeMap::new(),
            cut_short: BTreeMap::new(),
        }
    }

    /// Takes in what an event of a log says.
    pub(super) fn await_message(&mut self, part: usize, message: &Message) {
        self.said.add(part, message);
    }

    /// A partition begins here.
    pub(super) fn begin(&mut self, partition: PartitionName, position: Position) {
        self.begins.insert(partition, position);
    }

    /// Nothing more came of a partition, although it goes on.
    pub(super) fn cut_short(&mut self, partition: PartitionName, at: Position, end: Position) {
        self.cut_short.insert(partition, (at, end));
    }

    /// Takes in a record.
    pub(super) fn meet(&mut self, partition: PartitionName, at: Position, record: Option<&ForeignRecord>) {
        let topic = partition.topic;
        let identity = record.and_then(|record| Some((record, record.identity()?)));
        let Some((record, (source, id))) = identity else {
            return self.foreign.entry(topic).or_default().add_record(partition, at);
        };
        let service = ServiceName::ALL.into_iter().find(|service| service.source() == source);
        let part = service.and_then(|service| self.parts.get(&service).copied());
        match (service, part) {
            (Some(service), Some(part)) => {
                if !self.meet_own(partition, at, part, id, record) {
                    self.fault(topic, Fault::Unsaid(service)).add_record(partition, at);
                }
            }
            (Some(service), None) => *self.of_others.entry(service).or_default() += 1,
            (None, _) => self.foreign.entry(topic).or_default().add_record(partition, at),
        }
    }

    /// Takes in a record that a log says; answers whether it does.
    fn meet_own(
        &mut self,
        partition: PartitionName,
        at: Position,
        part: usize,
        id: Uuid,
        record: &ForeignRecord,
    ) -> bool {
        let topic = partition.topic;
        let Some(said) = self.said.on_topic(id, topic).filter(|said| said.part == part) else { return false };
        let position = said.position;
        let is_repeated = said.found(partition, at);
        let written = Written::in_record(record);
        let differs = said.differs_in(written);
        let is_aside = self.aside[part].contains(&position);
        if let Some(what) = differs.filter(|_| !is_aside) {
            self.fault(topic, Fault::Other(what)).add(part, position, partition, at);
        }
        self.first_kept.entry((partition, part)).or_insert(position);
        if is_repeated {
            self.published.repeated += 1;
            return true;
        }
        self.published.messages += 1;
        let (first, furthest) =
            self.order.entry((partition, part, written.key)).or_insert((position, position));
        // Where the beginning is gone, what came before the first one may be there as a repeat only.
        let may_be_repeat =
            position < *first && self.begins.get(&partition).is_some_and(|begin| *begin > Position::START);
        let is_late = position < *furthest && !may_be_repeat && !is_aside;
        *furthest = position.max(*furthest);
        if is_late {
            self.fault(topic, Fault::OutOfOrder).add(part, position, partition, at);
        }
        true
    }

    fn fault(&mut self, topic: Topic, fault: Fault) -> &mut MessageTally {
        self.faults.entry((topic, fault)).or_default()
    }

    /// Where a message stands.
    pub(super) fn place_of(&self, message: Uuid) -> MessagePlace {
        let Some(said) = self.said.get(message) else { return MessagePlace::Unseen };
        match said.place() {
            Some((PartitionName { topic, number }, at)) => MessagePlace::At(topic, number, at),
            None if self.may_be_gone(said) => {
                let begins = self.of_topic(said.topic).map(|(name, begin)| (name.number, begin));
                MessagePlace::Gone(said.topic, begins.collect())
            }
            None => MessagePlace::Unseen,
        }
    }

    /// Whether a message that was not found may have stood before what is kept. A relay says everything in the order of
    /// the log, so what follows the first message of it that is kept in a partition is kept too.
    fn may_be_gone(&self, said: &SaidMessage) -> bool {
        self.of_topic(said.topic).filter(|(_, begin)| *begin > Position::START).any(|(name, _)| {
            self.first_kept.get(&(name, said.part)).is_none_or(|first| said.position < *first)
        })
    }

    fn of_topic(&self, topic: Topic) -> impl Iterator<Item = (PartitionName, Position)> {
        self.begins.iter().filter(move |(name, _)| name.topic == topic).map(|(name, begin)| (*name, *begin))
    }

    pub(super) fn judge(mut self, parts: &[Part<'_>], report: &mut Report) {
        let mut gone: BTreeMap<Topic, u64> = BTreeMap::new();
        let mut missing: BTreeMap<Topic, MessageTally> = BTreeMap::new();
        for said in self.said.iter().filter(|said| said.place().is_none()) {
            let is_published =
                parts[said.part].relay().is_some_and(|relay| relay.heard(said.position) == Heard::Passed);
            let is_read = self.cut_short.keys().all(|partition| partition.topic != said.topic);
            if is_published && self.may_be_gone(said) {
                *gone.entry(said.topic).or_default() += 1;
            } else if is_published && is_read {
                missing.entry(said.topic).or_default().add_event(said.part, said.position);
            }
        }
        let missing = missing.into_iter().map(|(topic, tally)| ((topic, Fault::Missing), tally));
        self.faults.extend(missing);
        for ((topic, fault), tally) in &self.faults {
            report.violated(Invariant::Effects, tally.told(*topic, *fault, parts));
        }
        self.leave_out(parts, &gone, report);
        report.published = Some(self.published);
    }

    fn leave_out(&self, parts: &[Part<'_>], gone: &BTreeMap<Topic, u64>, report: &mut Report) {
        let mut unjudged = Vec::new();
        for part in parts {
            match part.relay() {
                None => unjudged.push(format!("what {} says to others: it has no relay", part.title())),
                Some(relay) if !relay.set_aside.is_empty() => {
                    let (count, name) = (relay.set_aside.len(), part.title());
                    unjudged.push(format!("{count} events of {name} that its relay has set aside"));
                }
                Some(_) => {}
            }
        }
        for (topic, count) in gone {
            unjudged
                .push(format!("{count} messages on {topic}: they were not kept long enough to be compared"));
        }
        for (PartitionName { topic, number }, (at, end)) in &self.cut_short {
            unjudged.push(format!(
                "partition {number} of {topic}: nothing came after {at}, and it ends at {end}"
            ));
        }
        for (service, count) in &self.of_others {
            unjudged.push(format!("{count} messages of {service}, whose log is not among these"));
        }
        for (topic, MessageTally { count, record, .. }) in &self.foreign {
            let first = ShownRecord(*record);
            unjudged.push(format!(
                "{count} messages on {topic} that are of none of our services, the first {first}"
            ));
        }
        report.unjudged.extend(unjudged);
    }
}

impl MessageTally {
    fn add_event(&mut self, part: usize, position: Position) {
        self.count += 1;
        let first = self.event.get_or_insert((part, position));
        *first = (*first).min((part, position));
    }

    fn add_record(&mut self, partition: PartitionName, at: Position) {
        self.count += 1;
        self.record.get_or_insert((partition, at));
    }

    fn add(&mut self, part: usize, position: Position, partition: PartitionName, at: Position) {
        self.event.get_or_insert((part, position));
        self.add_record(partition, at);
    }

    fn told(&self, topic: Topic, fault: Fault, parts: &[Part<'_>]) -> String {
        let Self { count, event, record } = self;
        let of = event.map(|(part, position)| format!("event {position} of {}", parts[part].title()));
        let (event, first) = (of.unwrap_or_default(), ShownRecord(*record));
        match fault {
            Fault::Missing => {
                format!("{count} messages that were published are not on {topic}, the first that of {event}")
            }
            Fault::Other(what) => format!(
                "{count} messages on {topic} have another {what} than their events say, the first that of {event} {first}"
            ),
            Fault::OutOfOrder => format!(
                "{count} messages on {topic} come after later ones of their key, the first that of {event} {first}"
            ),
            Fault::Unsaid(service) => format!(
                "{count} messages on {topic} name {service} as their source and are of no event of its log, the first {first}"
            ),
        }
    }
}

/// A record as it is shown to people, who count offsets.
struct ShownRecord(Option<(PartitionName, Position)>);

impl fmt::Display for ShownRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((PartitionName { number, .. }, at)) = self.0 else { return Ok(()) };
        write!(f, "in partition {number} at offset {}", at.value().saturating_sub(1))
    }
}
