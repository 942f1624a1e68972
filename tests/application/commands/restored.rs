//! A log that becomes another one behind the service's back: restored, and perhaps grown again.

use std::sync::Arc;

use adapters::memory::MemoryEventStore;
use application::commands::{CommandError, CommandSettings};
use application::ports::EventStore;
use application::ports::event_store::{LogId, Version};
use domain::book::{Book, BookCommand};
use domain::member::{Member, MemberRefusal};
use domain::{BookNo, Title};
use tests::faulty_store::{AppendFault, Gate, LoadFault, SwitchedStore};
use tests::library::titled;
use uuid::Uuid;

use super::{Node, context, jenny, points, points_of, register, save, spend};

fn log() -> Arc<dyn EventStore> {
    Arc::new(MemoryEventStore::new(LogId::new(Uuid::from_u128(7))))
}

/// A node on a log in which the member has 1,000 points, and the log as it was restored: grown again by another node to
/// the same version, with 1 point.
async fn before_and_after() -> (Node, Arc<SwitchedStore>, Arc<dyn EventStore>) {
    let (old, new) = (log(), log());
    let other = Node::over(Arc::clone(&new), 2, CommandSettings::default()).registered().await;
    other.member(save(1), context(9)).await.unwrap();
    let switched = SwitchedStore::over(old);
    let node = Node::over(Arc::clone(&switched) as _, 1, CommandSettings::default()).registered().await;
    node.member(save(1_000), context(2)).await.unwrap();
    (node, switched, new)
}

/// T100.
#[tokio::test]
async fn nothing_is_decided_on_a_state_that_the_log_does_not_have_any_more() {
    let (node, switched, new) = before_and_after().await;
    switched.switch_to(new);

    let spent = node.member(spend(900), context(3)).await.unwrap_err();

    assert!(
        matches!(spent, CommandError::Refused(MemberRefusal::NotEnoughPoints { .. })),
        "there is 1 point: {spent}"
    );
    assert_eq!(node.log().await.len(), 2);
    assert_eq!(points(&node.member(save(1), context(4)).await.unwrap()), 2);
}

/// T100, where the restored log has grown further than the one that vanished.
#[tokio::test]
async fn a_log_that_has_grown_further_than_the_one_before_is_read_anew() {
    let (node, switched, new) = before_and_after().await;
    let other = Node::over(Arc::clone(&new), 3, CommandSettings::default());
    other.member(save(5), context(10)).await.unwrap();
    switched.switch_to(new);

    let done = node.member(save(1), context(3)).await.unwrap();

    assert_eq!((done.version, points(&done)), (Version::new(4), 7));
}

/// T100: a repeat shows what the stream has, and not a state that was remembered of the log before.
#[tokio::test]
async fn a_repeat_is_answered_with_a_state_of_the_log_there_is() {
    for remembers_more in [false, true] {
        let (node, switched, new) = before_and_after().await;
        if remembers_more {
            node.member(save(1), context(3)).await.unwrap();
        }
        switched.switch_to(new);

        let again = node.member(save(1), context(9)).await.unwrap();

        assert_eq!((again.repeated, again.version, points(&again)), (true, Version::new(2), 1));
    }
}

/// T100: reading compares as well.
#[tokio::test]
async fn the_current_state_is_that_of_the_log_there_is() {
    let (node, switched, new) = before_and_after().await;
    switched.switch_to(new);

    let current = node.commands.current::<Member>(&jenny()).await.unwrap();

    assert_eq!((current.version, points_of(&current.state)), (Version::new(2), 1));
}

