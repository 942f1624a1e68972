//! A log that is put back to an earlier state, or exchanged, under a node that runs.

use std::sync::Arc;
use std::time::Duration;

use application::ports::EventStore;
use application::ports::event_store::{LogId, Position, Types};
use futures::poll;
use tests::laws::event_store::EventStoreUnderTest;
use tests::laws::event_store::samples::{append, proposal, stream};
use tokio::time::timeout;
use uuid::Uuid;

use super::log::PostgresLog;

/// Whoever waits for what comes after the end of the log that is there would else be woken for ever, until it is as
/// long as it was.
#[tokio::test]
async fn who_waits_at_the_end_of_a_log_that_became_shorter_is_woken_when_something_comes() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    append(&*subject.store, proposal(&stream("a"), 0, 5)).await;
    let shorter = sqlx::query("delete from event where position > 3");
    shorter.execute(&mut subject.schema.connect().await).await.unwrap();

    let page = subject.store.read_log(Position::new(3), &Types::new(), 10).await.unwrap();
    assert_eq!(page.head, Position::new(3));
    let mut waiting = Box::pin(subject.store.appended(Position::new(3)));
    assert!(poll!(&mut waiting).is_pending());
    let other_node = Arc::new(subject.schema.open_log().await.unwrap());
    append(&*other_node, proposal(&stream("b"), 0, 1)).await;

    timeout(Duration::from_secs(30), waiting).await.expect("it is woken by what came");
}

/// What is answered names the log that is there, not the one that was when the node started.
#[tokio::test]
async fn a_log_that_is_exchanged_under_a_node_is_named_as_it_is() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    append(&*subject.store, proposal(&stream("a"), 0, 2)).await;
    let other = LogId::new(Uuid::from_u128(77));
    let exchange = sqlx::query("update log set id = $1").bind(other.uuid());
    exchange.execute(&mut subject.schema.connect().await).await.unwrap();

    let head = subject.store.head().await.unwrap();
    let page = subject.store.read_log(Position::START, &Types::new(), 10).await.unwrap();
    let backward = subject.store.read_log_backward(Position::new(3), 10).await.unwrap();

    assert_eq!([head.log, page.log, backward.log], [other; 3]);
}
