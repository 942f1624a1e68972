//! Laws of waiting for the log to grow.

use std::sync::Arc;
use std::time::Duration;

use application::ports::event_store::Position;

use super::EventStoreUnderTest;
use super::samples::{append, proposal, stream};

const WAIT_LIMIT: Duration = Duration::from_secs(10);

/// Also when the append was long ago.
pub async fn appended_resolves_at_once_when_the_log_goes_beyond(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append(&*store, proposal(&stream("a"), 0, 2)).await;

    for after in [0, 1] {
        let waited = tokio::time::timeout(WAIT_LIMIT, store.appended(Position::new(after))).await;
        assert!(waited.is_ok(), "after {after}");
    }
}

/// A thousand races between who waits and who writes; in each the append may come before, while or after the wait
/// begins.
pub async fn appended_never_misses_an_append(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    for round in 0..1000 {
        let (waiting, writing) = (Arc::clone(&store), Arc::clone(&store));
        let waiter = tokio::spawn(async move { waiting.appended(Position::new(round)).await });
        let writer = tokio::spawn(async move { append(&*writing, proposal(&stream("a"), round, 1)).await });

        writer.await.expect("it ends");
        let waited = tokio::time::timeout(WAIT_LIMIT, waiter).await;
        assert!(waited.is_ok(), "the append of round {round} was missed");
    }
}