/// T100: one surprise is enough to trust none of them, of whatever aggregate.
#[tokio::test]
async fn a_surprise_in_one_stream_empties_the_cache_of_all_aggregates() {
    let found_by_reading: [bool; 2] = [true, false];
    for reads in found_by_reading {
        let (node, switched, new) = before_and_after().await;
        enter(&node, 1, 20).await;
        switched.switch_to(Arc::clone(&new));
        let other = Node::over(new, 3, CommandSettings::default());
        enter(&other, 1, 20).await;
        if reads {
            node.commands.current::<Member>(&jenny()).await.unwrap();
        } else {
            node.member(save(1), context(3)).await.unwrap();
        }
        node.store.take_calls();

        node.commands.execute::<Book>(&no(1), BookCommand::Withdraw, context(21)).await.unwrap();

        let calls = node.store.take_calls();
        assert_eq!((calls.loads, calls.appends), (1, 1), "the book was read anew, and not by losing first");
    }
}

/// What was read of one log is not continued with what another one has.
#[tokio::test]
async fn a_log_that_becomes_another_one_while_a_stream_is_read_is_not_mixed() {
    let settings = || CommandSettings { load_page: 2, ..CommandSettings::default() };
    let (old, new) = (log(), log());
    for (store, seed) in [(&old, 2), (&new, 3)] {
        let writer = Node::over(Arc::clone(store), seed, settings()).registered().await;
        for key in 0..4 {
            writer.member(save(seed as i64), context(100 + key)).await.unwrap();
        }
    }
    let switched = SwitchedStore::over(old);
    let node = Node::over(Arc::clone(&switched) as _, 1, settings());
    let gate = Gate::default();
    node.store.next_load(LoadFault::None);
    node.store.next_load(LoadFault::Held(gate.clone()));

    let id = jenny();
    let (read, ()) = tokio::join!(node.commands.current::<Member>(&id), async {
        gate.reached().await;
        switched.switch_to(new);
        gate.open();
    });

    let mixed = read.unwrap_err();
    assert!(matches!(mixed, application::commands::ReadError::Unavailable { .. }), "{mixed}");
    assert_eq!(points_of(&node.commands.current::<Member>(&jenny()).await.unwrap().state), 12);
}

/// A lost append, and then a log that has neither it nor what it rested on.
#[tokio::test]
async fn a_lost_append_is_decided_again_when_the_log_became_another_one() {
    let (node, switched, new) = before_and_after().await;
    node.store.next_append(AppendFault::ReplyLost);
    let gate = Gate::default();
    node.store.next_append(AppendFault::RequestHeldAndLost(gate.clone()));

    let (done, ()) = tokio::join!(node.member(save(10), context(3)), async {
        gate.reached().await;
        switched.switch_to(new);
        gate.open();
    });

    let done = done.unwrap();
    assert_eq!((done.version, points(&done)), (Version::new(3), 11));
    assert_eq!(node.log().await.len(), 3);
}

/// A log restored from a backup: what is remembered is dropped instead of being written over it.
#[tokio::test]
async fn a_log_that_has_become_shorter_empties_the_cache() {
    let (node, switched, _) = before_and_after().await;
    switched.switch_to(log());
    node.member(register(), context(3)).await.unwrap();
    assert_eq!(points(&node.member(save(1), context(4)).await.unwrap()), 1);
}

/// A repeat that was found in one log and is looked for in another is done there.
#[tokio::test]
async fn a_repeat_that_is_gone_before_it_is_read_is_done_anew() {
    let (node, switched, new) = before_and_after().await;
    let gate = Gate::default();
    node.store.next_load(LoadFault::Held(gate.clone()));

    let (again, ()) = tokio::join!(node.member(save(1_000), context(2)), async {
        gate.reached().await;
        switched.switch_to(new);
        gate.open();
    });

    let again = again.unwrap();
    assert_eq!((again.repeated, again.version, points(&again)), (false, Version::new(3), 1_001));
}

async fn enter(node: &Node, number: i64, key: u128) {
    let no = no(number);
    let enter = BookCommand::Enter { details: titled(no, Title::of_untitled(no)), available: true };
    node.commands.execute::<Book>(&no, enter, context(key)).await.unwrap();
}

fn no(number: i64) -> BookNo {
    BookNo::parse(number).unwrap()
}
