//! Commands that come again.

use application::codec::Fingerprint;
use application::commands::CommandError;
use application::ports::event_store::{Position, Version};
use domain::MemberId;
use domain::member::{Member, MemberEvent};
use futures::future::join_all;
use tests::faulty_store::{Gate, LoadFault};

use super::{Context, Node, context, jenny, points, register, save, spend};

/// T73: the answer is built from what was recorded, whatever happened since.
#[tokio::test]
async fn a_repeat_gets_its_first_answer_after_the_state_moved_on() {
    let node = Node::alone().registered().await;
    let first = node.member(save(10), context(2)).await.unwrap();
    node.member(save(5), context(3)).await.unwrap();
    let again = node.member(save(10), context(2)).await.unwrap();
    assert_eq!(
        (&again.events, again.version, again.position),
        (&first.events, first.version, first.position)
    );
    assert!(again.repeated && !first.repeated);
    assert_eq!(node.log().await.len(), 3);
}

/// T73: without the look-up before the refusal, the repeat would be told that there are not enough points.
#[tokio::test]
async fn a_repeat_that_would_now_be_refused_gets_its_first_answer() {
    let node = Node::alone().registered().await;
    node.member(save(10), context(2)).await.unwrap();
    node.member(spend(10), context(3)).await.unwrap();
    let again = node.member(spend(10), context(3)).await.unwrap();
    assert!(again.repeated);
    assert!(matches!(again.events[..], [MemberEvent::PointsUsed { .. }]));
}

/// Without the look-up before an empty decision, the repeat would be told that nothing happened.
#[tokio::test]
async fn a_repeat_that_would_now_do_nothing_gets_its_first_answer() {
    let node = Node::alone().registered().await;
    let again = node.member(register(), context(1)).await.unwrap();
    assert!(again.repeated);
    assert!(matches!(again.events[..], [MemberEvent::MemberRegistered { .. }]));
    assert_eq!((again.version, again.position), (Version::new(1), Position::new(1)));
}

#[tokio::test]
async fn a_repeat_is_known_to_a_node_that_never_saw_it() {
    let (one, two) = Node::two();
    one.member(register(), context(1)).await.unwrap();
    one.member(save(10), context(2)).await.unwrap();
    assert!(two.member(save(10), context(2)).await.unwrap().repeated);
    assert_eq!(one.log().await.len(), 2);
}

#[tokio::test]
async fn the_same_command_many_times_at_once_is_done_once_and_answered_alike() {
    let node = Node::alone().registered().await;
    let answers = join_all((0..20).map(|_| node.member(save(10), context(2)))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| !answer.repeated).count(), 1);
    assert!(answers.iter().all(|answer| answer.version == Version::new(2)));
    assert_eq!(node.log().await.len(), 2);
}

#[tokio::test]
async fn a_repeat_is_known_by_the_fingerprint_that_an_earlier_version_recorded() {
    let node = Node::alone().registered().await;
    let first = node.member(save(10), context(2)).await.unwrap();
    let Context { fingerprint, .. } = context(2);
    let repeat =
        Context { fingerprint: Fingerprint(99), former_fingerprint: Some(fingerprint), ..context(2) };
    let again = node.member(save(10), repeat).await.unwrap();
    assert!(again.repeated && again.version == first.version);
    let other =
        Context { fingerprint: Fingerprint(99), former_fingerprint: Some(Fingerprint(98)), ..context(2) };
    let error = node.member(save(10), other).await.unwrap_err();
    assert!(matches!(error, CommandError::IdReused { .. }), "{error}");
}

#[tokio::test]
async fn an_id_used_for_another_request_is_refused() {
    let node = Node::alone().registered().await;
    node.member(save(10), context(2)).await.unwrap();
    let other = Context { fingerprint: Fingerprint(99), ..context(2) };
    let error = node.member(save(11), other.clone()).await.unwrap_err();
    assert!(matches!(error, CommandError::IdReused { .. }), "{error}");
    let refused = node.member(spend(1_000), other).await.unwrap_err();
    assert!(
        matches!(refused, CommandError::IdReused { .. }),
        "also where the request itself would be refused"
    );
}

#[tokio::test]
async fn an_id_used_on_another_stream_is_refused() {
    let node = Node::alone().registered().await;
    let other = MemberId::parse("minsu").unwrap();
    let error = node.commands.execute::<Member>(&other, register(), context(1)).await.unwrap_err();
    assert!(matches!(error, CommandError::IdReused { .. }), "{error}");
    assert_eq!(node.commands.current::<Member>(&other).await.unwrap().version, Version::START);
    assert_eq!(node.commands.current::<Member>(&jenny()).await.unwrap().version, Version::new(1));
}

#[tokio::test]
async fn what_was_refused_before_is_decided_anew() {
    let node = Node::alone().registered().await;
    node.member(spend(10), context(2)).await.unwrap_err();
    node.member(save(10), context(3)).await.unwrap();
    let again = node.member(spend(10), context(2)).await.unwrap();
    assert!(!again.repeated);
}

