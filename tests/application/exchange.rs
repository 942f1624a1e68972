//! Messages over a broker in one process: what the relay publishes, and what consumers make of what they find.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use adapters::memory::{Fault, MemoryBroker};
use application::messages::{ForeignRecord, Topic};
use application::ports::Publisher;
use application::ports::dead_letters::DeadLetterKind;
use application::ports::event_store::Position;
use application::ports::publisher::OutgoingRecord;
use application::ports::token_store::ProcessorName;
use application::processing::{ProcessorStatus, ReactionKind, SourceKind};
use application::reactions::PUBLISH;
use application::verify::verify;
use bytes::Bytes;
use domain::MemberId;
use domain::rental_card::attempt::Status;
use jiff::SignedDuration;
use tests::clock::StoppedClock;
use tests::library::{Library, Node, RawEvent, Stores};
use uuid::Uuid;

fn over_a_broker() -> (Library, MemoryBroker) {
    let stores = Stores::empty();
    let clock = Arc::<StoppedClock>::clone(&stores.clock);
    let partitions = NonZeroU32::new(4).unwrap();
    let broker = MemoryBroker::with_all_topics(Uuid::from_u128(1), clock, partitions);
    (Library::over(stores, Node { exchange: Some(broker.exchange()), ..Node::default() }), broker)
}

/// Three members, four books, and nothing left to do.
async fn three_members() -> (Library, MemoryBroker, [MemberId; 3]) {
    let (mut library, broker) = over_a_broker();
    let members =
        [library.join("jenny", 0).await, library.join("tom", 0).await, library.join("ann", 0).await];
    for no in 1..=4 {
        library.shelve(no).await;
    }
    library.settle().await;
    (library, broker, members)
}

/// Rents and one that is undone, a late return, and a fee that is paid.
async fn lived(library: &mut Library) {
    let ([jenny, _tom], [one, _two]) = library.lived_in().await;
    library.stores.clock.advance(SignedDuration::from_hours(24 * 16));
    library.give_back(&jenny, one).await;
    library.settle().await;
    library.pay(&jenny, 20).await;
    library.settle().await;
}

async fn status(library: &Library, name: &ProcessorName) -> ProcessorStatus {
    library.control.processor(name).await.unwrap().unwrap()
}

async fn head(library: &Library) -> Position {
    library.queries.head().await.unwrap().position
}

fn header(record: &ForeignRecord, name: &str) -> String {
    let (_, value) = record.headers.iter().find(|(found, _)| found == name).unwrap();
    String::from_utf8(value.to_vec()).unwrap()
}

/// Without what was published again, as it may be after a claim was lost.
fn first_appearances(records: Vec<ForeignRecord>) -> Vec<ForeignRecord> {
    let mut seen = BTreeSet::new();
    records.into_iter().filter(|record| seen.insert(header(record, "ce_id"))).collect()
}

/// The members whose rents were asked for, in the order of the log.
fn rents(broker: &MemoryBroker) -> Vec<String> {
    let mut records = broker.records(Topic::RentalRent.name());
    records.sort_by_key(|record| header(record, "ce_position").parse::<u64>().unwrap());
    records.iter().map(|record| header(record, "ce_partitionkey")).collect()
}

#[tokio::test]
async fn what_happens_over_a_broker_is_what_happens_without_one() {
    let mut local = Library::open();
    lived(&mut local).await;
    let (mut library, broker) = over_a_broker();
    lived(&mut library).await;

    let counted = |kinds: Vec<String>| {
        let mut counts = BTreeMap::new();
        kinds.into_iter().for_each(|kind| *counts.entry(kind).or_insert(0) += 1);
        counts
    };
    assert_eq!(counted(library.happened().await), counted(local.happened().await));
    let report = verify(&*library.stores.log, &library.stores.ports()).await.unwrap();
    assert_eq!((report.ended, report.violations.len(), report.in_flight.len()), (5, 0, 0), "{report:#?}");
    assert_eq!(report.unjudged.len(), 4, "what handlers did that do not follow the log: {report:#?}");
    assert_eq!(first_appearances(broker.records(Topic::PointUse.name())).len(), 1, "one rent was undone");
}

#[tokio::test]
async fn messages_stand_in_each_partition_in_the_order_of_the_log() {
    let (mut library, broker) = over_a_broker();
    lived(&mut library).await;

    let mut places: BTreeMap<(String, i32), Vec<u64>> = BTreeMap::new();
    for record in Topic::ALL.into_iter().flat_map(|topic| first_appearances(broker.records(topic.name()))) {
        let position = header(&record, "ce_position").parse().unwrap();
        places.entry((record.topic, record.partition)).or_default().push(position);
    }
    assert!(places.len() > 5 && places.values().all(|positions| positions.is_sorted()), "{places:?}");
}

