//! The law of what outlives the process.

use application::ports::event_store::CommandEvents;

use super::samples::{append, command, event, part, proposal_of, stream, whole_log};
use super::{Durability, EventStoreUnderTest};

/// T10, T11: events, command ids and the log's id are found again, and appending goes on where it ended. A store that
/// promises nothing says so and has nothing to reopen.
pub async fn what_was_acknowledged_outlives_a_kill_if_that_is_promised(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let command = command();
    let done = CommandEvents { command, events: vec![event(), event()] };
    append(&*store, proposal_of(&stream("a"), 0, vec![done])).await;
    let (before, head) = (whole_log(&*store).await, store.head().await.expect("the store is there"));

    let reopened = subject.reopen_after_kill().await;

    match subject.durability() {
        Durability::None => assert!(reopened.is_none(), "a store that promises nothing kept something"),
        Durability::Acknowledged => {
            let store = reopened.expect("a store that promises to last can be reopened");
            assert_eq!(whole_log(&*store).await, before);
            assert_eq!(store.head().await.expect("the store is there"), head);
            let known = store.outcomes_of(&[command]).await.expect("the store is there");
            assert_eq!(known[0].as_ref().map(|done| done.position.value()), Some(1));
            let next = proposal_of(&stream("a"), 2, vec![part(1)]);
            assert_eq!(append(&*store, next).await.value(), 3);
        }
    }
}