/// T97: the first of them is refused, and two others, with another body, would do.
#[tokio::test]
async fn one_id_many_times_in_one_turn_is_done_once_whatever_comes_first() {
    let node = Node::alone().registered().await;
    let of_body = |body| Context { fingerprint: Fingerprint(body), ..context(50) };
    let saves = join_all((0..5).map(|_| node.member(save(1), of_body(2))));

    let (refused, saves) = tokio::join!(node.member(spend(1_000), of_body(1)), saves);

    assert!(matches!(refused, Err(CommandError::Refused(_))), "{refused:?}");
    let saves: Vec<_> = saves.into_iter().map(Result::unwrap).collect();
    assert_eq!(saves.iter().filter(|done| !done.repeated).count(), 1);
    assert!(saves.iter().all(|done| (done.version, points(done)) == (Version::new(2), 1)));
    assert_eq!(node.log().await.len(), 2);
}

/// T97: the first one insists on a version that is not there.
#[tokio::test]
async fn one_id_many_times_in_one_turn_is_done_once_though_the_first_insists_on_an_old_version() {
    let node = Node::alone().registered().await;
    let insists = Context { if_version: Some(Version::new(9)), ..context(50) };
    let saves = join_all((0..5).map(|_| node.member(save(1), context(50))));

    let (stale, saves) = tokio::join!(node.member(save(1), insists), saves);

    assert!(matches!(stale, Err(CommandError::VersionMismatch { .. })), "{stale:?}");
    assert_eq!(saves.into_iter().map(Result::unwrap).filter(|done| !done.repeated).count(), 1);
    assert_eq!(node.log().await.len(), 2);
}

/// T97: what comes between makes it possible.
#[tokio::test]
async fn one_id_many_times_in_one_turn_is_done_once_when_another_command_makes_way_for_it() {
    let node = Node::alone();
    let (refused, _, first, again) = tokio::join!(
        node.member(save(1), context(50)),
        node.member(register(), context(1)),
        node.member(save(1), context(50)),
        node.member(save(1), context(50)),
    );
    refused.unwrap_err();
    let (first, again) = (first.unwrap(), again.unwrap());
    assert_eq!((first.repeated, again.repeated), (false, true));
    assert_eq!((first.version, first.events), (again.version, again.events));
    assert_eq!(node.log().await.len(), 2);
}

/// T97: in one turn as in two.
#[tokio::test]
async fn one_id_with_two_bodies_in_one_turn_is_done_for_the_first_of_them() {
    let node = Node::alone().registered().await;
    let other = Context { fingerprint: Fingerprint(99), ..context(50) };
    let (first, other) = tokio::join!(node.member(save(1), context(50)), node.member(save(2), other));
    assert_eq!(points(&first.unwrap()), 1);
    assert!(matches!(other, Err(CommandError::IdReused { .. })), "{other:?}");
    assert_eq!(node.log().await.len(), 2);
}

/// Nobody waits for one of them after the other: a client that sends a key a hundred times costs as much as one that
/// sends it twice.
#[tokio::test]
async fn one_id_many_times_in_one_turn_costs_one_append() {
    let node = Node::alone().registered().await;
    node.store.take_calls();
    join_all((0..100).map(|_| node.member(save(1), context(50)))).await;
    let calls = node.store.take_calls();
    assert_eq!((calls.appends, calls.loads, calls.look_ups), (1, 0, 0));
}

/// T99: this node knows only that there was nobody.
#[tokio::test]
async fn a_repeat_at_a_node_with_an_old_cache_is_answered_with_a_state_that_shows_it() {
    let (one, two) = Node::two();
    let before = two.commands.current::<Member>(&jenny()).await.unwrap();
    assert_eq!(before.version, Version::START);
    one.member(register(), context(1)).await.unwrap();
    one.member(save(5), context(2)).await.unwrap();

    let again = two.member(register(), context(1)).await.unwrap();

    assert!(again.repeated);
    assert_eq!((again.version, points(&again)), (Version::new(1), 5));
}

/// T99: the command is done by the other node after this one has read the state, and before it looks the command up.
#[tokio::test]
async fn a_repeat_that_is_found_after_the_state_was_read_is_answered_with_a_state_that_shows_it() {
    let (one, two) = Node::two();
    let two = two.registered().await;
    let gate = Gate::default();
    two.store.next_look_up(LoadFault::Held(gate.clone()));

    let (again, ()) = tokio::join!(two.member(spend(3), context(50)), async {
        gate.reached().await;
        one.member(save(10), context(2)).await.unwrap();
        one.member(spend(3), context(50)).await.unwrap();
        gate.open();
    });

    let again = again.unwrap();
    assert!(again.repeated);
    assert_eq!((again.version, points(&again)), (Version::new(3), 7));
}

/// A refusal is of its moment and leaves the key free, so the same request, still in hand at a node that was slow, may be
/// done after it. Whoever asks again learns so.
#[tokio::test]
async fn a_request_in_hand_at_a_slow_node_may_be_done_after_another_node_refused_its_repeat() {
    let (one, two) = Node::two();
    let two = two.registered().await;
    let gate = Gate::default();
    two.store.next_load(LoadFault::Held(gate.clone()));

    let (slow, ()) = tokio::join!(two.member(spend(3), context(50)), async {
        gate.reached().await;
        one.member(spend(3), context(50)).await.unwrap_err();
        one.member(save(10), context(2)).await.unwrap();
        gate.open();
    });

    let (slow, again) = (slow.unwrap(), one.member(spend(3), context(50)).await.unwrap());
    assert!(again.repeated && !slow.repeated);
    assert_eq!((again.version, points(&again)), (slow.version, 7));
}