#[tokio::test]
async fn every_processor_says_what_it_follows_and_how_far_it_is() {
    let (mut library, broker) = over_a_broker();
    lived(&mut library).await;

    let all = library.control.processors().await.unwrap();
    assert!(all.iter().all(|status| status.waiting == "caught up" && status.failed.is_none()), "{all:#?}");
    let publish = all.iter().find(|status| status.name == PUBLISH).unwrap();
    assert_eq!((publish.kind, publish.source), (ReactionKind::Relay, SourceKind::Log));
    assert_eq!((publish.position, publish.segments.len()), (head(&library).await, 1));
    for partition in 0..4 {
        let name = ProcessorName::stored(format!("lend-books:rental_rent:{partition}"));
        let records = broker.records("rental_rent");
        let records = records.iter().filter(|record| record.partition == partition).count() as u64;
        let consumer = status(&library, &name).await;
        assert_eq!((consumer.kind, consumer.source), (ReactionKind::Handler, SourceKind::Topic));
        let places = (consumer.position.value(), consumer.head.value());
        assert_eq!(places, (records, records), "its token is the offset after the last one");
    }
}

#[tokio::test]
async fn a_message_that_is_not_taken_this_time_is_waited_for_and_nothing_overtakes_it() {
    let (mut library, broker, members) = three_members().await;
    let before = head(&library).await;
    for (member, no) in members.iter().zip(1..) {
        library.rent(member, tests::library::book(no)).await;
    }
    broker.fail(1, Fault::Transient);
    library.settle_only(&PUBLISH).await;

    assert_eq!(rents(&broker), ["jenny"]);
    let publish = status(&library, &PUBLISH).await;
    assert_eq!(publish.position, before.plus(1), "it has moved on up to the last acknowledgement");
    let why = format!("event {} waits: the message was not published this time", before.plus(2));
    assert!(publish.waiting.contains(&why), "{publish:?}");
    library.settle_only(&PUBLISH).await;
    assert_eq!(rents(&broker).len(), 1, "it backs off");

    library.stores.clock.advance(SignedDuration::from_secs(1));
    library.settle_only(&PUBLISH).await;
    assert_eq!(rents(&broker), ["jenny", "tom", "ann"]);
    assert_eq!(library.letters(&PUBLISH).await, []);
}

#[tokio::test]
async fn a_broker_that_is_away_is_waited_for_and_the_status_says_so() {
    // T34
    let (mut library, broker, [jenny, ..]) = three_members().await;
    let before = head(&library).await;
    let process = library.rent(&jenny, tests::library::book(1)).await;
    broker.fail(0, Fault::Away);
    library.settle().await;

    let publish = status(&library, &PUBLISH).await;
    assert!(publish.waiting.contains("nobody is there") && publish.waiting.contains("since"), "{publish:?}");
    assert_eq!((publish.position, publish.parked), (before, 0));

    library.stores.clock.advance(SignedDuration::from_secs(1));
    library.settle().await;
    assert_eq!(library.process(process).await.status, Status::Completed);
}

