//! What stands in the topics, against what the logs say: each thing that can be wrong there is found and named.

use std::num::NonZeroU32;
use std::sync::Arc;

use adapters::memory::MemoryBroker;
use application::messages::{ForeignRecord, Topic};
use application::ports::Publisher;
use application::ports::event_store::Position;
use application::ports::publisher::OutgoingRecord;
use application::reactions::PUBLISH;
use application::services::ServiceName;
use application::verify::{Invariant, Report};
use bytes::Bytes;
use uuid::Uuid;

use super::apart::{Four, history, is_found, judged};

/// What the broker holds, record by record.
struct Records(Vec<OutgoingRecord>);

impl Records {
    fn of(broker: &MemoryBroker) -> Self {
        let all = Topic::ALL.into_iter().flat_map(|topic| broker.records(topic.name()));
        Self(all.map(outgoing).collect())
    }

    /// The record of a topic, counted from 0.
    fn nth(&mut self, topic: Topic, nth: usize) -> &mut OutgoingRecord {
        let mut there = self.0.iter_mut().filter(|record| record.topic == topic.name());
        there.nth(nth).expect("such a record")
    }

    /// The same done to a record of a topic, counted from 0, wherever it stands: it may have been published again.
    fn change(&mut self, topic: Topic, nth: usize, change: impl Fn(&mut OutgoingRecord)) {
        let changed = self.nth(topic, nth).clone();
        self.0.iter_mut().filter(|record| **record == changed).for_each(change);
    }

    /// Two records of one key, of which the first was said before the second.
    fn swap_two_of_a_key(&mut self) {
        let all = self.0.clone();
        let source =
            |record: &OutgoingRecord| record.headers.iter().find(|(name, _)| name == "ce_source").cloned();
        let same = |one: &OutgoingRecord, other: &OutgoingRecord| {
            let is_one_key = (&one.topic, &one.key) == (&other.topic, &other.key);
            is_one_key && source(one) == source(other) && one != other
        };
        let pairs = (0..all.len()).flat_map(|one| (one + 1..all.len()).map(move |other| (one, other)));
        let (one, other) =
            pairs.into_iter().find(|(one, other)| same(&all[*one], &all[*other])).expect("two of a key");
        self.0.swap(one, other);
    }

    /// A broker of the same name that holds these.
    async fn published(self, four: &Four) -> MemoryBroker {
        let clock = Arc::clone(&four.library.rental.stores.clock);
        let broker = MemoryBroker::with_all_topics(Uuid::from_u128(1), clock, NonZeroU32::new(4).unwrap());
        broker.publish(&self.0).await.unwrap();
        broker
    }
}

fn outgoing(ForeignRecord { topic, key, headers, body, .. }: ForeignRecord) -> OutgoingRecord {
    let key = String::from_utf8(key.unwrap_or_default().to_vec()).unwrap();
    OutgoingRecord { topic, key, headers, body: body.unwrap_or_default() }
}

/// What a check finds when the broker holds something else.
async fn with(four: &Four, change: impl FnOnce(&mut Records)) -> Report {
    let mut records = Records::of(&four.library.broker);
    change(&mut records);
    let broker = records.published(four).await;
    judged(&four.told, Some(&broker)).await.unwrap()
}

/// As somebody else may write it, with nothing but JSON.
fn bare(record: &OutgoingRecord) -> OutgoingRecord {
    OutgoingRecord { headers: vec![], ..record.clone() }
}

/// I6. Another one stands in its place, so that offsets stay as they are.
#[tokio::test]
async fn a_message_that_was_published_and_is_not_there_is_found() {
    let four = history().await;
    let report = with(&four, |records| {
        records.change(Topic::RentalReturn, 0, |record| *record = bare(record));
    })
    .await;
    is_found(&report, Invariant::Effects, "1 messages that were published are not on rental_return");
    is_found(&report, Invariant::Effects, "of rental");
}

/// Where the relay has not come, nothing is missing yet.
#[tokio::test]
async fn a_message_that_the_relay_has_not_passed_or_has_set_aside_is_not_missing() {
    let mut four = history().await;
    let place = four
        .of(ServiceName::Rental)
        .log
        .iter()
        .find(|event| event.kind.as_str() == "rental-card.item-returned");
    let place = place.unwrap().position;
    let before = Position::new(place.value() - 1);
    for is_aside in [true, false] {
        let relay = four.of(ServiceName::Rental).follower(&PUBLISH);
        let end = relay.ahead;
        relay.set_aside = if is_aside { [place].into() } else { Default::default() };
        relay.reached = if is_aside { end } else { before };
        let report = with(&four, |records| {
            records.change(Topic::RentalReturn, 0, |record| *record = bare(record));
        })
        .await;
        assert_eq!(report.violations, [], "aside: {is_aside}: {report:#?}");
    }
}

