//! What the numbers say of messages that go over a broker.

use std::num::NonZeroU32;
use std::sync::Arc;

use adapters::http::{self, PrometheusHandle};
use adapters::memory::{Fault, MemoryBroker};
use application::control::MessageBacklog;
use application::messages::Topic;
use application::ports::publisher::OutgoingRecord;
use application::ports::token_store::ProcessorName;
use application::ports::{Clock, Publisher};
use application::reactions::PUBLISH;
use bytes::Bytes;
use jiff::SignedDuration;
use tests::clock::StoppedClock;
use tests::library::{Library, Node, Stores, book};
use uuid::Uuid;

fn over_a_broker() -> (Library, MemoryBroker) {
    let stores = Stores::empty();
    let clock = Arc::<StoppedClock>::clone(&stores.clock);
    let broker = MemoryBroker::with_all_topics(Uuid::from_u128(1), clock, NonZeroU32::MIN);
    (Library::over(stores, Node { exchange: Some(broker.exchange()), ..Node::default() }), broker)
}

/// Every line of these numbers, without what stands in front of all of them.
fn lines(handle: &PrometheusHandle, name: &str) -> Vec<String> {
    let page = handle.render();
    let found = page.lines().filter_map(|line| line.strip_prefix(&format!("rental_{name}{{")));
    let mut found: Vec<_> = found.map(str::to_owned).collect();
    found.sort();
    found
}

async fn backlog(library: &Library) -> MessageBacklog {
    library.control.message_backlog(&*library.stores.log).await.unwrap()
}

fn lag(backlog: &MessageBacklog, handler: &str, topic: &str) -> u64 {
    let found = backlog
        .lags
        .iter()
        .find(|lag| (&*lag.handler, lag.topic.name(), lag.partition) == (handler, topic, 0));
    found.unwrap().messages
}

#[tokio::test]
async fn messages_are_counted_by_topic_as_they_go_out_come_in_and_are_rejected() {
    let recorder = http::recorder().unwrap();
    let handle = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (mut library, broker) = over_a_broker();
    let jenny = library.join("jenny", 0).await;
    for no in [1, 2] {
        library.shelve(no).await;
        library.rent(&jenny, book(no)).await;
    }
    library.settle().await;
    let poison = OutgoingRecord {
        topic: Topic::RentalUncount.name().to_owned(),
        key: "jenny".to_owned(),
        headers: vec![],
        body: Bytes::from_static(b"{"),
    };
    broker.publish(&[poison]).await.unwrap();
    library.settle().await;

    let produced = lines(&handle, "messages_produced_total");
    let held = |topic: Topic| broker.records(topic.name()).len();
    let expected = [Topic::BookCatalogue, Topic::RentalRent, Topic::RentalResult];
    assert_eq!(produced, expected.map(|topic| format!("topic=\"{topic}\"}} {}", held(topic))));
    let consumed = lines(&handle, "messages_consumed_total");
    let of = |topic: &str, handler: &str, count| format!("topic=\"{topic}\",handler=\"{handler}\"}} {count}");
    let rents = ["count-rentals", "keep-points", "lend-books"].map(|handler| of("rental_rent", handler, 2));
    let others = [
        of("rental_result", "record-answers", held(Topic::RentalResult)),
        of("rental_uncount", "count-rentals", 1),
    ];
    assert_eq!(consumed, [rents.as_slice(), &others].concat());
    assert_eq!(lines(&handle, "messages_rejected_total"), [of("rental_uncount", "count-rentals", 1)]);
}

#[tokio::test]
async fn what_is_not_published_has_an_age_and_what_is_not_consumed_lies_in_its_partition() {
    let (mut library, broker) = over_a_broker();
    let jenny = library.join("jenny", 0).await;
    library.shelve(1).await;
    library.settle().await;
    library.stores.clock.advance(SignedDuration::from_secs(1));
    library.settle().await;
    assert_eq!(backlog(&library).await.unpublished_since, None);

    let since = library.stores.clock.now();
    library.rent(&jenny, book(1)).await;
    broker.fail(0, Fault::Away);
    library.settle().await;
    library.stores.clock.advance(SignedDuration::from_millis(100));
    let before = backlog(&library).await;
    assert_eq!((before.unpublished_since, lag(&before, "lend-books", "rental_rent")), (Some(since), 0));

    library.stores.clock.advance(SignedDuration::from_secs(1));
    library.settle_only(&PUBLISH).await;
    library.stores.clock.advance(SignedDuration::from_secs(1));
    library.settle_only(&PUBLISH).await;
    assert_eq!(backlog(&library).await.unpublished_since, None);
    library.settle_only(&ProcessorName::stored("keep-points:rental_rent:0".to_owned())).await;
    let after = backlog(&library).await;
    let lags = ["lend-books", "keep-points", "count-rentals"];
    assert_eq!(lags.map(|handler| lag(&after, handler, "rental_rent")), [1, 0, 1]);
}