#[tokio::test]
async fn a_message_that_is_refused_for_good_is_parked_with_what_follows_of_its_key_and_others_flow() {
    // T39
    let (mut library, broker, [jenny, tom, ann]) = three_members().await;
    let first = head(&library).await.value() + 1;
    for (member, no) in [(&jenny, 1), (&tom, 2), (&tom, 3), (&ann, 4)] {
        library.rent(member, tests::library::book(no)).await;
    }
    broker.fail(1, Fault::Permanent);
    library.settle_only(&PUBLISH).await;

    assert_eq!(rents(&broker), ["jenny", "ann"]);
    let letters = library.letters(&PUBLISH).await;
    let kept: Vec<_> =
        letters.iter().map(|l| (l.sequence.as_str(), l.position().value(), l.attempts)).collect();
    assert_eq!(kept, [("member:tom", first + 1, 1), ("member:tom", first + 2, 0)]);
    assert!(letters[0].failures[0].cause.contains("cannot be published as it is"), "{letters:?}");
    assert_eq!(status(&library, &PUBLISH).await.position.value(), first + 3);

    library.stores.clock.advance(SignedDuration::from_secs(2));
    library.settle().await;
    assert_eq!(library.letters(&PUBLISH).await, []);
    assert_eq!(rents(&broker), ["jenny", "tom", "tom", "ann"]);
    assert_eq!(library.card(&tom).await.held().count(), 2);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_parked_by_the_relay_and_others_are_published() {
    // T16
    let (mut library, broker, [jenny, ..]) = three_members().await;
    let raw = RawEvent { kind: "book.book-lent", revision: 1, payload: b"{", keys: Default::default() };
    let bad = library.append_past_rules("book-9", raw).await;
    library.rent(&jenny, tests::library::book(1)).await;
    library.settle().await;

    let letters = library.letters(&PUBLISH).await;
    assert_eq!(letters.iter().map(|letter| letter.position()).collect::<Vec<_>>(), [bad]);
    assert_eq!(rents(&broker), ["jenny"]);
}

/// T43: the relay may publish again after a crash, and brokers hand out what was handed out before.
#[tokio::test]
async fn a_message_that_comes_again_has_its_effect_once() {
    let (mut library, broker) = over_a_broker();
    lived(&mut library).await;
    let before = library.happened().await;

    for record in Topic::ALL.into_iter().flat_map(|topic| broker.records(topic.name())) {
        let ForeignRecord { topic, key, headers, body, .. } = record;
        let key = String::from_utf8(key.unwrap().to_vec()).unwrap();
        broker.publish(&[OutgoingRecord { topic, key, headers, body: body.unwrap() }]).await.unwrap();
    }
    library.settle().await;

    assert_eq!(library.happened().await, before);
    let all = library.control.processors().await.unwrap();
    assert!(all.iter().all(|status| status.rejected == 0 && status.parked == 0), "{all:#?}");
}

/// T48, T87: whatever type its sender claims.
#[tokio::test]
async fn a_message_that_cannot_be_read_is_kept_and_blocks_nothing() {
    let (mut library, broker, [jenny, ..]) = three_members().await;
    let typed = |kind: &'static str| vec![("ce_type".to_owned(), Bytes::from_static(kind.as_bytes()))];
    let poison = |headers| OutgoingRecord {
        topic: Topic::RentalRent.name().to_owned(),
        key: "jenny".to_owned(),
        headers,
        body: Bytes::from_static(b"{"),
    };
    broker.publish(&[poison(vec![]), poison(typed("member.points-saved"))]).await.unwrap();
    let process = library.rent(&jenny, tests::library::book(1)).await;
    library.settle().await;

    assert_eq!(library.process(process).await.status, Status::Completed);
    let partition = broker.records("rental_rent")[0].partition;
    for handler in ["lend-books", "keep-points", "count-rentals"] {
        let name = ProcessorName::stored(format!("{handler}:rental_rent:{partition}"));
        let letters = library.letters(&name).await;
        let kept: Vec<_> =
            letters.iter().map(|l| (l.kind, l.position().value(), l.sequence.clone())).collect();
        let sequence = format!("rental_rent-{partition}");
        let rejected = |position| (DeadLetterKind::Rejected, position, sequence.clone());
        assert_eq!(kept, [rejected(1), rejected(2)], "{name}");
        assert_eq!(letters[0].event.payload, Bytes::from_static(b"{"));
        assert!(letters[0].failures[0].cause.contains("`rental_rent` cannot be read"), "{letters:?}");
        assert_eq!(status(&library, &name).await.waiting, "caught up");
    }
}

/// T40: what is written to a partition before anybody has noticed it is not left out, and nothing is handled twice.
#[tokio::test]
async fn partitions_that_are_added_are_read_from_their_beginning_without_a_restart() {
    let (mut library, broker, members) = three_members().await;
    for topic in Topic::ALL {
        broker.grow(topic.name(), NonZeroU32::new(64).unwrap());
    }
    let mut processes = vec![];
    for (member, no) in members.iter().zip(1..) {
        processes.push(library.rent(member, tests::library::book(no)).await);
    }
    library.settle().await;
    let added = |record: &ForeignRecord| record.partition >= 4;
    assert!(broker.records("rental_rent").iter().any(added), "all keys still go where they went before");

    assert_eq!(library.take_up_partitions().await, 60 * 11, "handlers listen to topics eleven times");
    library.settle().await;
    for process in processes {
        assert_eq!(library.process(process).await.status, Status::Completed);
    }
    assert_eq!(library.take_up_partitions().await, 0, "they are taken up once");
    let report = verify(&*library.stores.log, &library.stores.ports()).await.unwrap();
    assert_eq!((report.ended, report.violations, report.in_flight), (3, vec![], vec![]));
    let status = status(&library, &ProcessorName::stored("lend-books:rental_rent:63".to_owned())).await;
    assert_eq!((status.waiting.as_str(), status.failed), ("caught up", None));
}

/// T40, on two nodes that notice it one after the other: the second has the processors too, and takes over their tokens.
#[tokio::test]
async fn partitions_that_are_added_are_taken_up_by_every_node_and_handled_once() {
    let (mut library, broker, [jenny, ..]) = three_members().await;
    let exchange = Some(broker.exchange());
    let mut other = Library::over(library.stores.clone(), Node { seed: 2, exchange, ..Node::default() });
    broker.grow("rental_rent", NonZeroU32::new(64).unwrap());
    let process = library.rent(&jenny, tests::library::book(1)).await;
    assert_eq!(library.take_up_partitions().await, other.take_up_partitions().await);
    library.settle().await;
    assert_eq!(library.process(process).await.status, Status::Completed);
    let before = library.happened().await;

    for processor in &mut library.processors {
        processor.close().await;
    }
    library.stores.clock.advance(SignedDuration::from_secs(1));
    other.settle().await;
    assert_eq!(library.happened().await, before, "the other node handles nothing again");
    let all = other.control.processors().await.unwrap();
    assert!(all.iter().all(|status| status.waiting == "caught up"), "{all:#?}");
}
