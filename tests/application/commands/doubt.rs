//! Appends whose answer was lost, and what came after: another node, a store that is away, a repeat.

use std::sync::Arc;

use adapters::memory::MemoryEventStore;
use application::commands::{CommandError, CommandErrorOf, CommandSettings, Executed, ReadError};
use application::ports::EventStore;
use application::ports::event_store::{LogId, Version};
use domain::member::{Member, MemberCommand};
use domain::{MemberId, Person, PersonName};
use futures::future::join_all;
use tests::faulty_store::{AppendFault, Gate, LoadFault};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{Node, context, jenny, points, points_of, save, spend};

/// T96: two commands share an append whose request is lost, and another node does the first of them meanwhile.
#[tokio::test]
async fn what_another_node_did_of_a_lost_append_is_not_taken_for_all_of_it() {
    let (one, two) = Node::two();
    let one = one.registered().await;
    let gate = Gate::default();
    one.store.next_append(AppendFault::RequestHeldAndLost(gate.clone()));

    let (first, second, ()) =
        tokio::join!(one.member(save(10), context(60)), one.member(save(100), context(61)), async {
            gate.reached().await;
            two.member(save(10), context(60)).await.unwrap();
            gate.open();
        },);

    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(first.repeated && !second.repeated);
    let stored: Vec<_> = one.log().await.iter().map(|event| (event.version, event.position)).collect();
    assert_eq!(stored[1..], [(first.version, first.position), (second.version, second.position)]);
    assert_eq!((points(&first), points(&second)), (10, 110));
}

/// T96: one command id with two contents, as that of a rent whose ids are made by each node.
#[tokio::test]
async fn a_state_that_is_not_in_the_log_is_neither_kept_nor_frozen() {
    let store: Arc<dyn EventStore> = Arc::new(MemoryEventStore::new(LogId::new(Uuid::from_u128(7))));
    let often = || CommandSettings { snapshot_every: 3, ..CommandSettings::default() };
    let one = Node::over(Arc::clone(&store), 1, often()).registered().await;
    let two = Node::over(Arc::clone(&store), 2, often());
    let gate = Gate::default();
    one.store.next_append(AppendFault::RequestHeldAndLost(gate.clone()));

    let (at_one, ()) = tokio::join!(one.member(save(10), context(60)), async {
        gate.reached().await;
        two.member(save(7), context(60)).await.unwrap();
        gate.open();
    });

    assert_eq!(points(&at_one.unwrap()), 7, "what was stored counts");
    assert_eq!(points(&one.member(save(1), context(61)).await.unwrap()), 8);
    one.commands.close().await;
    two.commands.close().await;
    let three = Node::over(store, 3, often());
    assert_eq!(points_of(&three.commands.current::<Member>(&jenny()).await.unwrap().state), 8);
}

/// T96: the lost request did arrive, and the stream has moved on since.
#[tokio::test]
async fn an_append_that_was_stored_is_ours_though_the_stream_has_moved_on() {
    let (one, two) = Node::two();
    let one = one.registered().await;
    one.store.next_append(AppendFault::ReplyLost);
    let gate = Gate::default();
    one.store.next_append(AppendFault::RequestHeldAndLost(gate.clone()));

    let (first, second, ()) =
        tokio::join!(one.member(save(10), context(60)), one.member(save(100), context(61)), async {
            gate.reached().await;
            two.member(save(1), context(62)).await.unwrap();
            gate.open();
        },);

    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.version, second.version), (Version::new(2), Version::new(3)));
    assert!(!first.repeated && !second.repeated, "it is this node's own doing");
    assert_eq!(points(&one.member(save(1), context(63)).await.unwrap()), 112);
    assert_eq!(one.log().await.len(), 5);
}

/// Whoever overtakes shows that the lost request can never be stored any more; the command is decided again.
#[tokio::test]
async fn a_lost_append_that_was_overtaken_is_decided_again() {
    let (one, two) = Node::two();
    let one = one.registered().await;
    let gate = Gate::default();
    one.store.next_append(AppendFault::RequestHeldAndLost(gate.clone()));

    let (done, ()) = tokio::join!(one.member(save(10), context(60)), async {
        gate.reached().await;
        two.member(save(1), context(61)).await.unwrap();
        gate.open();
    });

    let done = done.unwrap();
    assert_eq!((done.version, points(&done), done.repeated), (Version::new(3), 11, false));
}

/// T98: whatever comes after the lost answer.
#[tokio::test]
async fn once_an_answer_was_lost_nobody_says_that_nothing_was_written() {
    let later: [(&str, &[AppendFault], Option<LoadFault>); 5] = [
        ("away", &[AppendFault::Away], None),
        ("corrupt", &[AppendFault::Corrupt], None),
        ("overtaken", &[const { AppendFault::Overtaken }; 5], None),
        ("overtaken, then away", &[AppendFault::Overtaken], Some(LoadFault::Away)),
        ("overtaken, then corrupt", &[AppendFault::Overtaken], Some(LoadFault::Corrupt)),
    ];
    for (what, faults, on_refresh) in later {
        let node = Node::alone().registered().await;
        node.store.next_append(AppendFault::ReplyLost);
        faults.iter().for_each(|fault| node.store.next_append(fault.clone()));
        on_refresh.into_iter().for_each(|fault| node.store.next_load(fault));

        let error = node.member(save(10), context(2)).await.unwrap_err();

        assert!(matches!(error, CommandError::OutcomeUnknown { .. }), "lost, then {what}: {error}");
        let again = node.member(save(10), context(2)).await.unwrap();
        assert!(again.repeated, "lost, then {what}");
        assert_eq!(node.log().await.len(), 2, "lost, then {what}");
    }
}

