//! Topics that hold what a log has never said, as after an older backup was put back.

use std::num::NonZeroU32;
use std::sync::Arc;

use adapters::memory::MemoryBroker;
use application::control::{UnsaidError, nothing_is_unsaid};
use application::messages::Topic;
use application::ports::Publisher;
use application::ports::publisher::OutgoingRecord;
use application::services::{ServiceName, Services};
use tests::clock::StoppedClock;
use tests::library::{Library, Node, Stores};
use uuid::Uuid;

/// A library that has lent books over a broker, which still has what was said.
async fn lived() -> (Library, MemoryBroker) {
    let stores = Stores::empty();
    let clock = Arc::<StoppedClock>::clone(&stores.clock);
    let broker = MemoryBroker::with_all_topics(Uuid::from_u128(1), clock, NonZeroU32::new(4).unwrap());
    let mut library = Library::over(stores, Node { exchange: Some(broker.exchange()), ..Node::default() });
    library.lived_in().await;
    (library, broker)
}

async fn checked(library: &Library, services: Services, broker: &MemoryBroker) -> Result<(), UnsaidError> {
    nothing_is_unsaid(&*library.stores.log, services, broker).await
}

/// The same library, as it would be after it has lived in another way.
async fn other(books: i64) -> Library {
    let library = Library::over(Stores::empty(), Node { seed: 2, ..Node::default() });
    for no in 1..=books {
        library.shelve(no).await;
    }
    library
}

#[tokio::test]
async fn what_a_log_has_said_is_no_stranger_to_it() {
    let (library, broker) = lived().await;
    checked(&library, Services::ALL, &broker).await.unwrap();
}

#[tokio::test]
async fn a_log_that_ends_before_what_was_said_or_went_on_in_another_way_is_found() {
    let (_library, broker) = lived().await;
    for books in [0, 1, 100] {
        let found = checked(&other(books).await, Services::ALL, &broker).await;
        assert!(matches!(found, Err(UnsaidError::Unsaid(_))), "{books} {found:?}");
    }
}

/// What others say, their own logs have to know.
#[tokio::test]
async fn what_other_services_or_strangers_say_is_not_judged() {
    let (library, broker) = lived().await;
    let silent = Services::of([ServiceName::BestSeller]).unwrap();
    checked(&other(0).await, silent, &broker).await.unwrap();

    let bare = OutgoingRecord {
        topic: Topic::RentalResult.name().to_owned(),
        key: String::new(),
        headers: vec![],
        body: "{}".into(),
    };
    broker.publish(&vec![bare; 40]).await.unwrap();
    checked(&library, Services::ALL, &broker).await.unwrap();
}

/// Others may have written the last messages of every partition.
#[tokio::test]
async fn it_need_not_be_the_last_message_that_was_never_said() {
    let (_library, broker) = lived().await;
    let of_others = |(topic, key): (Topic, u32)| OutgoingRecord {
        topic: topic.name().to_owned(),
        key: key.to_string(),
        headers: vec![],
        body: "{}".into(),
    };
    let all = Topic::ALL.into_iter().flat_map(|topic| (0..40).map(move |key| (topic, key)));
    broker.publish(&all.map(of_others).collect::<Vec<_>>()).await.unwrap();

    let found = checked(&other(0).await, Services::ALL, &broker).await;

    assert!(matches!(found, Err(UnsaidError::Unsaid(_))), "{found:?}");
}
