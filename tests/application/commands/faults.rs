//! A store that is away, loses replies, or holds up an append; and callers who go away.

use std::sync::Arc;

use application::commands::{CommandError, CommandSettings};
use application::ports::EventStore;
use application::ports::event_store::{
    CommandEvents, CommandId, EventId, NewEvent, StreamAppend, StreamName, TypeName, Version,
};
use domain::member::Member;
use tests::faulty_store::AppendFault;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Node, context, jenny, points, register, save, spend};

/// T3.
#[tokio::test]
async fn an_append_whose_reply_was_lost_is_found_out_and_not_done_twice() {
    let node = Node::alone().registered().await;
    node.store.next_append(AppendFault::ReplyLost);
    let done = node.member(save(10), context(2)).await.unwrap();
    assert!(!done.repeated, "it is this command's own doing");
    assert_eq!((done.version, points(&done)), (Version::new(2), 10));
    assert_eq!(node.log().await.len(), 2);
    assert_eq!(points(&node.member(save(1), context(3)).await.unwrap()), 11);
}

/// T37.
#[tokio::test]
async fn an_append_that_never_arrived_is_sent_again() {
    let node = Node::alone().registered().await;
    node.store.next_append(AppendFault::RequestLost);
    node.store.next_append(AppendFault::RequestLost);
    node.member(save(10), context(2)).await.unwrap();
    assert_eq!(node.log().await.len(), 2);
}

#[tokio::test]
async fn an_outcome_that_stays_unknown_is_said_and_the_repeat_finds_it() {
    let node = Node::alone().registered().await;
    node.store.next_append(AppendFault::ReplyLost);
    for _ in 0..3 {
        node.store.next_append(AppendFault::RequestLost);
    }
    let error = node.member(save(10), context(2)).await.unwrap_err();
    assert!(matches!(error, CommandError::OutcomeUnknown { .. }), "{error}");
    let again = node.member(save(10), context(2)).await.unwrap();
    assert!(again.repeated);
    assert_eq!(node.log().await.len(), 2);
}

#[tokio::test]
async fn a_store_that_is_away_is_said_and_nothing_is_written() {
    let node = Node::alone().registered().await;
    node.store.next_append(AppendFault::Away);
    let error = node.member(save(10), context(2)).await.unwrap_err();
    assert!(matches!(error, CommandError::Unavailable { .. }), "{error}");
    assert_eq!(node.log().await.len(), 1);
    node.member(save(10), context(2)).await.unwrap();
}

#[tokio::test]
async fn a_store_that_panics_stops_nobody_else() {
    let node = Node::alone().registered().await;
    node.store.next_append(AppendFault::Panics);
    let done = node.member(save(10), context(2)).await.unwrap();
    assert_eq!(points(&done), 10);
}

/// T26: whoever goes away at any await, the command is done or not done, and the next ones work.
#[tokio::test]
async fn a_caller_who_goes_away_at_any_point_leaves_nothing_half_done() {
    let node = Node::alone().registered().await;
    for polls in 0..40_u128 {
        let mut call = Box::pin(node.member(save(1), context(100 + polls)));
        for _ in 0..polls {
            if futures::poll!(&mut call).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(call);
    }
    for key in 0..1_000_u128 {
        node.member(save(1), context(10_000 + key)).await.unwrap();
    }
    let saves = node.log().await.len() as i64 - 1;
    let last = node.commands.current::<Member>(&jenny()).await.unwrap();
    let Member::Registered { points, .. } = &*last.state else { panic!("registered") };
    assert_eq!(points.value(), saves);
    assert!((1_000..=1_040).contains(&saves));
}

#[tokio::test]
async fn commands_of_one_stream_wait_while_an_append_is_held_up_and_others_go_along_with_it() {
    let node = Arc::new(Node::alone().registered().await);
    let go_on = Arc::new(Notify::new());
    node.store.next_append(AppendFault::Held(Arc::clone(&go_on)));
    let waiting: Vec<_> = (2..12_u128)
        .map(|key| {
            let node = Arc::clone(&node);
            tokio::spawn(async move { node.member(save(1), context(key)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    go_on.notify_one();
    for answer in waiting {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(node.log().await.len(), 11);
}

/// What is answered has to be seen in the state beside it, whatever others of the same turn did afterwards.
#[tokio::test]
async fn a_command_with_nothing_to_do_is_answered_with_the_state_that_shows_it() {
    let node = Node::alone().registered().await;
    node.store.take_calls();
    let (first, again) = (node.member(save(1), context(2)), node.member(register(), context(3)));
    let (_, again, last) = tokio::join!(first, again, node.member(save(10), context(4)));
    assert_eq!(node.store.take_calls().appends, 1, "they did not meet in one turn");
    let again = again.unwrap();
    assert_eq!((again.events.len(), again.version.value(), points(&again)), (0, 2, 1));
    assert_eq!(points(&last.unwrap()), 11);
}

#[tokio::test]
async fn more_commands_than_may_wait_for_one_stream_are_turned_away() {
    let settings = CommandSettings { waiting_per_stream: 3, ..CommandSettings::default() };
    let node = Node::alone().registered().await;
    let node = Arc::new(Node::over(Arc::clone(&node.store) as _, 2, settings));
    let go_on = Arc::new(Notify::new());
    node.store.next_append(AppendFault::Held(Arc::clone(&go_on)));
    let calls = (2..30_u128).map(|key| node.member(save(1), context(key)));
    let release = async {
        tokio::task::yield_now().await;
        go_on.notify_one();
    };
    let (answers, ()) = tokio::join!(futures::future::join_all(calls), release);
    let busy = answers.iter().filter(|answer| matches!(answer, Err(CommandError::Busy { .. }))).count();
    assert!(busy > 0, "nobody was turned away");
    assert_eq!(node.log().await.len(), 1 + answers.len() - busy);
}

#[tokio::test]
async fn a_stopped_path_finishes_what_it_took_and_takes_no_more() {
    let node = Arc::new(Node::alone().registered().await);
    let taken = tokio::spawn({
        let node = Arc::clone(&node);
        async move { node.member(save(1), context(2)).await }
    });
    tokio::task::yield_now().await;
    node.commands.close().await;
    taken.await.unwrap().unwrap();
    let late = node.member(save(1), context(3)).await.unwrap_err();
    assert!(matches!(late, CommandError::Stopping), "{late}");
}

/// T16, at the command path.
#[tokio::test]
async fn a_stream_with_an_event_nobody_can_read_gives_a_typed_error_with_its_position() {
    let node = Node::alone().registered().await;
    let broken = NewEvent {
        id: EventId::new(Uuid::from_u128(55)),
        kind: TypeName::of("member.points-saved"),
        revision: 1,
        payload: "{\"amount\":".into(),
        metadata: "{}".into(),
        occurred_at: jiff::Timestamp::UNIX_EPOCH,
    };
    let part = CommandEvents { command: CommandId::new(Uuid::from_u128(77)), events: vec![broken] };
    let stream = StreamName::of("member", "broken");
    let proposal = StreamAppend { stream, expected: Version::START, expected_event: None, parts: vec![part] };
    node.store.append(vec![proposal]).await.unwrap();
    let id = domain::MemberId::parse("broken").unwrap();
    let error = node.commands.execute::<Member>(&id, spend(1), context(9)).await.unwrap_err();
    assert!(matches!(&error, CommandError::Unreadable { position, .. } if position.value() == 2), "{error}");
    node.member(save(1), context(10)).await.unwrap();
}