/// T98: also where the parts of a batch that failed as a whole are sent one by one.
#[tokio::test]
async fn what_was_lost_and_is_then_sent_alone_is_still_in_doubt() {
    let node = Arc::new(Node::alone().registered().await);
    let (first, go_on) = hold_an_append(&node).await;
    for fault in [AppendFault::ReplyLost, AppendFault::Corrupt, AppendFault::Away, AppendFault::Away] {
        node.store.next_append(fault);
    }

    let (others, ()) = tokio::join!(register_all(&node, 2), open_when_they_wait(&go_on));

    first.await.unwrap();
    for answer in others {
        assert!(matches!(answer, Err(CommandError::OutcomeUnknown { .. })), "{answer:?}");
    }
}

/// It was not in the append, so what is said of it is so.
#[tokio::test]
async fn a_neighbour_in_the_turn_that_was_never_sent_is_not_in_doubt() {
    let node = Node::alone().registered().await;
    node.store.next_append(AppendFault::ReplyLost);
    node.store.next_append(AppendFault::Away);

    let (sent, refused) =
        tokio::join!(node.member(save(10), context(60)), node.member(spend(1_000), context(61)));

    assert!(matches!(sent, Err(CommandError::OutcomeUnknown { .. })), "{sent:?}");
    assert!(matches!(refused, Err(CommandError::Unavailable { .. })), "{refused:?}");
}

/// T98: it is known to be done, so "nothing was written" would be a lie.
#[tokio::test]
async fn a_repeat_whose_events_cannot_be_loaded_is_said_to_have_been_done() {
    for (fault, is_away) in [(LoadFault::Away, true), (LoadFault::Corrupt, false)] {
        let node = Node::alone().registered().await;
        node.member(save(10), context(2)).await.unwrap();
        node.store.next_load(fault);

        let error = node.member(save(10), context(2)).await.unwrap_err();

        let CommandError::DoneUnread { source } = error else { panic!("{error}") };
        assert_eq!(matches!(source, ReadError::Unavailable { .. }), is_away, "{source}");
    }
}

/// T98, T99: the same, where it is the state beside the answer that cannot be read.
#[tokio::test]
async fn a_repeat_for_which_an_old_cache_cannot_be_refreshed_is_said_to_have_been_done() {
    let (one, two) = Node::two();
    two.commands.current::<Member>(&jenny()).await.unwrap();
    let one = one.registered().await;
    // One to see whose events stand there, one for what the command did, and the third for the state.
    for fault in [LoadFault::None, LoadFault::None, LoadFault::Away] {
        two.store.next_load(fault);
    }

    let error = two.member(super::register(), context(1)).await.unwrap_err();

    assert!(matches!(error, CommandError::DoneUnread { .. }), "{error}");
    assert_eq!(one.log().await.len(), 1);
}

/// One proposal that no store takes does not take its neighbours along.
#[tokio::test]
async fn a_batch_that_fails_as_a_whole_is_sent_one_by_one() {
    let node = Arc::new(Node::alone().registered().await);
    let (first, go_on) = hold_an_append(&node).await;
    for fault in [AppendFault::Corrupt, AppendFault::Corrupt] {
        node.store.next_append(fault);
    }

    let (others, ()) = tokio::join!(register_all(&node, 3), open_when_they_wait(&go_on));

    first.await.unwrap();
    let failed: Vec<bool> = others.iter().map(Result::is_err).collect();
    assert_eq!(failed, [true, false, false], "the batch failed as a whole, and of its parts the first");
}

/// Lets a command wait in the store, so that whatever comes next goes into one batch behind it.
async fn hold_an_append(node: &Arc<Node>) -> (JoinHandle<()>, Arc<Notify>) {
    let go_on = Arc::new(Notify::new());
    node.store.take_calls();
    node.store.next_append(AppendFault::Held(Arc::clone(&go_on)));
    let held = Arc::clone(node);
    let first = tokio::spawn(async move { drop(held.member(save(1), context(2)).await.unwrap()) });
    while node.store.take_calls().appends == 0 {
        tokio::task::yield_now().await;
    }
    (first, go_on)
}

async fn open_when_they_wait(go_on: &Notify) {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    go_on.notify_one();
}

/// As many new members at once, each with a stream of its own.
async fn register_all(node: &Node, count: u128) -> Vec<Result<Executed<Member>, CommandErrorOf<Member>>> {
    let registrations = (0..count).map(|number| async move {
        let id = MemberId::parse(&format!("tom{number}")).unwrap();
        let person = Person { id: id.clone(), name: PersonName::parse("Tom").unwrap() };
        let register = MemberCommand::Register { person, email: None };
        node.commands.execute::<Member>(&id, register, context(10 + number)).await
    });
    join_all(registrations).await
}