/// I6.
#[tokio::test]
async fn a_message_with_another_key_header_or_body_is_found() {
    type Spoil = fn(&mut OutgoingRecord);
    let spoilt: [(&str, Spoil); 3] = [
        ("another key than", |record| record.key = format!("{}x", record.key)),
        ("another headers than", |record| record.headers[4].1 = Bytes::from_static(b"2001-01-01T00:00:00Z")),
        ("another body than", |record| record.body = Bytes::from_static(b"{}")),
    ];
    let four = history().await;
    for (said, spoil) in spoilt {
        let report = with(&four, |records| records.change(Topic::OverdueClear, 0, spoil)).await;
        is_found(&report, Invariant::Effects, &format!("1 messages on overdue_clear have {said}"));
    }
}

/// I6.
#[tokio::test]
async fn two_messages_of_a_key_in_the_wrong_order_are_found() {
    let four = history().await;
    let report = with(&four, Records::swap_two_of_a_key).await;
    is_found(&report, Invariant::Effects, "come after later ones of their key");
}

#[tokio::test]
async fn a_message_that_comes_again_is_counted_and_no_violation() {
    let four = history().await;
    let report = with(&four, |records| records.0.extend(records.0.clone())).await;
    assert_eq!((report.violations.len(), report.unjudged.len()), (0, 0), "{report:#?}");
    let (once, twice) = (four.judged().await.published.unwrap(), report.published.unwrap());
    assert_eq!(twice.messages, once.messages);
    assert_eq!(twice.repeated, once.messages + 2 * once.repeated);
}

/// I6: such as a log leaves that was put back from a backup, or somebody who claims to be ours.
#[tokio::test]
async fn a_message_that_names_a_service_whose_log_does_not_say_it_is_found() {
    let four = history().await;
    let report = with(&four, |records| {
        let mut forged = records.nth(Topic::RentalResult, 0).clone();
        let id = forged.headers.iter_mut().find(|(name, _)| name == "ce_id").unwrap();
        id.1 = Bytes::from(Uuid::from_u128(7).to_string());
        records.0.push(forged);
    })
    .await;
    is_found(
        &report,
        Invariant::Effects,
        "1 messages on rental_result name book as their source and are of no event",
    );
}

#[tokio::test]
async fn a_message_of_somebody_else_is_said_and_no_violation() {
    let four = history().await;
    let report = with(&four, |records| {
        let bare = bare(records.nth(Topic::RentalResult, 0));
        let mut named = records.nth(Topic::RentalResult, 1).clone();
        named.headers.iter_mut().find(|(name, _)| name == "ce_source").unwrap().1 =
            Bytes::from_static(b"/lender");
        records.0.extend([bare, named]);
    })
    .await;
    assert_eq!(report.violations, [], "{report:#?}");
    let said =
        |what: &String| what.starts_with("2 messages on rental_result that are of none of our services");
    assert!(report.unjudged.iter().any(said), "{report:#?}");
}

/// What has left its effect may go.
#[tokio::test]
async fn messages_that_were_not_kept_long_enough_are_said_and_their_effects_judged() {
    let mut four = history().await;
    for partition in 0..4 {
        four.library.broker.forget_before(Topic::RentalRent.name(), partition, 2);
    }
    let report = four.judged().await;
    assert_eq!(report.violations, [], "{report:#?}");
    let gone = |what: &String| what.contains("messages on rental_rent: they were not kept long enough");
    assert!(report.unjudged.iter().any(gone), "{report:#?}");

    four.of(ServiceName::Book).forget("book.book-lent", 0);
    is_found(&four.judged().await, Invariant::Effects, "lend-books passed 1 events without effect");
}

/// What follows the first one that is kept has to be there.
#[tokio::test]
async fn a_message_that_is_missing_behind_the_beginning_is_found_although_that_is_gone() {
    let four = history().await;
    let mut records = Records::of(&four.library.broker);
    let mut gone =
        records.0.iter().filter(|record| record.topic == "rental_result").cloned().collect::<Vec<_>>();
    let last_of_first_key = gone.iter().rposition(|record| record.key == gone[0].key).unwrap();
    let last = gone.remove(last_of_first_key);
    records.0.iter_mut().filter(|record| **record == last).for_each(|record| *record = bare(record));
    let broker = records.published(&four).await;
    for partition in 0..4 {
        broker.forget_before(Topic::RentalResult.name(), partition, 1);
    }
    let report = judged(&four.told, Some(&broker)).await.unwrap();
    is_found(&report, Invariant::Effects, "1 messages that were published are not on rental_result");
}
